"""Clients of the outside systems, each built once, when it is first asked for."""

from datetime import UTC, datetime
from functools import cached_property
from typing import TypeVar

from shared.bootstrap.circuits import Circuits
from shared.domain.actions import Provider
from shared.providers.bigcommerce.client import BigCommerceClient, bigcommerce_session
from shared.providers.finops.client import DataverseClient
from shared.providers.finops.source import FinopsOrders
from shared.providers.flexe.client import FlexeClient, flexe_session
from shared.providers.flexe.connection import FlexeConnection
from shared.providers.inventory.client import InventoryClient
from shared.providers.inventory.connection import InventoryConnection
from shared.providers.inventory.stock import InventoryVisibility
from shared.providers.sap.client import SapClient
from shared.providers.sap.connection import SapConnection
from shared.settings import Settings, SettingsError, missing_group

T = TypeVar("T")


def now() -> datetime:
    return datetime.now(UTC)


class Clients:
    """One object serves a process. What has no settings raises SettingsError, naming them."""

    def __init__(self, settings: Settings, circuits: Circuits) -> None:
        self._settings = settings
        self._circuits = circuits

    def has(self, provider: Provider) -> bool:
        """Whether there are settings for it."""
        optional = {
            Provider.FLEXE: self._settings.flexe,
            Provider.SAP: self._settings.sap,
            Provider.OPTIMIZATION: self._settings.inventory,
        }
        return provider not in optional or optional[provider] is not None

    @cached_property
    def bigcommerce(self) -> BigCommerceClient:
        circuit = self._circuits.of(Provider.BIGCOMMERCE)
        client = BigCommerceClient(bigcommerce_session(self._settings.bigcommerce, circuit=circuit))
        circuit.probe = client.check_connection
        return client

    @cached_property
    def dataverse(self) -> DataverseClient:
        circuit = self._circuits.of(Provider.FINOPS)
        client = DataverseClient.connect(self._settings.dataverse, now, circuit=circuit)
        circuit.probe = client.check_connection
        return client

    @cached_property
    def born_in_finops(self) -> FinopsOrders:
        return FinopsOrders(self.dataverse, self._settings.dataverse)

    @property
    def flexe_connection(self) -> FlexeConnection:
        return _configured(self._settings.flexe, "flexe")

    @cached_property
    def flexe(self) -> FlexeClient:
        circuit = self._circuits.of(Provider.FLEXE)
        client = FlexeClient(flexe_session(self.flexe_connection, circuit=circuit), self.flexe_connection)
        circuit.probe = client.check_connection
        return client

    @property
    def sap_connection(self) -> SapConnection:
        return _configured(self._settings.sap, "sap")

    @cached_property
    def sap(self) -> SapClient:
        circuit = self._circuits.of(Provider.SAP)
        client = SapClient.connect(self.sap_connection, now, circuit=circuit)
        circuit.probe = client.check_connection
        return client

    @property
    def inventory_connection(self) -> InventoryConnection:
        return _configured(self._settings.inventory, "inventory")

    @cached_property
    def stock(self) -> InventoryVisibility:
        circuit = self._circuits.of(Provider.OPTIMIZATION)
        client = InventoryClient.connect(self.inventory_connection, now, circuit=circuit)
        circuit.probe = client.check_connection
        return InventoryVisibility(client, self.inventory_connection)


def _configured(connection: T | None, name: str) -> T:
    if connection is None:
        raise SettingsError(missing_group(name))
    return connection
