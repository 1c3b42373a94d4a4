"""How functions are registered for a transport, and what becomes of one that fails."""

import asyncio
import threading
from typing import Any

import pytest

from functions import queue_triggers
from functions.queue_triggers import LONGEST_PAUSE_SECONDS, Delivery, QueueTriggers
from sandbox.host.functions import Function
from shared.message_transport import Transport
from shared.messaging.names import NOTIFICATIONS_QUEUE, dead_letters, has_sessions, poison, queues_of
from tests.functions.requests import a_message

TRIGGERS = {Transport.STORAGE: "queueTrigger", Transport.SERVICE_BUS: "serviceBusTrigger"}
GIVEN_UP_ON = {Transport.STORAGE: poison, Transport.SERVICE_BUS: dead_letters}
both = pytest.mark.parametrize("transport", list(Transport))
on_service_bus = pytest.mark.parametrize("transport", [Transport.SERVICE_BUS])


def by_queue(app: dict[str, Function], transport: Transport) -> dict[str, Function]:
    return {f.trigger.options["queueName"]: f for f in app.values() if f.trigger.type == TRIGGERS[transport]}


def a_function(transport: Transport, handle: Any, pause_seconds: float = 0) -> Any:
    """The one function that `handle` becomes."""
    triggers = QueueTriggers()
    triggers.message("order-intake", "order_intake")(handle)
    (built,) = triggers.blueprint(transport, pause_seconds)._function_builders
    return built._function.get_user_function()


@both
def test_every_queue_is_read_and_so_is_what_was_given_up_on_it(app: dict[str, Function], transport: Transport):
    queues = queues_of(transport)

    assert set(by_queue(app, transport)) == {*queues, *map(GIVEN_UP_ON[transport], queues)}


@both
def test_no_function_waits_for_the_other_transport(app: dict[str, Function], transport: Transport):
    (other,) = set(TRIGGERS.values()) - {TRIGGERS[transport]}

    assert [name for name, function in app.items() if function.trigger.type == other] == []


def test_the_functions_are_the_same_but_for_what_only_service_bus_can_carry(apps: dict[Transport, dict[str, Function]]):
    more = set(apps[Transport.SERVICE_BUS]) - set(apps[Transport.STORAGE])

    assert more == {"dataverse_notifications", "give_up_dataverse_notification"}
    assert set(apps[Transport.STORAGE]) < set(apps[Transport.SERVICE_BUS])


@on_service_bus
def test_functions_ask_for_sessions_where_senders_name_them(app: dict[str, Function], transport: Transport):
    read = by_queue(app, transport)

    asked = {queue: read[queue].trigger.options["isSessionsEnabled"] for queue in queues_of(transport)}

    assert asked == {queue: has_sessions(queue) for queue in queues_of(transport)}
    assert asked[NOTIFICATIONS_QUEUE] is False


@on_service_bus
def test_what_was_given_up_is_in_no_session(app: dict[str, Function], transport: Transport):
    read = by_queue(app, transport)

    assert not any(read[dead_letters(queue)].trigger.options["isSessionsEnabled"] for queue in queues_of(transport))


@on_service_bus
def test_the_connection_is_the_one_that_the_settings_name(app: dict[str, Function], transport: Transport):
    assert {f.trigger.options["connection"] for f in by_queue(app, transport).values()} == {"ServiceBusConnection"}


@both
@pytest.mark.parametrize(("number", "again"), [(1, False), (2, True)])
async def test_a_function_learns_what_arrived_and_whether_it_comes_again(
    transport: Transport, number: int, again: bool
):
    seen: list[Delivery] = []

    async def handle(delivery: Delivery) -> None:
        seen.append(delivery)

    arriving = a_message(b"body", delivery=number)
    await a_function(transport, handle)(message=arriving.by(TRIGGERS[transport]))

    assert [(delivery.body, delivery.again) for delivery in seen] == [(b"body", again)]


@both
async def test_a_function_that_is_not_asynchronous_does_not_hold_up_the_others(transport: Transport):
    threads: list[threading.Thread] = []

    def handle(delivery: Delivery) -> None:
        threads.append(threading.current_thread())

    await a_function(transport, handle)(message=a_message(b"").by(TRIGGERS[transport]))

    assert threads != [threading.main_thread()]


@pytest.mark.parametrize(
    ("transport", "delivery", "seconds"),
    [
        (Transport.STORAGE, 3, []),  # the host waits
        (Transport.SERVICE_BUS, 1, [2]),
        (Transport.SERVICE_BUS, 3, [8]),
        (Transport.SERVICE_BUS, 9, [LONGEST_PAUSE_SECONDS]),
        (Transport.SERVICE_BUS, 5000, [LONGEST_PAUSE_SECONDS]),  # what was given up may fail for weeks
    ],
)
async def test_a_message_whose_function_failed_does_not_come_again_at_once(
    monkeypatch: pytest.MonkeyPatch, transport: Transport, delivery: int, seconds: list[float]
):
    waited: list[float] = []

    async def sleep(pause: float) -> None:
        waited.append(pause)

    async def handle(delivery: Delivery) -> None:
        raise ValueError("a mistake in the code")

    monkeypatch.setattr(queue_triggers, "asyncio", _With(asyncio, sleep=sleep))

    with pytest.raises(ValueError, match="a mistake in the code"):
        await a_function(transport, handle, 2)(message=a_message(b"", delivery=delivery).by(TRIGGERS[transport]))

    assert waited == seconds


class _With:
    """A module, of which some things are a test's own."""

    def __init__(self, module: Any, **own: Any) -> None:
        self._module = module
        self.__dict__.update(own)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)
