"""What the control routes do: faults, counters, contents, reset."""

import pytest
import requests
from azure.servicebus import ServiceBusClient, ServiceBusMessage
from azure.servicebus.exceptions import (
    ServiceBusConnectionError,
    ServiceBusError,
    ServiceBusServerBusyError,
)

from tests.systems.service_bus.conftest import PLAIN, SECONDS_TO_ANSWER, SESSIONS, UNIQUE, Bus, received


def test_a_busy_service_refuses_sends_as_often_as_armed(bus: Bus):
    bus.arm(f"SEND /{PLAIN}", times=2, status=503)

    with bus.client.get_queue_sender(PLAIN) as sender:
        for _ in range(2):
            with pytest.raises(ServiceBusServerBusyError):
                sender.send_messages(ServiceBusMessage("one"))
        sender.send_messages(ServiceBusMessage("one"))

    assert bus.counts()["active"] == 1


def test_a_client_that_tries_again_gets_past_a_busy_service(bus: Bus):
    bus.arm(f"SEND /{PLAIN}", status=503)

    with (
        ServiceBusClient.from_connection_string(bus.connection_string, retry_backoff_factor=0.01) as client,
        client.get_queue_sender(PLAIN) as sender,
    ):
        sender.send_messages(ServiceBusMessage("one"))

    assert bus.counts()["active"] == 1


def test_a_lost_answer_makes_a_second_copy_unless_the_queue_detects_it(bus: Bus):
    for queue in (PLAIN, UNIQUE):
        bus.arm(f"SEND /{queue}", drop="after")
        with (
            ServiceBusClient.from_connection_string(bus.connection_string, retry_backoff_factor=0.01) as client,
            client.get_queue_sender(queue) as sender,
        ):
            sender.send_messages(ServiceBusMessage("one", message_id="m-1"))

    assert (bus.counts(PLAIN)["active"], bus.counts(UNIQUE)["active"]) == (2, 1)


def test_a_connection_dropped_before_a_send_leaves_nothing(bus: Bus):
    bus.arm(f"SEND /{PLAIN}", drop="before")

    with pytest.raises(ServiceBusConnectionError):
        bus.send("one")

    assert bus.counts()["active"] == 0


def test_a_completion_whose_answer_is_lost_has_happened(bus: Bus):
    bus.feed("one")
    bus.arm(f"COMPLETE /{PLAIN}", drop="after")

    with bus.client.get_queue_receiver(PLAIN) as link, pytest.raises(ServiceBusError):
        link.complete_message(received(link))

    assert bus.messages() == []


def test_a_client_comes_back_after_its_connection_was_dropped(bus: Bus):
    with bus.client.get_queue_sender(PLAIN) as sender:
        sender.send_messages(ServiceBusMessage("one"))
        assert bus.control("POST", "/drop-connections")["dropped"] >= 1
        with pytest.raises(ServiceBusError):
            sender.send_messages(ServiceBusMessage("two"))

        sender.send_messages(ServiceBusMessage("three"))

    assert [message["body"] for message in bus.messages()] == ["one", "three"]


def test_links_are_detached_by_hand(bus: Bus):
    with bus.client.get_queue_receiver(PLAIN) as link:
        assert bus.control("POST", "/detach-links", {"queue": SESSIONS})["detached"] == 0
        assert bus.control("POST", "/detach-links", {"queue": PLAIN})["detached"] == 1
        with pytest.raises(ServiceBusError):
            link.receive_messages(1, max_wait_time=1)


def test_operations_are_counted_by_kind_and_queue(bus: Bus):
    bus.feed("one", "two")
    bus.feed("a1", queue=SESSIONS, session_id="a")
    with bus.client.get_queue_receiver(PLAIN) as link:
        message = received(link)
        link.renew_message_lock(message)
        link.complete_message(message)
        link.peek_messages(1)
    bus.take(SESSIONS, session_id="a")

    counted = bus.operations()

    kinds = {"sends": 2, "receives": 1, "settlements": 1, "renewals": 1, "management": 1}
    assert {kind: count for kind, count in counted["queues"][PLAIN].items() if count} == kinds
    assert counted["queues"][SESSIONS]["session_accepts"] == 1
    assert counted["sends"] == 3
    assert counted["operations"] == 6 + 4


def test_what_is_in_a_queue_is_shown_with_its_state(bus: Bus):
    bus.feed("one", message_id="m-1", application_properties={"attempt": 2})

    with bus.client.get_queue_receiver(PLAIN) as link:
        received(link)
        [shown] = bus.messages()

    assert shown | {"state": "locked", "message_id": "m-1", "body": "one", "sequence_number": 1} == shown
    assert shown["properties"] == {"attempt": "2"}


def test_effects_tell_what_was_done_with_messages(bus: Bus):
    bus.feed("one", message_id="m-1")
    bus.take()

    effects = bus.control("GET", "/effects")["effects"]

    assert [(effect["kind"], effect["message_id"]) for effect in effects] == [
        ("message_sent", "m-1"),
        ("message_completed", "m-1"),
    ]


def test_a_reset_empties_everything_and_starts_counting_anew(bus: Bus):
    bus.feed("one")
    bus.feed("two", queue=UNIQUE, message_id="m-1")

    bus.control("POST", "/reset")

    assert (bus.messages(), bus.operations()["operations"]) == ([], 0)
    bus.feed("two", queue=UNIQUE, message_id="m-1")
    assert bus.counts(UNIQUE)["active"] == 1


def test_control_refuses_a_queue_it_does_not_have(bus: Bus):
    answer = requests.post(f"{bus.url}/_control/expire-locks", json={"queue": "nowhere"}, timeout=SECONDS_TO_ANSWER)

    assert (answer.status_code, answer.json()) == (404, {"error": "The messaging entity 'nowhere' could not be found."})
