"""Sending to Service Bus, with the real client against a broker on loopback."""

import gc
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.actions import Provider, ProviderAction
from shared.domain.errors import TransientProviderError
from shared.domain.messages import Message
from shared.domain.sources import IntakeMessage
from shared.message_transport import ServiceBusNamespace, Transport
from shared.messaging.names import INTAKE_QUEUE, actions_queue, has_sessions, queues_of
from shared.messaging.service_bus import BUSY_SECONDS, ServiceBusQueues, open_service_bus
from shared.messaging.sizes import MOST_BYTES, MessageTooLarge
from tests.store.bus import Bus, a_bus, declared
from tests.store.notes import Note

# The client leaves the socket of a connection that broke to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
ACTIONS = actions_queue(Provider.FLEXE)
HINT = IntakeMessage(source="bigcommerce", external_id="10427")
ACTION = ProviderAction(order_id="a", provider=Provider.FLEXE, name="cancel_order", step="Cancel", generation=1)


@pytest.fixture(scope="module")
def running() -> Iterator[Bus]:
    with a_bus() as bus:
        yield bus


@pytest.fixture
def bus(running: Bus) -> Iterator[Bus]:
    running.reset()
    yield running
    gc.collect()


@pytest.fixture
def queues(bus: Bus) -> Iterator[ServiceBusQueues]:
    opened = open_service_bus(ServiceBusNamespace(bus.connection))
    yield opened
    opened.close()


def test_the_emulator_has_every_queue_as_the_code_wants_it():
    queues = {
        name: (queue["RequiresSession"], queue["RequiresDuplicateDetection"]) for name, queue in declared().items()
    }

    assert queues == {name: (has_sessions(name), has_sessions(name)) for name in queues_of(Transport.SERVICE_BUS)}


def test_a_message_arrives_as_json_in_the_session_of_what_it_is_about(queues: ServiceBusQueues, bus: Bus):
    queues.send(INTAKE_QUEUE, HINT)

    (message,) = bus.messages(INTAKE_QUEUE)
    assert IntakeMessage.model_validate_json(message["body"]) == HINT
    assert message["session_id"] == "bigcommerce:10427"


def test_every_queue_takes_messages(queues: ServiceBusQueues, bus: Bus):
    for name in queues_of(Transport.SERVICE_BUS):
        queues.send(name, Note(text="😀"))

    assert [len(bus.messages(name)) for name in queues_of(Transport.SERVICE_BUS)] == [1] * 10


def test_what_has_a_long_name_has_a_session_of_its_own(queues: ServiceBusQueues, bus: Bus):
    for name in ("x" * 200, "x" * 200, "x" * 201):
        queues.send(INTAKE_QUEUE, HINT.model_copy(update={"external_id": name}))

    first, second, other = (message["session_id"] for message in bus.messages(INTAKE_QUEUE))
    assert first == second != other
    assert len(first) <= 128


def test_a_copy_of_an_action_is_dropped_and_its_next_attempt_is_not(queues: ServiceBusQueues, bus: Bus):
    for message in (ACTION, ACTION, ACTION.next_attempt()):
        queues.send(ACTIONS, message)

    attempts = [ProviderAction.model_validate_json(message["body"]).attempt for message in bus.messages(ACTIONS)]
    assert attempts == [1, 2]


def test_one_that_is_sent_again_on_purpose_is_no_copy(queues: ServiceBusQueues, bus: Bus):
    queues.send(ACTIONS, ACTION)
    queues.send(ACTIONS, ACTION, timedelta(seconds=60), even_if_a_copy=True)

    assert [message["state"] for message in bus.messages(ACTIONS)] == ["active", "scheduled"]


def test_every_hint_counts(queues: ServiceBusQueues, bus: Bus):
    for _ in range(2):
        queues.send(INTAKE_QUEUE, HINT)

    assert len(bus.messages(INTAKE_QUEUE)) == 2


def test_a_long_identity_is_still_one(queues: ServiceBusQueues, bus: Bus):
    message = ACTION.model_copy(update={"order_id": "x" * 200})

    for _ in range(2):
        queues.send(ACTIONS, message)

    assert len(bus.messages(ACTIONS)) == 1


def test_a_postponed_message_appears_when_it_is_due(queues: ServiceBusQueues, bus: Bus):
    before = datetime.now(UTC)

    queues.send(INTAKE_QUEUE, HINT, timedelta(hours=2))

    (message,) = bus.messages(INTAKE_QUEUE)
    assert message["state"] == "scheduled"
    due = datetime.fromtimestamp(message["scheduled_for"], UTC)
    assert timedelta(hours=2) - timedelta(seconds=1) < due - before < timedelta(hours=2, seconds=10)


def test_many_threads_send_at_once(queues: ServiceBusQueues, bus: Bus):
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: queues.send(INTAKE_QUEUE, Note(text=str(n))), range(160)))

    sent = {Note.model_validate_json(message["body"]).text for message in bus.messages(INTAKE_QUEUE)}
    assert sent == {str(n) for n in range(160)}


@pytest.mark.parametrize("delay", [None, timedelta(minutes=1)])
def test_a_lost_connection_is_made_up_for(queues: ServiceBusQueues, bus: Bus, delay: timedelta | None):
    queues.send(INTAKE_QUEUE, HINT, delay)
    bus.drops_connections()

    queues.send(INTAKE_QUEUE, HINT, delay)

    assert len(bus.messages(INTAKE_QUEUE)) == 2


def test_an_answer_that_got_lost_leaves_one_action(queues: ServiceBusQueues, bus: Bus):
    bus.fails(ACTIONS, 1, drop="after")

    queues.send(ACTIONS, ACTION)

    assert len(bus.messages(ACTIONS)) == 1


def test_a_busy_service_is_asked_again_later(queues: ServiceBusQueues, bus: Bus):
    bus.fails(INTAKE_QUEUE, 9, status=503)

    with pytest.raises(TransientProviderError, match=INTAKE_QUEUE) as busy:
        queues.send(INTAKE_QUEUE, HINT)

    assert busy.value.retry_after == BUSY_SECONDS


def test_a_service_that_does_not_answer_does_not_hold_up_a_webhook_for_long(queues: ServiceBusQueues, bus: Bus):
    queues.send(INTAKE_QUEUE, HINT)
    silence = 60
    bus.fails(INTAKE_QUEUE, 9, delay_seconds=silence)
    began = time.monotonic()

    with pytest.raises(TransientProviderError, match=INTAKE_QUEUE):
        queues.send(INTAKE_QUEUE, HINT)

    assert time.monotonic() - began < silence


def test_a_queue_that_is_not_there_is_named(queues: ServiceBusQueues):
    with pytest.raises(TransientProviderError, match="'order-outtake' did not take a message"):
        queues.send("order-outtake", HINT)


def test_a_refusal_does_not_show_the_key(bus: Bus):
    wrong = re.sub("SharedAccessKey=[^;]*", "SharedAccessKey=hunter2-do-not-tell=", bus.connection)
    queues = open_service_bus(ServiceBusNamespace(wrong))

    with pytest.raises(TransientProviderError, match=INTAKE_QUEUE) as refusal:
        queues.send(INTAKE_QUEUE, HINT)

    assert "hunter2" not in f"{refusal.value}{refusal.value.__cause__!r}"
    queues.close()


def test_a_service_that_is_away_is_a_passing_fault():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        address = f"Endpoint=sb://127.0.0.1:{nobody.getsockname()[1]};SharedAccessKeyName=a;SharedAccessKey=b"
        queues = open_service_bus(ServiceBusNamespace(f"{address};UseDevelopmentEmulator=true"))

        with pytest.raises(TransientProviderError, match=INTAKE_QUEUE):
            queues.send(INTAKE_QUEUE, HINT)


def test_a_message_that_is_too_large_is_refused_as_by_the_other_transport(queues: ServiceBusQueues, bus: Bus):
    message: Message = Note(text="x" * MOST_BYTES)

    with pytest.raises(MessageTooLarge, match=INTAKE_QUEUE):
        queues.send(INTAKE_QUEUE, message)

    assert bus.messages(INTAKE_QUEUE) == []
