"""The stand-in for Inventory Visibility, as the people in its warehouses see it, and our client to it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from pydantic import HttpUrl, SecretStr

from sandbox.systems.inventory import Config, create_app
from sandbox.systems.kit import serve
from shared.domain.stock import StockPlace
from shared.providers.inventory.client import InventoryClient
from shared.providers.inventory.connection import InventoryConnection
from shared.providers.inventory.stock import InventoryVisibility
from shared.providers.session import Exchange
from tests.providers.inventory.samples import BAG, SEATTLE, connection

PATIENCE_SECONDS = 10.0


class Clock:
    """Stands still until it is set forward."""

    def __init__(self) -> None:
        self.now = datetime(2024, 5, 3, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Warehouses:
    """What happens in Inventory Visibility without us."""

    def __init__(self, url: str, config: Config) -> None:
        self.url = url
        self.config = config
        self._http = requests.Session()

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._http.request(method, f"{self.url}/_control{path}", json=body, timeout=PATIENCE_SECONDS)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def shelve(self, quantity: float, place: StockPlace = SEATTLE, product: str = BAG, **rest: Any) -> None:
        self.shelve_all([(place, product, quantity)], **rest)

    def shelve_all(self, stock: list[tuple[StockPlace, str, float]], **rest: Any) -> None:
        rows = [
            {"company": "USMF", "site": place.site, "warehouse": place.location, "product": product, "quantity": units}
            for place, product, units in stock
        ]
        self.control("POST", "/stock", {"stock": [row | rest for row in rows]})

    def reserved(self) -> list[float]:
        """Units kept by now, by reservation id."""
        return [reservation["quantity"] for reservation in self.control("GET", "/stock")["reservations"]]

    def effects(self, kind: str) -> list[dict[str, Any]]:
        return self.control("GET", f"/effects?kind={kind}")["effects"]

    def break_call(self, call: str, times: int = 1, **fault: Any) -> None:
        self.control("POST", "/faults", {"call": call, "fault": fault, "times": times})

    def connection(self, **changes: Any) -> InventoryConnection:
        config = self.config
        settings = {
            "token_url": HttpUrl(f"{self.url}/{config.tenant}/oauth2/v2.0/token"),
            "service_token_url": HttpUrl(f"{self.url}/token"),
            "client_id": config.client_id,
            "client_secret": SecretStr(config.client_secret),
            "environment_id": config.environment_id,
        }
        return connection(self.url, **settings | changes)

    def close(self) -> None:
        self._http.close()


@pytest.fixture(scope="session")
def served() -> Iterator[Warehouses]:
    config = Config()
    with serve(create_app(config)) as url:
        warehouses = Warehouses(url, config)
        yield warehouses
        warehouses.close()


@pytest.fixture
def warehouses(served: Warehouses) -> Warehouses:
    served.control("POST", "/reset")
    return served


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def exchanges() -> list[Exchange]:
    """Every exchange with Inventory Visibility itself, in order."""
    return []


Connect = Callable[..., InventoryVisibility]


@pytest.fixture
def connect(warehouses: Warehouses, clock: Clock, exchanges: list[Exchange]) -> Iterator[Connect]:
    """The port with the settings given."""
    clients: list[InventoryClient] = []

    def connect(**settings: Any) -> InventoryVisibility:
        connection = warehouses.connection(**settings)
        clients.append(InventoryClient.connect(connection, clock, exchanges.append))
        return InventoryVisibility(clients[-1], connection)

    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def stock(connect: Connect) -> InventoryVisibility:
    return connect()
