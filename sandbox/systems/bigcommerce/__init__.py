"""BigCommerce's Orders V2, Webhooks V3 and a little Orders V3, with the merchant and the shopper under `/_control/`."""

from sandbox.systems.bigcommerce.app import create_app
from sandbox.systems.bigcommerce.config import Config

__all__ = ["Config", "create_app"]
