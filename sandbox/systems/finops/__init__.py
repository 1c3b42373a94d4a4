"""Stand-in for Dataverse with dual-write inside its commits and a small Finance + Operations behind it."""

from sandbox.systems.finops.app import create_app
from sandbox.systems.finops.config import Config

__all__ = ["Config", "create_app"]
