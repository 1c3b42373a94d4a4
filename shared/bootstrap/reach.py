"""Reaching a provider for a test of its connection: with a client of its own, so that no token is taken for granted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from shared.application.mistakes import NoSettings
from shared.bootstrap.clients import now
from shared.bootstrap.effective import UnusableParameters, connection_of
from shared.domain.actions import Provider
from shared.providers.bigcommerce.client import BigCommerceClient, bigcommerce_session
from shared.providers.bigcommerce.connection import BigCommerceConnection
from shared.providers.catalog import CATALOG, Connection
from shared.providers.finops.client import DataverseClient
from shared.providers.finops.connection import DataverseConnection
from shared.providers.flexe.client import FlexeClient, flexe_session
from shared.providers.flexe.connection import FlexeConnection
from shared.providers.inventory.client import InventoryClient
from shared.providers.inventory.connection import InventoryConnection
from shared.providers.sap.client import SapClient
from shared.providers.sap.connection import SapConnection
from shared.settings import Settings, missing_group, names_needed, prefix_of

LONGEST_SECONDS = 20.0  # a person waits for the answer, and nothing cheap takes longer


class _Client(Protocol):
    def check_connection(self) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Reach:
    """`ProviderReach`, by the app's settings as they are."""

    settings: Settings

    def prefix(self, provider: Provider) -> str:
        return prefix_of(CATALOG[provider].settings)

    def missing(self, provider: Provider) -> tuple[str, ...]:
        group = CATALOG[provider].settings
        return () if getattr(self.settings, group) is not None else names_needed(group)

    def connection(self, provider: Provider, parameters: Mapping[str, Any]) -> Connection | None:
        return connection_of(self.settings, provider, parameters)

    def test(self, provider: Provider, parameters: Mapping[str, Any]) -> None:
        try:
            connection = connection_of(self.settings, provider, parameters)
        except UnusableParameters as unusable:
            raise NoSettings(str(unusable)) from unusable
        if connection is None:
            raise NoSettings(missing_group(CATALOG[provider].settings))
        client = _client(connection)
        try:
            client.check_connection()
        finally:
            client.close()


def _client(connection: Connection) -> _Client:
    seconds = min(connection.timeout_seconds, LONGEST_SECONDS)
    connection = connection.model_copy(update={"timeout_seconds": seconds})
    match connection:
        case BigCommerceConnection():
            return BigCommerceClient(bigcommerce_session(connection))
        case DataverseConnection():
            return DataverseClient.connect(connection, now)
        case FlexeConnection():
            return FlexeClient(flexe_session(connection), connection)
        case SapConnection():
            return SapClient.connect(connection, now)
        case InventoryConnection():
            return InventoryClient.connect(connection, now)
