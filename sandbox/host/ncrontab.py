"""Timer schedules: NCRONTAB expressions and intervals (reference: functions-host.md section 4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sandbox.host.settings import SettingsError, timespan

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
LAST_YEAR_TRIED = 40
"""Enough for 29 February on any day of the week, across a century without a leap day."""


class Schedule(Protocol):
    def next_after(self, moment: datetime) -> datetime:
        """The first occurrence later than a moment; raises SettingsError when there is none."""
        ...


@dataclass(frozen=True)
class Interval:
    """Every so often, counted from the last time."""

    seconds: float

    def next_after(self, moment: datetime) -> datetime:
        return moment + timedelta(seconds=self.seconds)


@dataclass(frozen=True)
class Crontab:
    """`{second} {minute} {hour} {day} {month} {day-of-week}`; a date must match both day fields, 0 is Sunday."""

    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    def next_after(self, moment: datetime) -> datetime:
        candidate = moment.replace(microsecond=0) + timedelta(seconds=1)
        while candidate.year <= moment.year + LAST_YEAR_TRIED:
            later = self._skip(candidate)
            if later is None:
                return candidate
            candidate = later
        raise SettingsError("the schedule never occurs")

    def _skip(self, moment: datetime) -> datetime | None:
        """Where to look next when the moment does not match, None when it does."""
        midnight = moment.replace(hour=0, minute=0, second=0)
        if moment.month not in self.months:
            return (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
        if moment.day not in self.days or moment.isoweekday() % 7 not in self.weekdays:
            return midnight + timedelta(days=1)
        if moment.hour not in self.hours:
            return moment.replace(minute=0, second=0) + timedelta(hours=1)
        if moment.minute not in self.minutes:
            return moment.replace(second=0) + timedelta(minutes=1)
        if moment.second not in self.seconds:
            return moment + timedelta(seconds=1)
        return None


def parse_schedule(text: str) -> Schedule:
    """A schedule in five fields (second 0) or six, or an interval `hh:mm:ss`; raises SettingsError."""
    if ":" in text:
        return Interval(timespan(text))
    fields = text.upper().split()
    if len(fields) == 5:
        fields.insert(0, "0")
    if len(fields) != 6:
        raise SettingsError(f"the schedule '{text}' must have five or six fields")
    second, minute, hour, day, month, weekday = fields
    return Crontab(
        seconds=_values(second, 0, 59),
        minutes=_values(minute, 0, 59),
        hours=_values(hour, 0, 23),
        days=_values(day, 1, 31),
        months=_values(month, 1, 12, MONTHS),
        weekdays=_values(weekday, 0, 6, DAYS),
    )


def _values(field: str, low: int, high: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    """The numbers a field stands for: lists, ranges, steps, names."""
    values: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span in ("*", "?"):
            start, end = low, high
        else:
            start = _number(first, low, high, names)
            # A step without a range goes on to the end of the field.
            end = _number(last, low, high, names) if dash else (high if step else start)
        if ("/" in part and (not step.isdecimal() or int(step) == 0)) or end < start:
            raise SettingsError(f"'{part}' is not a valid part of a schedule")
        values.update(range(start, end + 1, int(step or 1)))
    return frozenset(values)


def _number(text: str, low: int, high: int, names: tuple[str, ...]) -> int:
    if text in names:
        return names.index(text) + low
    if not text.isdecimal() or not low <= int(text) <= high:
        raise SettingsError(f"'{text}' in a schedule is not between {low} and {high}")
    return int(text)
