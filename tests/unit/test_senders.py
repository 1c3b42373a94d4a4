"""Connections of one queue are shared by threads one at a time, and not used when they may be dead."""

from itertools import count

import pytest

from shared.messaging.senders import IDLE_SECONDS, MOST_SENDERS, NoneFree, Senders


class Sender:
    def __init__(self, number: int) -> None:
        self.number = number
        self.closed = False

    def close(self) -> None:
        self.closed = True


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def opened() -> list[Sender]:
    return []


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def senders(opened: list[Sender], clock: Clock) -> Senders[Sender]:
    numbers = count()

    def open_sender() -> Sender:
        opened.append(Sender(next(numbers)))
        return opened[-1]

    return Senders(open_sender, clock)


def test_one_after_another_use_the_same_connection(senders: Senders[Sender], opened: list[Sender]):
    for _ in range(3):
        with senders.one(0):
            pass

    assert len(opened) == 1


def test_at_the_same_time_each_has_its_own_until_there_are_enough(senders: Senders[Sender], opened: list[Sender]):
    held = [senders.one(0) for _ in range(MOST_SENDERS)]
    in_use = [each.__enter__() for each in held]

    with pytest.raises(NoneFree), senders.one(0.01):
        pass

    assert len(set(in_use)) == len(opened) == MOST_SENDERS
    held[0].__exit__(None, None, None)
    with senders.one(0) as sender:
        assert sender is in_use[0]


def test_one_that_failed_is_closed_and_not_used_again(senders: Senders[Sender], opened: list[Sender]):
    with pytest.raises(OSError, match="reset"), senders.one(0):
        raise OSError("reset")

    with senders.one(0) as sender:
        assert sender is opened[1]
    assert [each.closed for each in opened] == [True, False]


def test_one_that_was_idle_for_long_is_closed_and_not_used_again(
    senders: Senders[Sender], opened: list[Sender], clock: Clock
):
    with senders.one(0):
        pass
    clock.now = IDLE_SECONDS

    with senders.one(0) as sender:
        assert sender is opened[1]
    assert opened[0].closed


def test_failures_leave_as_many_as_there_were(senders: Senders[Sender]):
    for _ in range(3 * MOST_SENDERS):
        with pytest.raises(OSError, match="reset"), senders.one(0):
            raise OSError("reset")

    held = [senders.one(0) for _ in range(MOST_SENDERS)]
    assert len({each.__enter__().number for each in held}) == MOST_SENDERS


def test_closing_closes_those_that_are_free(senders: Senders[Sender], opened: list[Sender]):
    with senders.one(0):
        pass

    senders.close()

    assert opened[0].closed


def test_a_connection_that_is_too_broken_to_be_closed_is_given_up(caplog: pytest.LogCaptureFixture):
    class Broken(Sender):
        def close(self) -> None:
            raise OSError("broken pipe")

    senders = Senders(lambda: Broken(0))

    with caplog.at_level("INFO"), pytest.raises(OSError, match="reset"), senders.one(0):
        raise OSError("reset")

    assert "broken pipe" in caplog.text
