"""How many orders stand where, and for how long: what the app shows of itself between its orders' own steps."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.application.order_listing import OrderList
from shared.application.queue_messages import MESSAGES
from shared.domain.dead_letters import DeadLetterStore
from shared.domain.ports import Clock
from shared.domain.records import OrderRecord
from shared.domain.sourcing import HeldLines
from shared.domain.states import STATES, TERMINAL
from shared.telemetry import metrics

OPEN_STATES = tuple(state for state in STATES if state not in TERMINAL)
AGES: Mapping[str, timedelta] = {
    "under an hour": timedelta(hours=1),
    "under a day": timedelta(days=1),
    "under 3 days": timedelta(days=3),
    "under a week": timedelta(weeks=1),
    "a week and more": timedelta.max,
}
"""By the first that it is under."""
_TOGETHER = 1_000

Values = Iterator[tuple[float, Mapping[str, str]]]


@dataclass(frozen=True)
class Readings:
    """What it costs, in storage calls: one for each open order, and some for every 1,000 of what it counts."""

    orders: OrderList
    held_lines: HeldLines
    dead_letters: DeadLetterStore
    clock: Clock

    def take(self) -> dict[str, int]:
        """Show the metrics of `telemetry.metrics.READINGS`; the counts, for the job log."""
        now = self.clock()
        records = [record for _, record in self.orders.newest("open", _TOGETHER) if record]
        ages: dict[str, list[timedelta]] = {state: [] for state in OPEN_STATES}
        for record in records:
            ages.setdefault(record.position.state.name, []).append(_age(record, now))
        waiting = [now - held.added_at for held in self.held_lines.orders()]
        letters = Counter(letter.queue for letter in self.dead_letters.letters() if letter.status != "replayed")
        metrics.show(metrics.OPEN, _by_age(ages))
        metrics.show(metrics.OLDEST, ((_longest(of_state), {"state": state}) for state, of_state in ages.items()))
        metrics.show(metrics.BACKORDERS, [(len(waiting), {})])
        metrics.show(metrics.OLDEST_BACKORDER, [(_longest(waiting), {})])
        metrics.show(metrics.DEAD_LETTERS, ((letters[queue], {"queue": queue}) for queue in MESSAGES))
        return {"open_orders": len(records), "backorders": len(waiting), "dead_letters": letters.total()}


def _age(record: OrderRecord, now: datetime) -> timedelta:
    return now - datetime.fromisoformat(record.state_since or record.created_at)


def _by_age(ages: Mapping[str, list[timedelta]]) -> Values:
    """Zeros too: without them the last number of before would seem to hold."""
    for state, of_state in ages.items():
        counted = Counter(next(name for name, limit in AGES.items() if age < limit) for age in of_state)
        yield from ((counted[name], {"state": state, "age": name}) for name in AGES)


def _longest(ages: list[timedelta]) -> float:
    return max((age.total_seconds() for age in ages), default=0.0)
