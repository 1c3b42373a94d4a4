"""Inventory Visibility: what may be reserved where, and soft reservations (fulfilment-optimisation.md section 5)."""
