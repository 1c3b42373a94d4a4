"""Functions on queues of Service Bus, end to end."""

import gc
import importlib
import json
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests
from azure.servicebus import ServiceBusClient, ServiceBusMessage

from sandbox.azurite import Azurite
from sandbox.systems.kit import serve
from tests.host.running_host import RunningHost
from tests.sandbox.waiting import wait_until

pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

SECONDS_TO_ANSWER = 10
# The host renews locks half-way: a machine may stall for the other half of one before it is lost.
QUEUES: Sequence[dict[str, Any]] = [
    {"name": "plain", "lock_duration": 6, "max_delivery_count": 3},
    {"name": "described"},
    {"name": "ordered", "requires_session": True, "lock_duration": 6, "max_delivery_count": 3},
]


class Bus:
    """The namespace, and a client that fills its queues."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.connection_string: str = self.control("GET", "/connection")["connection_string"]
        self._client = ServiceBusClient.from_connection_string(self.connection_string)
        self._senders: dict[str, Any] = {}

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self._url}/_control{path}", json=body, timeout=SECONDS_TO_ANSWER)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def counts(self, queue: str) -> dict[str, Any]:
        return self.control("GET", "/queues")["queues"][queue]

    def operations(self, queue: str) -> dict[str, int]:
        return self.control("GET", "/operations")["queues"][queue]

    def send(self, queue: str, name: str, *, session: str | None = None, **body: Any) -> None:
        if queue not in self._senders:
            self._senders[queue] = self._client.get_queue_sender(queue)
        self._senders[queue].send_messages(ServiceBusMessage(json.dumps({"name": name, **body}), session_id=session))

    def close(self) -> None:
        self._client.close()


@pytest.fixture(scope="module")
def bus() -> Iterator[Bus]:
    pytest.importorskip("proton", reason="python-qpid-proton is not installed (requirements-amqp.txt)")
    service_bus = importlib.import_module("sandbox.systems.service_bus")
    with serve(service_bus.create_app(service_bus.Config.from_json({"queues": QUEUES}))) as url:
        bus = Bus(url)
        yield bus
        bus.close()
        del bus
        gc.collect()  # the client leaves the socket of a connection that broke to it


StartHost = Callable[[], RunningHost]


@pytest.fixture
def start(bus: Bus, azurite: Azurite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StartHost]:
    """A host on the namespace; its queues are empty."""
    monkeypatch.setenv("Bus", bus.connection_string)
    bus.control("POST", "/reset")
    hosts: list[RunningHost] = []

    def started() -> RunningHost:
        host = RunningHost("service_bus", azurite.connection_string, tmp_path)
        hosts.append(host)
        host.start()
        return host

    yield started
    for host in hosts:
        host.close()


def _noted(host: RunningHost, name: str, count: int) -> list[Any]:
    """What was noted, once it is that much."""
    wait_until(lambda: len(host.notes(name)) >= count, f"{count} of '{name}'")
    return host.notes(name)


def _outlast_a_lock(bus: Bus, queue: str, held: int) -> None:
    """By two renewals for each of the messages in hand; the second one comes when the first lock would have ended."""
    renewed = bus.operations(queue)["renewals"] + 2 * held
    wait_until(lambda: bus.operations(queue)["renewals"] >= renewed, "more time than a lock lasts")


def test_a_message_is_handed_over_as_in_azure_and_completed(bus: Bus, start: StartHost):
    host = start()
    message = ServiceBusMessage(
        "für dich",
        message_id="m-1",
        session_id="s-1",
        subject="intake",
        correlation_id="c-1",
        content_type="text/plain",
        application_properties={"attempt": 2, "who": "Ann"},
    )
    with (
        ServiceBusClient.from_connection_string(bus.connection_string) as client,
        client.get_queue_sender("described") as sender,
    ):
        sender.send_messages(message)

    [seen] = _noted(host, "described", 1)

    assert seen.pop("enqueued").endswith("+00:00")
    assert seen == {
        "id": "m-1",
        "session": "s-1",
        "properties": {"attempt": 2, "who": "Ann"},
        "count": 1,
        "number": 1,
        "subject": "intake",
        "content_type": "text/plain",
        "correlation": "c-1",
        "body": "für dich",
    }
    wait_until(lambda: bus.counts("described")["locked"] == 0, "its completion")
    assert bus.counts("described")["active"] == 0
    assert host.metrics()["serviceBusMessagesHandled"] == 1


def test_a_message_whose_function_fails_comes_again(bus: Bus, start: StartHost):
    host = start()

    bus.send("plain", "stubborn", failures=1)

    assert _noted(host, "plain", 2) == ["stubborn"] * 2
    wait_until(lambda: host.metrics()["serviceBusMessagesHandled"] == 1, "its completion")
    assert host.metrics()["serviceBusMessagesAbandoned"] == 1


def test_a_message_that_keeps_failing_reaches_the_function_of_the_dead_letters(bus: Bus, start: StartHost):
    host = start()

    bus.send("plain", "poison", failures=99)

    assert _noted(host, "dead", 1) == [{"name": "poison", "reason": "MaxDeliveryCountExceeded"}]
    assert len(host.notes("plain")) == 3
    wait_until(lambda: bus.counts("plain")["dead_lettered"] == 0, "the dead letter's completion")


def test_messages_run_side_by_side_and_keep_their_locks(bus: Bus, start: StartHost):
    host = start()

    for name in "abcd":
        bus.send("plain", name, is_held=True)
    _noted(host, "begun", 4)
    _outlast_a_lock(bus, "plain", held=4)
    host.release()

    assert sorted(_noted(host, "plain", 4)) == list("abcd")
    wait_until(lambda: host.metrics()["serviceBusMessagesHandled"] == 4, "their completion")
    assert len(host.notes("begun")) == 4


def test_messages_of_one_session_run_one_after_another_and_sessions_side_by_side(bus: Bus, start: StartHost):
    host = start()

    for session in "ab":
        for number in range(3):
            bus.send("ordered", str(number), session=session, seconds=1)
    notes = sorted(_noted(host, "ordered", 6), key=lambda note: note["began"])

    by_session = {session: [note for note in notes if note["session"] == session] for session in "ab"}
    for of_session in by_session.values():
        assert [note["name"] for note in of_session] == ["0", "1", "2"]
        assert all(a["ended"] <= b["began"] for a, b in pairwise(of_session))
    assert by_session["b"][0]["began"] < by_session["a"][-1]["ended"]


def test_a_session_ends_with_a_receive_that_nothing_comes_for(bus: Bus, start: StartHost):
    host = start()

    bus.send("ordered", "only", session="a")
    _noted(host, "ordered", 1)
    wait_until(lambda: not bus.counts("ordered")["locked_sessions"], "the end of the session")

    # On a stalled machine a session may end before its message has come, and is accepted again.
    assert host.metrics()["serviceBusReceivesEmpty"] == {"ordered": bus.operations("ordered")["session_accepts"]}


def test_a_failing_message_holds_up_its_session_and_keeps_its_place(bus: Bus, start: StartHost):
    host = start()

    bus.send("ordered", "first", session="a", failures=1)
    bus.send("ordered", "second", session="a")
    notes = sorted(_noted(host, "ordered", 3), key=lambda note: note["began"])

    assert [(note["name"], note["count"]) for note in notes] == [("first", 1), ("first", 2), ("second", 1)]


def test_a_session_is_kept_as_long_as_its_function_runs(bus: Bus, start: StartHost):
    host = start()

    bus.send("ordered", "slow", session="a", is_held=True)
    _noted(host, "begun", 1)
    _outlast_a_lock(bus, "ordered", held=1)
    host.release()

    _noted(host, "ordered", 1)
    wait_until(lambda: bus.counts("ordered") | {"locked": 0, "active": 0} == bus.counts("ordered"), "its completion")
    assert [note["count"] for note in host.notes("ordered")] == [1]


def test_a_message_in_hand_when_the_host_is_killed_comes_again_after_its_lock(bus: Bus, start: StartHost):
    host = start()
    bus.send("ordered", "slow", session="a", is_held=True)
    _noted(host, "begun", 1)

    host.process.kill()
    assert bus.counts("ordered")["locked_sessions"] == ["a"]
    host.release()
    host.start()

    assert [note["count"] for note in _noted(host, "ordered", 1)] == [2]


def test_a_host_that_stops_lets_a_function_end_and_completes_its_message(bus: Bus, start: StartHost):
    host = start()
    bus.send("plain", "in hand", seconds=2)
    wait_until(lambda: bool(host.notes("begun")), "the function's start")

    assert host.stop() == 0

    assert host.notes("plain") == ["in hand"]
    assert bus.counts("plain") | {"active": 0, "locked": 0} == bus.counts("plain")


def test_the_host_comes_back_when_its_connections_are_cut(bus: Bus, start: StartHost):
    host = start()
    bus.send("plain", "before")
    bus.send("ordered", "before", session="a")
    wait_until(lambda: host.metrics()["serviceBusMessagesHandled"] == 2, "their completion")

    bus.control("POST", "/drop-connections")
    bus.send("plain", "after")
    bus.send("ordered", "after", session="b")

    assert _noted(host, "plain", 2)
    assert {note["name"] for note in _noted(host, "ordered", 2)} == {"before", "after"}


def test_a_function_can_be_run_by_hand(start: StartHost):
    host = start()

    answer = host.call("POST", "admin/functions/plain", json={"input": '{"name": "by hand"}'})

    assert answer.status_code == 202
    assert _noted(host, "plain", 1) == ["by hand"]
