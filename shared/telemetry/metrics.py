"""Every metric of the app (docs/operations.md explains them; tests compare). None is about one order: ids are for spans
and logs, metrics must stay few.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Counter, Histogram, Meter, Observation

SCOPE = "orders"

ACTION_DURATION = "orders.action.duration"
CALL_DURATION = "orders.provider.call.duration"
MESSAGE_DURATION = "orders.message.duration"
MESSAGE_AGE = "orders.message.age"
EVENTS = "orders.events"
INTAKE = "orders.intake"
OPEN = "orders.open"
OLDEST = "orders.open.oldest"
BACKORDERS = "orders.backorders"
OLDEST_BACKORDER = "orders.backorders.oldest"
DEAD_LETTERS = "orders.dead_letters"

DURATIONS: Mapping[str, str] = {
    ACTION_DURATION: "How long provider actions take that are performed, by provider, action and outcome",
    CALL_DURATION: "How long calls to outside systems take, by system, method and kind of answer",
    MESSAGE_DURATION: "How long handling a message takes, by queue and outcome",
    MESSAGE_AGE: "How long messages wait in their queue beyond the time they were postponed to, by queue",
}
"""Histograms, in seconds."""
COUNTS: Mapping[str, str] = {
    EVENTS: "Business events stored, by event and outcome: applied, recorded, or ignored because they came too late",
    INTAKE: "Orders looked at by intake, by source and outcome",
}
READINGS: Mapping[str, tuple[str, str]] = {
    OPEN: ("{order}", "Orders that have not ended, by state and how long they have been in it"),
    OLDEST: ("s", "How long the order that is longest in a state has been in it, by state"),
    BACKORDERS: ("{order}", "Orders with lines that wait for stock"),
    OLDEST_BACKORDER: ("s", "How long the order has waited for stock that waits longest"),
    DEAD_LETTERS: ("{message}", "Messages given up that nobody has dealt with, by queue"),
}
"""Gauges, with their units; the job report_metrics reads them."""

# Milliseconds to an hour: a call takes some tenths of a second, a message may lie for long.
_BOUNDARIES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
# Longer than the minute between two exports. A reading that is older comes from another instance by now.
_FRESH_SECONDS = 90.0


def record(name: str, seconds: float, **attributes: str) -> None:
    """One of `DURATIONS`."""
    _histogram(name).record(max(0.0, seconds), attributes)


def count(name: str, **attributes: str) -> None:
    """One of `COUNTS`."""
    _counter(name).add(1, attributes)


def show(name: str, values: Iterable[tuple[float, Mapping[str, str]]]) -> None:
    """What one of `READINGS` is now; what was shown before is forgotten."""
    _reading(name).show(values)


class _Reading:
    """A gauge whose value ends: jobs run now on this instance, now on that, and none must go on telling old numbers."""

    def __init__(self) -> None:
        self._values: tuple[Observation, ...] = ()
        self._read_at = 0.0

    def show(self, values: Iterable[tuple[float, Mapping[str, str]]]) -> None:
        self._values = tuple(Observation(value, attributes) for value, attributes in values)
        self._read_at = time.monotonic()

    def __call__(self, _: CallbackOptions) -> Iterator[Observation]:
        if time.monotonic() - self._read_at < _FRESH_SECONDS:
            yield from self._values


@cache
def _histogram(name: str) -> Histogram:
    return _meter().create_histogram(
        name, unit="s", description=DURATIONS[name], explicit_bucket_boundaries_advisory=_BOUNDARIES
    )


@cache
def _counter(name: str) -> Counter:
    return _meter().create_counter(name, description=COUNTS[name])


@cache
def _reading(name: str) -> _Reading:
    unit, description = READINGS[name]
    reading = _Reading()
    _meter().create_observable_gauge(name, [reading], unit=unit, description=description)
    return reading


@cache
def _meter() -> Meter:
    return metrics.get_meter(SCOPE)
