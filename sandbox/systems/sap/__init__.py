"""SAP S/4HANA's sales order and billing document services, their business events, and the clerks in `/_control/`."""

from sandbox.systems.sap.app import create_app
from sandbox.systems.sap.config import Config

__all__ = ["Config", "create_app"]
