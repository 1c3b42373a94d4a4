"""Flexe as we assume it: outbound orders and webhooks, with the warehouse's people under `/_control/`."""

from sandbox.systems.flexe.app import create_app
from sandbox.systems.flexe.config import Config

__all__ = ["Config", "create_app"]
