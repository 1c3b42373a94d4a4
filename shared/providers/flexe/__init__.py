"""Flexe: a warehouse network that ships orders for their seller. Its API is not public: the contract is assumed."""
