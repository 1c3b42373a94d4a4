"""Triggers and bindings only: decode, one call, encode."""
