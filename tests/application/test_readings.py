"""How many orders stand where and for how long, as metrics: after a known day."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from shared.application.readings import OPEN_STATES, Readings
from shared.domain.dead_letters import DeadLetter
from shared.domain.records import OrderRecord
from shared.domain.sourcing import HeldOrder
from shared.domain.states import IN_PROGRESS, NEW, ON_HOLD, Position, State
from shared.messaging.names import INTAKE_QUEUE
from shared.telemetry import metrics
from tests.application.samples import an_order
from tests.seen import Seen

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class Day:
    """What the stores have."""

    records: list[OrderRecord] = field(default_factory=list)
    held: list[HeldOrder] = field(default_factory=list)
    kept: list[DeadLetter] = field(default_factory=list)

    def newest(self, kind: str, _: int) -> Iterator[tuple[str, OrderRecord | None]]:
        assert kind == "open"
        yield "an order that has just ended", None
        yield from (("", record) for record in self.records)

    def orders(self) -> list[HeldOrder]:
        return self.held

    def letters(self) -> list[DeadLetter]:
        return self.kept


def standing(state: str, age: timedelta) -> OrderRecord:
    since = (NOW - age).isoformat()
    return OrderRecord(order=an_order(), position=Position(state=State(name=state, reason="")), state_since=since)


@pytest.fixture
def day() -> Day:
    return Day(
        [standing(NEW, MINUTE), standing(NEW, 2 * MINUTE), standing(IN_PROGRESS, 5 * HOUR), standing(ON_HOLD, 9 * DAY)],
        [HeldOrder(order_id=each, added_at=NOW - age, version="1") for each, age in (("a", 2 * DAY), ("b", HOUR))],
        [a_letter("1"), a_letter("2", status="replayed"), a_letter("3", status="replaying")],
    )


def a_letter(letter_id: str, **how: str) -> DeadLetter:
    return DeadLetter.model_validate(
        {"letter_id": letter_id, "queue": INTAKE_QUEUE, "body": "", "why": "", "given_up_at": NOW.isoformat(), **how}
    )


def taken(day: Day) -> dict[str, int]:
    return Readings(day, day, day, lambda: NOW).take()  # pyright: ignore[reportArgumentType] # the parts that are asked


def test_open_orders_are_counted_by_state_and_age(day: Day, seen: Seen):
    counts = taken(day)

    assert counts == {"open_orders": 4, "backorders": 2, "dead_letters": 2}
    assert seen.counted(metrics.OPEN, state=NEW, age="under an hour") == 2
    assert seen.counted(metrics.OPEN, state=IN_PROGRESS, age="under a day") == 1
    assert seen.counted(metrics.OPEN, state=ON_HOLD, age="a week and more") == 1
    assert seen.counted(metrics.OPEN) == 4


def test_the_longest_wait_of_each_state_and_for_stock_is_shown(day: Day, seen: Seen):
    taken(day)

    assert seen.counted(metrics.OLDEST, state=NEW) == 120
    assert seen.counted(metrics.OLDEST, state=ON_HOLD) == timedelta(days=9).total_seconds()
    assert (seen.counted(metrics.BACKORDERS), seen.counted(metrics.OLDEST_BACKORDER)) == (2, 2 * 86_400)


def test_dead_letters_that_nobody_has_dealt_with_to_the_end_are_counted_by_queue(day: Day, seen: Seen):
    taken(day)

    assert seen.counted(metrics.DEAD_LETTERS, queue=INTAKE_QUEUE) == 2
    assert seen.counted(metrics.DEAD_LETTERS) == 2


def test_a_state_that_no_order_is_in_any_more_shows_none(day: Day, seen: Seen):
    taken(day)
    taken(Day())

    assert {str((point.attributes or {})["state"]) for point in seen.points(metrics.OPEN)} == {*OPEN_STATES}
    assert seen.counted(metrics.OPEN) == seen.counted(metrics.OLDEST) == 0


def test_an_instance_that_reads_no_more_tells_no_old_numbers(day: Day, seen: Seen, monkeypatch: pytest.MonkeyPatch):
    taken(day)
    monkeypatch.setattr(metrics, "_FRESH_SECONDS", 0.0)

    assert seen.points(metrics.OPEN) == []
