"""What becomes of messages that are sent."""

from datetime import UTC, datetime, timedelta

import pytest
from azure.servicebus import ServiceBusMessage, ServiceBusSubQueue
from azure.servicebus.exceptions import MessageNotFoundError, MessageSizeExceededError, ServiceBusError

from tests.systems.service_bus.conftest import BRIEF, PLAIN, SESSIONS, STRICT, UNIQUE, Bus, received
from tests.systems.service_bus.waiting import until


def _in(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def test_a_message_arrives_as_it_was_sent(bus: Bus):
    sent = ServiceBusMessage(
        '{"order": 1}',
        message_id="m-1",
        session_id="s-1",
        subject="intake",
        correlation_id="c-1",
        content_type="application/json",
        application_properties={"attempt": 3, "who": "Ann"},
    )
    before = datetime.now(UTC) - timedelta(seconds=1)
    with bus.client.get_queue_sender(PLAIN) as sender:
        sender.send_messages(sent)

    with bus.client.get_queue_receiver(PLAIN) as link:
        message = received(link)

    assert str(message) == '{"order": 1}'
    assert (message.message_id, message.session_id, message.correlation_id) == ("m-1", "s-1", "c-1")
    assert (message.subject, message.content_type) == ("intake", "application/json")
    assert message.application_properties == {b"attempt": 3, b"who": b"Ann"}
    assert (message.sequence_number, message.delivery_count) == (1, 0)
    assert message.enqueued_time_utc is not None
    assert before < message.enqueued_time_utc < datetime.now(UTC)


def test_messages_come_in_the_order_they_were_sent(bus: Bus):
    bus.feed("one", "two", "three")

    assert bus.take(count=3) == ["one", "two", "three"]


def test_a_batch_becomes_single_messages(bus: Bus):
    with bus.client.get_queue_sender(PLAIN) as sender:
        sender.send_messages([ServiceBusMessage("one", message_id="1"), ServiceBusMessage("two", message_id="2")])

    assert [(message["message_id"], message["body"]) for message in bus.messages()] == [("1", "one"), ("2", "two")]


def test_a_message_above_the_limit_is_refused(bus: Bus):
    with pytest.raises(MessageSizeExceededError):
        bus.send("x" * (256 * 1024))

    assert bus.counts()["active"] == 0


def test_a_message_just_below_the_limit_arrives(bus: Bus):
    bus.feed("x" * (255 * 1024))

    [body] = bus.take()
    assert len(body) == 255 * 1024


def test_a_scheduled_message_above_the_limit_is_refused(bus: Bus):
    with (
        bus.client.get_queue_sender(PLAIN) as sender,
        pytest.raises(MessageSizeExceededError),
    ):
        sender.schedule_messages(ServiceBusMessage("x" * (257 * 1024)), _in(60))


def test_a_second_copy_within_the_window_is_taken_and_dropped(bus: Bus):
    bus.feed("one", queue=UNIQUE, message_id="same")
    bus.feed("again", queue=UNIQUE, message_id="same")
    bus.feed("other", queue=UNIQUE, message_id="another")

    assert bus.take(UNIQUE, count=2) == ["one", "other"]
    assert bus.counts(UNIQUE)["active"] == 0


def test_a_copy_of_a_completed_message_is_dropped_as_well(bus: Bus):
    bus.feed("one", queue=UNIQUE, message_id="same")
    bus.take(UNIQUE)

    bus.feed("again", queue=UNIQUE, message_id="same")

    assert bus.counts(UNIQUE)["active"] == 0


def test_a_copy_after_the_window_is_a_new_message(bus: Bus):
    bus.feed("one", queue=BRIEF, message_id="same")

    def sent_again_until_kept() -> bool:
        bus.feed("again", queue=BRIEF, message_id="same")
        return bus.counts(BRIEF)["active"] == 2

    assert until(sent_again_until_kept)


def test_a_scheduled_copy_is_dropped_and_so_is_a_copy_of_a_scheduled_message(bus: Bus):
    with bus.client.get_queue_sender(UNIQUE) as sender:
        sender.schedule_messages(ServiceBusMessage("one", message_id="same"), _in(60))
        sender.schedule_messages(ServiceBusMessage("again", message_id="same"), _in(60))
        sender.send_messages(ServiceBusMessage("now", message_id="same"))

    assert (bus.counts(UNIQUE)["scheduled"], bus.counts(UNIQUE)["active"]) == (1, 0)


def test_a_queue_without_duplicate_detection_keeps_both_copies(bus: Bus):
    bus.feed("one", "again", message_id="same")

    assert bus.counts()["active"] == 2


def test_a_scheduled_message_comes_at_its_time_under_a_new_number(bus: Bus):
    due = _in(1.5)
    with bus.client.get_queue_sender(PLAIN) as sender:
        [number] = sender.schedule_messages(ServiceBusMessage("later"), due)
    # Its state may have changed by now: closing a link takes the client a second.
    assert [effect["kind"] for effect in bus.control("GET", "/effects")["effects"]] == ["message_scheduled"]

    with bus.client.get_queue_receiver(PLAIN) as link:
        message = received(link)

    assert message.sequence_number is not None
    assert message.sequence_number > number
    assert message.enqueued_time_utc is not None
    assert message.enqueued_time_utc >= due - timedelta(milliseconds=1)


def test_a_message_sent_with_a_time_waits_for_it(bus: Bus):
    bus.feed("later", scheduled_enqueue_time_utc=_in(60))

    assert (bus.counts()["scheduled"], bus.counts()["active"]) == (1, 0)


def test_a_canceled_message_never_comes(bus: Bus):
    with bus.client.get_queue_sender(PLAIN) as sender:
        numbers = sender.schedule_messages(ServiceBusMessage("later"), _in(60))
        sender.cancel_scheduled_messages(numbers)

        with pytest.raises(MessageNotFoundError):
            sender.cancel_scheduled_messages(numbers)

    assert bus.counts()["scheduled"] == 0


def test_a_message_without_session_is_refused_where_sessions_are_required(bus: Bus):
    with pytest.raises(ServiceBusError, match="must have a session id"):
        bus.send("one", queue=SESSIONS)
    with (
        bus.client.get_queue_sender(SESSIONS) as sender,
        pytest.raises(ServiceBusError, match="must have a session id"),
    ):
        sender.schedule_messages(ServiceBusMessage("one"), _in(60))


def test_an_expired_message_is_dead_lettered_where_the_queue_says_so(bus: Bus):
    bus.feed("short-lived", queue=STRICT, time_to_live=timedelta(seconds=1))

    with bus.client.get_queue_receiver(STRICT, sub_queue=ServiceBusSubQueue.DEAD_LETTER) as link:
        message = received(link)

    assert message.dead_letter_reason == "TTLExpiredException"
    assert bus.counts(STRICT)["active"] == 0


def test_an_expired_message_is_gone_where_the_queue_does_not(bus: Bus):
    bus.feed("short-lived", time_to_live=timedelta(seconds=1))

    assert until(lambda: bus.counts()["active"] == 0)
    assert bus.counts()["dead_lettered"] == 0


def test_nothing_can_be_sent_to_dead_letters(bus: Bus):
    with pytest.raises(ServiceBusError, match="Nothing can be sent"):
        bus.send("one", queue=f"{PLAIN}/$DeadLetterQueue")
