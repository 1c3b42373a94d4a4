"""What the application remembers, on Azure Tables (Azurite on a laptop)."""
