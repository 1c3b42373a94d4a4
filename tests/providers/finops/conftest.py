"""The stand-in for Dataverse, dual-write and F&O, as the people behind it see it, and our client to it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from pydantic import HttpUrl, SecretStr

from sandbox.systems.finops import Config, create_app
from sandbox.systems.kit import serve
from shared.domain.actions import ActionOutcome
from shared.domain.orders import Order
from shared.dual_write import DualWriteMap, skip_explainer
from shared.providers.finops.actions import SendOrderToFulfillment
from shared.providers.finops.client import DataverseClient
from shared.providers.finops.connection import DataverseConnection
from shared.providers.finops.references import References
from shared.providers.session import Exchange
from tests.providers.finops.samples import Clock, a_request, connection

MAPS = Path(__file__).parents[3] / "config" / "dual_write_maps.yaml"
PATIENCE_SECONDS = 10.0


class Finops:
    """What happens in Dataverse and F&O without us."""

    def __init__(self, url: str, config: Config) -> None:
        self.url = url
        self.config = config
        self._http = requests.Session()

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._http.request(method, f"{self.url}/_control{path}", json=body, timeout=PATIENCE_SECONDS)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def effects(self, kind: str) -> list[dict[str, Any]]:
        return self.control("GET", f"/effects?kind={kind}")["effects"]

    @property
    def sales_orders(self) -> list[dict[str, Any]]:
        return self.control("GET", "/orders")["orders"]

    def rows(self, entity_set: str) -> list[dict[str, Any]]:
        return self.control("GET", f"/rows/{entity_set}")["rows"]

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
Send = Callable[..., ActionOutcome]


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
def send(finops: Finops, connect: ConnectTo, clock: Clock, explain_skip) -> Send:
    """Run the action on an order, each time as a process that was just started."""

    def send(order: Order, *, generation: int = 1, **settings: Any) -> ActionOutcome:
        client, settings_ = connect(**settings), finops.connection(**settings)
        references = References(client, timedelta(seconds=settings_.reference_seconds), clock)
        return SendOrderToFulfillment(client, references, explain_skip, settings_)(a_request(generation), order)

    return send
