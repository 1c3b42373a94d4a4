"""One receiver at a time for the messages of one session."""

import threading

import pytest
from azure.servicebus import NEXT_AVAILABLE_SESSION
from azure.servicebus.exceptions import (
    OperationTimeoutError,
    ServiceBusConnectionError,
    SessionCannotBeLockedError,
    SessionLockLostError,
)

from tests.systems.service_bus.conftest import PATIENCE_SECONDS, SESSIONS, Bus, received
from tests.systems.service_bus.waiting import until


def _sent(bus: Bus, *bodies: str, session: str) -> None:
    bus.feed(*bodies, queue=SESSIONS, session_id=session)


def test_the_next_available_session_is_the_one_with_the_oldest_message(bus: Bus):
    _sent(bus, "b1", session="b")
    _sent(bus, "a1", session="a")

    with bus.client.get_queue_receiver(SESSIONS, session_id=NEXT_AVAILABLE_SESSION) as link:
        assert link.session.session_id == "b"
        with bus.client.get_queue_receiver(SESSIONS, session_id=NEXT_AVAILABLE_SESSION) as other:
            assert other.session.session_id == "a"


def test_a_session_is_locked_for_one_receiver(bus: Bus):
    _sent(bus, "a1", session="a")

    with bus.client.get_queue_receiver(SESSIONS, session_id="a"):
        assert bus.counts(SESSIONS)["locked_sessions"] == ["a"]
        with pytest.raises(SessionCannotBeLockedError):
            bus.client.get_queue_receiver(SESSIONS, session_id="a").__enter__()


def test_a_receiver_gets_the_messages_of_its_session_alone_and_in_order(bus: Bus):
    _sent(bus, "a1", session="a")
    _sent(bus, "b1", session="b")
    _sent(bus, "a2", "a3", session="a")

    assert bus.take(SESSIONS, count=3, session_id="a") == ["a1", "a2", "a3"]
    assert [message["body"] for message in bus.messages(SESSIONS)] == ["b1"]


def test_an_abandoned_message_comes_again_before_the_next(bus: Bus):
    _sent(bus, "a1", "a2", session="a")

    with bus.client.get_queue_receiver(SESSIONS, session_id="a") as link:
        link.abandon_message(received(link))
        again = received(link)

    assert (str(again), again.delivery_count) == ("a1", 1)


def test_a_session_without_messages_can_be_accepted_by_name_and_gets_what_comes(bus: Bus):
    with bus.client.get_queue_receiver(SESSIONS, session_id="a") as link:
        _sent(bus, "a1", session="a")

        assert str(received(link)) == "a1"


def test_accepting_times_out_when_no_session_has_messages(bus: Bus):
    link = bus.client.get_queue_receiver(SESSIONS, session_id=NEXT_AVAILABLE_SESSION, max_wait_time=1)

    with pytest.raises(OperationTimeoutError):
        link.__enter__()

    counted = bus.operations()["queues"][SESSIONS]
    assert (counted["session_accepts"], counted["session_accept_timeouts"]) == (0, 1)


def test_accepting_waits_for_a_session(bus: Bus):
    accepted = threading.Event()

    def accept() -> None:
        with bus.client.get_queue_receiver(
            SESSIONS, session_id=NEXT_AVAILABLE_SESSION, max_wait_time=PATIENCE_SECONDS
        ) as link:
            assert str(received(link)) == "a1"
            accepted.set()

    waiting = threading.Thread(target=accept)
    waiting.start()
    _sent(bus, "a1", session="a")
    waiting.join(PATIENCE_SECONDS)

    assert accepted.is_set()


def test_a_closed_session_is_free_and_what_was_not_settled_counts_as_never_delivered(bus: Bus):
    _sent(bus, "a1", session="a")
    with bus.client.get_queue_receiver(SESSIONS, session_id="a") as link:
        received(link)

    with bus.client.get_queue_receiver(SESSIONS, session_id="a") as link:
        assert received(link).delivery_count == 0


def test_a_session_whose_holder_is_lost_stays_locked_until_its_lock_expires(bus: Bus):
    _sent(bus, "a1", session="a")
    with bus.client.get_queue_receiver(SESSIONS, session_id="a") as link:
        received(link)
        bus.control("POST", "/drop-connections")
        with pytest.raises((SessionLockLostError, ServiceBusConnectionError)):
            link.receive_messages(1, max_wait_time=2)
    assert bus.counts(SESSIONS)["locked_sessions"] == ["a"]

    bus.control("POST", "/expire-locks")

    with bus.client.get_queue_receiver(SESSIONS, session_id="a") as link:
        assert received(link).delivery_count == 1


def test_the_holder_of_an_expired_session_is_told_so(bus: Bus):
    _sent(bus, "a1", session="a")

    with bus.client.get_queue_receiver(SESSIONS, session_id="a") as link:
        message = received(link)
        bus.control("POST", "/expire-locks")
        with pytest.raises(SessionLockLostError):
            link.complete_message(message)


def test_an_expired_session_cannot_be_renewed(bus: Bus):
    with bus.client.get_queue_receiver(SESSIONS, session_id="a") as link:
        bus.control("POST", "/expire-locks")
        with pytest.raises(SessionLockLostError):
            link.session.renew_lock()


def test_renewing_a_session_moves_its_lock(bus: Bus):
    with bus.client.get_queue_receiver(SESSIONS, session_id="a") as link:
        before = link.session.locked_until_utc
        assert before is not None

        assert until(lambda: link.session.renew_lock() > before)


def test_the_state_of_a_session_outlives_its_holder_and_its_messages(bus: Bus):
    with bus.client.get_queue_receiver(SESSIONS, session_id="a") as link:
        assert link.session.get_state() is None
        link.session.set_state(b"step 3")
    with bus.client.get_queue_receiver(SESSIONS, session_id="a") as link:
        assert link.session.get_state() == b"step 3"
        link.session.set_state(None)
        assert link.session.get_state() is None


def test_no_two_receivers_ever_have_messages_of_one_session(bus: Bus):
    for number in range(12):
        _sent(bus, f"{number}", session=f"s{number % 3}")
    in_hand: list[str] = []
    at_once: list[int] = []
    guard = threading.Lock()

    def work() -> None:
        for _ in range(6):
            with bus.client.get_queue_receiver(SESSIONS, session_id=NEXT_AVAILABLE_SESSION, max_wait_time=1) as link:
                message = received(link)
                with guard:
                    in_hand.append(message.session_id or "")
                    at_once.append(in_hand.count(message.session_id or ""))
                link.complete_message(message)
                with guard:
                    in_hand.remove(message.session_id or "")

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert at_once == [1] * 12
