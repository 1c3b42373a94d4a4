"""The stand-in for Dataverse, dual-write and F&O, as the people behind it see it, and our client to it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from pydantic import HttpUrl, SecretStr

from sandbox.systems.finops import Config, create_app
from sandbox.systems.kit import serve
from shared.domain.actions import ActionOutcome, Perform
from shared.domain.orders import Order
from shared.dual_write import DualWriteMap, skip_explainer
from shared.providers.finops.actions import SendOrderLinesToBilling, SendOrderToFulfillment
from shared.providers.finops.canceling import CancelOrder
from shared.providers.finops.client import DataverseClient
from shared.providers.finops.connection import DataverseConnection
from shared.providers.finops.references import References
from shared.providers.finops.sending_again import SendLinesAgain
from shared.providers.finops.source import FinopsOrders
from shared.providers.finops.status_sending import SendOrderStatus
from shared.providers.session import Exchange
from tests.providers.finops.samples import ENTERED, Clock, a_request, connection

MAPS = Path(__file__).parents[3] / "config" / "dual_write_maps.yaml"
PATIENCE_SECONDS = 10.0


class Finops:
    """What happens in Dataverse and F&O without us."""

    def __init__(self, url: str, config: Config) -> None:
        self.url = url
        self.config = config
        self._http = requests.Session()

    def break_nth(self, call: str, nth: int, times: int = 1, **fault: Any) -> None:
        """Break a call when it comes for the nth time; a fault of a hair's delay uses up those before it."""
        if nth > 1:
            self.break_call(call, times=nth - 1, delay_seconds=0.001)
        self.break_call(call, times=times, **fault)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._http.request(method, f"{self.url}/_control{path}", json=body, timeout=PATIENCE_SECONDS)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def effects(self, kind: str) -> list[dict[str, Any]]:
        return self.control("GET", f"/effects?kind={kind}")["effects"]

    def updates(self, entity: str) -> list[dict[str, Any]]:
        """The columns of each write to a row of the table that was there already."""
        return [effect["columns"] for effect in self.effects("row_updated") if effect["entity"] == entity]

    @property
    def sales_orders(self) -> list[dict[str, Any]]:
        return self.control("GET", "/orders")["orders"]

    def rows(self, entity_set: str) -> list[dict[str, Any]]:
        return self.control("GET", f"/rows/{entity_set}")["rows"]

    @property
    def header(self) -> dict[str, Any]:
        """The only order's row."""
        (row,) = self.rows("salesorders")
        return row

    def post(self, action: str, number: str = "BC-10427", **wish: Any) -> None:
        self.control("POST", f"/orders/{number}/{action}", wish)

    def break_call(self, call: str, times: int = 1, **fault: Any) -> None:
        self.control("POST", "/faults", {"call": call, "fault": fault, "times": times})

    def connection(self, **changes: Any) -> DataverseConnection:
        return connection(
            self.url,
            **{
                "token_url": HttpUrl(f"{self.url}/{self.config.tenant}/oauth2/v2.0/token"),
                "client_id": self.config.client_id,
                "client_secret": SecretStr(self.config.client_secret),
                **changes,
            },
        )

    def close(self) -> None:
        self._http.close()


@pytest.fixture(scope="session")
def served() -> Iterator[Finops]:
    config = Config()
    with serve(create_app(config)) as url:
        finops = Finops(url, config)
        yield finops
        finops.close()


@pytest.fixture
def finops(served: Finops) -> Finops:
    served.control("POST", "/reset", {"registrations": True})
    return served


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def exchanges() -> list[Exchange]:
    """Every exchange of the client with Dataverse, in order."""
    return []


ConnectTo = Callable[..., DataverseClient]
Run = Callable[..., ActionOutcome]
OfOrder = Callable[..., ActionOutcome]


@pytest.fixture
def connect(finops: Finops, clock: Clock, exchanges: list[Exchange]) -> Iterator[ConnectTo]:
    """A client with the settings given."""
    clients: list[DataverseClient] = []

    def connect(**settings: Any) -> DataverseClient:
        clients.append(DataverseClient.connect(finops.connection(**settings), clock, exchanges.append))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def client(connect: ConnectTo) -> DataverseClient:
    return connect()


@pytest.fixture(scope="session")
def explain_skip():
    """The dual-write filters that the app is delivered with."""
    maps = yaml.safe_load(MAPS.read_text())
    return skip_explainer({key: DualWriteMap.model_validate(written) for key, written in maps.items()})


@pytest.fixture
def run(finops: Finops, connect: ConnectTo, clock: Clock, explain_skip) -> Run:
    """Run an action on an order, each time as a process that was just started."""

    def run(action: str, order: Order, *, generation: int = 1, **settings: Any) -> ActionOutcome:
        client, settings_ = connect(**settings), finops.connection(**settings)
        references = References(client, timedelta(seconds=settings_.reference_seconds), clock)
        actions: dict[str, Perform] = {
            "send_order_to_fulfillment": SendOrderToFulfillment(client, references, explain_skip, settings_),
            "send_order_lines_to_billing": SendOrderLinesToBilling(client, references, explain_skip, settings_),
            "send_lines_again": SendLinesAgain(client, references, explain_skip, settings_),
            "send_order_status": SendOrderStatus(client, explain_skip, settings_),
            "cancel_order": CancelOrder(client, explain_skip),
        }
        return actions[action](a_request(action, order, generation), order)

    return run


@pytest.fixture
def send(run: Run) -> OfOrder:
    return partial(run, "send_order_to_fulfillment")


@pytest.fixture
def bill(run: Run) -> OfOrder:
    return partial(run, "send_order_lines_to_billing")


@pytest.fixture
def send_again(run: Run) -> OfOrder:
    """Where part of an order is enough."""
    return partial(run, "send_lines_again", partial_lines_succeed=True)


@pytest.fixture
def tell(run: Run) -> OfOrder:
    return partial(run, "send_order_status")


@pytest.fixture
def cancel(run: Run) -> OfOrder:
    return partial(run, "cancel_order")


@pytest.fixture
def enter(finops: Finops, connect: ConnectTo) -> Callable[..., Order]:
    """An order made in F&O, as it is taken in here."""

    def enter(**changes: Any) -> Order:
        row_id = finops.control("POST", "/orders", {**ENTERED, **changes})["salesorderid"]
        return FinopsOrders(connect(), finops.connection()).pull(row_id).order

    return enter
