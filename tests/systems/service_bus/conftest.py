"""A stand-in namespace per test module, emptied for each test, and the real client."""

import gc
import importlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests
from azure.servicebus import ServiceBusClient, ServiceBusMessage, ServiceBusReceivedMessage, ServiceBusSender

from sandbox.systems.kit import serve

SECONDS_TO_ANSWER = 10
PATIENCE_SECONDS = 10
PLAIN, SESSIONS, UNIQUE, BRIEF, STRICT = "plain", "sessions", "unique", "brief", "strict"

QUEUES = [
    {"name": PLAIN},
    {"name": SESSIONS, "requires_session": True},
    {"name": UNIQUE, "duplicate_detection_window": "PT1M"},
    {"name": BRIEF, "lock_duration": 1, "duplicate_detection_window": 1, "default_message_time_to_live": 3600},
    {"name": STRICT, "max_delivery_count": 2, "dead_lettering_on_message_expiration": True},
]


class Feeder:
    """Puts messages into queues over links that stay open: opening and closing one takes the client a second."""

    def __init__(self, connection_string: str) -> None:
        self._client = ServiceBusClient.from_connection_string(connection_string, retry_backoff_factor=0.01)
        self._senders: dict[str, ServiceBusSender] = {}

    def __enter__(self) -> "Feeder":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def feed(self, *bodies: str, queue: str, **properties: Any) -> None:
        sender = self._senders.setdefault(queue, self._client.get_queue_sender(queue))
        for body in bodies:
            sender.send_messages(ServiceBusMessage(body, **properties))


class Bus:
    """The stand-in as the people behind `/_control/` see it, and a client of its namespace."""

    def __init__(self, url: str, feeder: Feeder) -> None:
        self.url = url
        self._feeder = feeder
        self.connection_string: str = self.control("GET", "/connection")["connection_string"]
        self.client = ServiceBusClient.from_connection_string(self.connection_string, retry_total=0)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self.url}/_control{path}", json=body, timeout=SECONDS_TO_ANSWER)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def counts(self, queue: str = PLAIN) -> dict[str, Any]:
        return self.control("GET", "/queues")["queues"][queue]

    def messages(self, queue: str = PLAIN) -> list[dict[str, Any]]:
        return self.control("GET", f"/queues/{queue}/messages")["messages"]

    def operations(self) -> dict[str, Any]:
        return self.control("GET", "/operations")

    def arm(self, call: str, times: int = 1, **fault: Any) -> None:
        self.control("POST", "/faults", {"call": call, "fault": fault, "times": times})

    def feed(self, *bodies: str, queue: str = PLAIN, **properties: Any) -> None:
        """One message for each body, one after another, for tests of what happens then."""
        self._feeder.feed(*bodies, queue=queue, **properties)

    def send(self, *bodies: str, queue: str = PLAIN, **properties: Any) -> None:
        """Likewise over a link of its own, by a client that does not try again."""
        with self.client.get_queue_sender(queue) as sender:
            for body in bodies:
                sender.send_messages(ServiceBusMessage(body, **properties))

    def take(self, queue: str = PLAIN, count: int = 1, **receiver: Any) -> list[str]:
        """Receives and completes so many messages; their bodies."""
        bodies: list[str] = []
        with self.client.get_queue_receiver(queue, **receiver) as link:
            while len(bodies) < count:
                messages = link.receive_messages(count - len(bodies), max_wait_time=PATIENCE_SECONDS)
                assert messages, f"only {bodies} came"
                for message in messages:
                    link.complete_message(message)
                bodies += [str(message) for message in messages]
        return bodies


def received(link: Any, wait: float = PATIENCE_SECONDS) -> ServiceBusReceivedMessage:
    """The one message that comes."""
    [message] = link.receive_messages(1, max_wait_time=wait)
    return message


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """The client leaves the socket of a connection that broke to the garbage collector."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"))


@pytest.fixture(scope="module")
def serving() -> Iterator[str]:
    pytest.importorskip("proton", reason="python-qpid-proton is not installed (requirements-amqp.txt)")
    service_bus = importlib.import_module("sandbox.systems.service_bus")
    with serve(service_bus.create_app(service_bus.Config.from_json({"queues": QUEUES}))) as url:
        yield url


@pytest.fixture(scope="module")
def feeder(serving: str) -> Iterator[Feeder]:
    answer = requests.get(f"{serving}/_control/connection", timeout=SECONDS_TO_ANSWER)
    with Feeder(answer.json()["connection_string"]) as feeder:
        yield feeder
    del feeder  # with the sockets of dropped connections, while a warning is still this folder's own
    gc.collect()


@pytest.fixture
def bus(serving: str, feeder: Feeder) -> Iterator[Bus]:
    bus = Bus(serving, feeder)
    bus.control("POST", "/reset")
    with bus.client:
        yield bus
    gc.collect()
