"""A stand-in warehouse per test module, emptied for each test, and our client of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import pytest

from sandbox.systems.flexe import Config, create_app
from sandbox.systems.kit import serve
from shared.domain.actions import ActionOutcome
from shared.domain.identity import FLEXE
from shared.domain.orders import Order
from shared.providers.flexe.actions import SendFulfillmentOrder
from shared.providers.flexe.client import FlexeClient, flexe_session
from shared.providers.session import Exchange
from tests.providers.flexe.samples import a_connection, a_request, an_order, utc_now
from tests.providers.flexe.watcher import Watcher
from tests.systems.flexe.conftest import Flexe


@dataclass
class RecordingLinks:
    """`Links` that keep what is linked, and how many orders Flexe had at that moment."""

    orders: Callable[[], int]
    made: list[tuple[str, str, str]] = field(default_factory=list)
    orders_when_made: list[int] = field(default_factory=list)

    def link(self, order_id: str, system: str, external_id: str) -> None:
        assert system == FLEXE
        self.made.append((order_id, system, external_id))
        self.orders_when_made.append(self.orders())


@pytest.fixture(scope="module")
def building() -> Iterator[Flexe]:
    config = Config()
    with serve(create_app(config)) as url:
        flexe = Flexe(url, config)
        yield flexe
        flexe.http.close()


@pytest.fixture
def flexe(building: Flexe) -> Flexe:
    building.control("POST", "/reset", {"registrations": True})
    return building


@pytest.fixture
def exchanges() -> list[Exchange]:
    return []


Connect = Callable[..., FlexeClient]


class Send(Protocol):
    """Sends an order, by default the sample, as a process that was just started would."""

    def __call__(self, order: Order | None = None, by: FlexeClient = ...) -> ActionOutcome: ...


@pytest.fixture
def connect(flexe: Flexe, exchanges: list[Exchange]) -> Iterator[Connect]:
    """A client with the settings given."""
    clients: list[FlexeClient] = []

    def connect(**settings: Any) -> FlexeClient:
        connection = a_connection(flexe.url, **settings)
        clients.append(FlexeClient(flexe_session(connection, on_exchange=exchanges.append), connection))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def client(connect: Connect) -> FlexeClient:
    return connect()


@pytest.fixture
def links(flexe: Flexe) -> RecordingLinks:
    return RecordingLinks(lambda: len(flexe.control("GET", "/orders").json()["orders"]))


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()


@pytest.fixture
def send(client: FlexeClient, links: RecordingLinks) -> Send:
    def send(order: Order | None = None, by: FlexeClient = client) -> ActionOutcome:
        return SendFulfillmentOrder(by, links, a_connection(), utc_now)(a_request(), order or an_order())

    return send


def kept(outcome: ActionOutcome, order: Order | None = None) -> Order:
    """The order once the outcome is stored."""
    assert outcome.update
    return outcome.update(order or an_order())


def at_flexe(flexe: Flexe) -> list[dict[str, Any]]:
    return flexe.control("GET", "/orders").json()["orders"]
