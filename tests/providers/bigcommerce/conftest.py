"""A stand-in store per test module, emptied for each test, and our client of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from sandbox.systems.bigcommerce import Config, create_app, samples
from sandbox.systems.kit import serve
from shared.providers.bigcommerce.client import BigCommerceClient, bigcommerce_session
from shared.providers.bigcommerce.connection import BigCommerceConnection
from shared.providers.session import Exchange, ProviderSession
from tests.providers.bigcommerce.examples import a_connection


@dataclass
class Store:
    """The stand-in as the people behind `/_control/` see it, and every exchange our client had with it."""

    url: str
    connection: BigCommerceConnection
    exchanges: list[Exchange] = field(default_factory=list)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self.url}/_control{path}", json=body, timeout=10)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def place(self, order: dict[str, Any] | None = None, **wishes: Any) -> None:
        """Place an order, by default the sample: two bags and a kettle, paid, to one address."""
        self.control("POST", "/orders", order or samples.order(**wishes))

    def set_status(self, status_id: int, number: int = 10427) -> None:
        self.control("POST", f"/orders/{number}/status", {"status_id": status_id})

    def order(self, number: int = 10427) -> dict[str, Any]:
        return self.control("GET", f"/orders/{number}")

    def arm(self, call: str, times: int = 1, **fault: Any) -> None:
        self.control("POST", "/faults", {"call": call, "fault": fault, "times": times})

    def effects(self, kind: str) -> list[dict[str, Any]]:
        return self.control("GET", f"/effects?kind={kind}")["effects"]

    @property
    def statuses_written(self) -> list[int]:
        return [effect["status_id"] for effect in self.effects("order_updated")]

    @property
    def calls(self) -> list[str]:
        return [exchange.call for exchange in self.exchanges]

    def session(self, **settings: Any) -> ProviderSession:
        connection = self.connection.model_copy(update=settings)
        return bigcommerce_session(connection, on_exchange=self.exchanges.append)


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    with serve(create_app(Config())) as url:
        yield url


@pytest.fixture
def store(served: str) -> Store:
    store = Store(served, a_connection(served))
    store.control("POST", "/reset")
    return store


@pytest.fixture
def client(store: Store) -> Iterator[BigCommerceClient]:
    with store.session() as http:
        yield BigCommerceClient(http)
