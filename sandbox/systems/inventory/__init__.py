"""Inventory Visibility: its token endpoints, on-hand queries, soft reservations and change events."""

from sandbox.systems.inventory.app import create_app
from sandbox.systems.inventory.config import Config

__all__ = ["Config", "create_app"]
