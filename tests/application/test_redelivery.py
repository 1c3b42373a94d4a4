"""Trying again later: each time after a longer wait, and not for ever."""

from datetime import timedelta

import pytest

from shared.application.redelivery import Redelivery
from shared.domain.errors import NotTried, TransientProviderError
from shared.domain.sources import IntakeMessage
from tests.application.samples import RecordingQueues

BUSY = TransientProviderError("busy")


def message(attempt: int = 1) -> IntakeMessage:
    return IntakeMessage(source="bigcommerce", external_id="100", attempt=attempt)


def seconds_until_retry(attempt: int, fault: TransientProviderError = BUSY, cap: float = 300) -> float:
    queues = RecordingQueues()
    Redelivery(queues, 100, 2, cap).again("q", message(attempt), fault)
    ((_, _, delay),) = queues.sent
    assert delay is not None
    return delay.total_seconds()


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 2), (2, 4), (3, 8), (7, 128), (8, 256), (9, 300), (60, 300)])
def test_the_wait_doubles_up_to_the_cap_and_is_spread_by_a_quarter(attempt: int, seconds: float):
    assert seconds <= seconds_until_retry(attempt) <= seconds * 1.25


def test_a_system_that_asks_for_a_longer_wait_gets_it():
    assert seconds_until_retry(1, TransientProviderError("busy", retry_after=900)) >= 900


def test_a_system_that_asks_for_a_shorter_wait_does_not_get_hammered():
    assert seconds_until_retry(5, TransientProviderError("busy", retry_after=0)) >= 32


def test_no_wait_is_longer_than_a_queue_can_keep_a_message():
    asked = TransientProviderError("closed for the season", retry_after=90 * 86_400)

    assert seconds_until_retry(1, asked) <= timedelta(days=7).total_seconds()


def test_the_message_goes_back_on_its_queue():
    queues = RecordingQueues()

    assert Redelivery(queues, 8, 2, 300).again("order-intake", message(), BUSY)

    assert queues.messages("order-intake") == [message(attempt=2).model_dump_json()]


@pytest.mark.parametrize(("attempt", "again"), [(7, True), (8, False), (9, False)])
def test_after_the_last_attempt_nothing_goes_back(attempt: int, again: bool):
    queues = RecordingQueues()

    assert Redelivery(queues, 8, 2, 300).again("q", message(attempt), BUSY) is again

    assert len(queues.sent) == again


def test_a_message_that_nobody_has_tried_goes_back_as_it_is():
    queues = RecordingQueues()

    assert Redelivery(queues, 1, 2, 300).again("order-intake", message(), NotTried("not asked", retry_after=31.5))

    assert queues.copies == [message()]
    assert queues.sent == [("order-intake", message().model_dump_json(), timedelta(seconds=31.5))]


def test_workers_told_to_wait_the_same_do_not_all_come_back_at_the_same_moment():
    waits = [seconds_until_retry(1, TransientProviderError("too many requests", retry_after=60)) for _ in range(20)]

    assert all(60 <= wait <= 75 for wait in waits)
    assert len({round(wait) for wait in waits}) > 3
