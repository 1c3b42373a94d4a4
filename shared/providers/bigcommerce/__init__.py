"""BigCommerce: orders come from here, and it is told what became of them (reference: bigcommerce.md)."""
