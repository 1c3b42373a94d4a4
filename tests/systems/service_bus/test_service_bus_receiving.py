"""Peek-lock and the ways to settle."""

import importlib

import pytest
from azure.servicebus import ServiceBusReceiveMode, ServiceBusSubQueue
from azure.servicebus.exceptions import MessageLockLostError, ServiceBusError

from tests.systems.service_bus.conftest import BRIEF, PLAIN, STRICT, Bus, received
from tests.systems.service_bus.waiting import until

DEAD = ServiceBusSubQueue.DEAD_LETTER


def test_a_completed_message_is_gone(bus: Bus):
    bus.feed("one")

    assert bus.take() == ["one"]
    assert bus.messages() == []


def test_a_message_in_hand_is_locked_and_nobody_else_gets_it(bus: Bus):
    bus.feed("one")

    with bus.client.get_queue_receiver(PLAIN) as mine, bus.client.get_queue_receiver(PLAIN) as other:
        message = received(mine)
        assert bus.counts()["locked"] == 1

        assert other.receive_messages(1, max_wait_time=0.5) == []
        mine.complete_message(message)


def test_an_abandoned_message_comes_again_in_its_place_and_counts(bus: Bus):
    bus.feed("one", "two")

    with bus.client.get_queue_receiver(PLAIN) as link:
        link.abandon_message(received(link))
        again = received(link)

    assert (str(again), again.delivery_count) == ("one", 1)


def test_a_message_that_comes_back_too_often_is_dead_lettered(bus: Bus):
    bus.feed("poison", queue=STRICT)

    with bus.client.get_queue_receiver(STRICT) as link:
        link.abandon_message(received(link))
        link.abandon_message(received(link))
    with bus.client.get_queue_receiver(STRICT, sub_queue=DEAD) as link:
        message = received(link)
        reason = message.dead_letter_reason
        link.complete_message(message)

    assert (str(message), reason) == ("poison", "MaxDeliveryCountExceeded")
    assert bus.counts(STRICT) | {"active": 0, "locked": 0, "dead_lettered": 0} == bus.counts(STRICT)


def test_a_message_is_dead_lettered_with_reason_and_description(bus: Bus):
    bus.feed("odd", application_properties={"attempt": 1})

    with bus.client.get_queue_receiver(PLAIN) as link:
        link.dead_letter_message(received(link), reason="Unreadable", error_description="no JSON")
    with bus.client.get_queue_receiver(PLAIN, sub_queue=DEAD) as link:
        message = received(link)

    assert (message.dead_letter_reason, message.dead_letter_error_description) == ("Unreadable", "no JSON")
    assert message.application_properties is not None
    assert message.application_properties[b"attempt"] == 1


def test_dead_letters_stay_however_often_they_come_back(bus: Bus):
    bus.feed("odd", queue=STRICT)
    with bus.client.get_queue_receiver(STRICT) as link:
        link.dead_letter_message(received(link))

    with bus.client.get_queue_receiver(STRICT, sub_queue=DEAD) as link:
        for _ in range(4):
            link.abandon_message(received(link))

    assert bus.counts(STRICT)["dead_lettered"] == 1


def test_deferring_is_refused(bus: Bus):
    bus.feed("one")

    with bus.client.get_queue_receiver(PLAIN) as link, pytest.raises(ServiceBusError, match="deferring messages"):
        link.defer_message(received(link))


def test_a_lock_that_expires_gives_the_message_back_and_counts(bus: Bus):
    bus.feed("slow", queue=BRIEF)

    with bus.client.get_queue_receiver(BRIEF) as link, bus.client.get_queue_receiver(BRIEF) as other:
        received(link)
        again = received(other)

    assert (str(again), again.delivery_count) == ("slow", 1)


def test_a_late_settlement_is_told_that_the_lock_is_lost(bus: Bus):
    bus.feed("slow")

    with bus.client.get_queue_receiver(PLAIN) as link:
        message = received(link)
        bus.control("POST", "/expire-locks", {"queue": PLAIN})
        with pytest.raises(MessageLockLostError):
            link.complete_message(message)

    assert bus.counts()["active"] == 1


def test_renewing_a_lock_moves_its_end(bus: Bus):
    bus.feed("slow")

    with bus.client.get_queue_receiver(PLAIN) as link:
        message = received(link)
        first = message.locked_until_utc
        assert first is not None

        assert until(lambda: (link.renew_message_lock(message) - first).total_seconds() > 1)
        link.complete_message(message)

    assert bus.messages() == []


def test_a_renewed_lock_holds_longer_than_it_would_have(serving: str):
    """By a clock that is set by hand: a lock that a stalled machine does not lose is too long to wait for."""
    names = ("queues", "config", "messages")
    queues, config, messages = (importlib.import_module(f"sandbox.systems.service_bus.{name}") for name in names)
    now = 0.0
    queue = queues.Queue(config.QueueConfig(PLAIN), lambda: now, None)
    queue.send(messages.Message(b"slow", "m-1", None, None, None))
    lock = queue.lock()
    now = 59.0
    queue.renew(lock.token)

    now = 118.0
    queue.sweep()
    assert queue.locked() == [lock.message]

    now = 119.0
    queue.sweep()
    assert (queue.locked(), queue.active(), lock.message.delivery_count) == ([], [lock.message], 1)


def test_a_lost_lock_cannot_be_renewed(bus: Bus):
    bus.feed("slow")

    with bus.client.get_queue_receiver(PLAIN) as link:
        message = received(link)
        bus.control("POST", "/expire-locks")

        with pytest.raises(MessageLockLostError):
            link.renew_message_lock(message)


def test_what_is_received_and_deleted_is_gone_at_once(bus: Bus):
    bus.feed("one")

    with bus.client.get_queue_receiver(PLAIN, receive_mode=ServiceBusReceiveMode.RECEIVE_AND_DELETE) as link:
        received(link)
        assert bus.messages() == []


def test_no_more_messages_are_given_out_than_were_asked_for(bus: Bus):
    bus.feed(*map(str, range(6)))

    with bus.client.get_queue_receiver(PLAIN) as link:
        messages = link.receive_messages(2, max_wait_time=5)
        counts = bus.counts()

    assert [str(message) for message in messages] == ["0", "1"]
    assert (counts["locked"], counts["active"]) == (2, 4)


def test_what_was_fetched_ahead_but_not_taken_goes_back_uncounted_when_the_receiver_closes(bus: Bus):
    bus.feed("one", "two")

    with bus.client.get_queue_receiver(PLAIN, prefetch_count=5) as link:
        link.complete_message(received(link))
        assert until(lambda: bus.counts()["locked"] == 1)

    [left] = bus.messages()
    assert (left["body"], left["state"], left["delivery_count"]) == ("two", "active", 0)


def test_peeking_shows_messages_and_locks_none(bus: Bus):
    bus.feed("one", "two")

    with bus.client.get_queue_receiver(PLAIN) as link:
        seen = [str(message) for message in link.peek_messages(10)]
        more = link.peek_messages(10)

    assert (seen, more) == (["one", "two"], [])
    assert bus.counts()["locked"] == 0


def test_the_lock_of_a_lost_connection_lasts_until_it_expires(bus: Bus):
    bus.feed("one")
    with bus.client.get_queue_receiver(PLAIN) as link:
        received(link)
        bus.control("POST", "/drop-connections")
    assert bus.counts()["locked"] == 1

    bus.control("POST", "/expire-locks")

    [message] = bus.messages()
    assert (message["state"], message["delivery_count"]) == ("active", 1)
