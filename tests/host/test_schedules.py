"""NCRONTAB schedules and .NET time spans."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.host.ncrontab import parse_schedule
from sandbox.host.settings import SettingsError, timespan

NOON = datetime(2027, 3, 1, 12, 0, 0, tzinfo=UTC)  # a Monday


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 */5 * * * *", "2027-03-01T12:05:00"),
        ("*/5 * * * *", "2027-03-01T12:05:00"),
        ("*/10 * * * * *", "2027-03-01T12:00:10"),
        ("0 0 0 * * *", "2027-03-02T00:00:00"),
        ("30 15,45 8-17 * * MON-FRI", "2027-03-01T12:15:30"),
        ("0 0 9 * * SUN", "2027-03-07T09:00:00"),
        ("0 0 9 * * 0", "2027-03-07T09:00:00"),
        ("0 0 0 1 JAN *", "2028-01-01T00:00:00"),
        ("0 0 0 29 2 *", "2028-02-29T00:00:00"),
        ("0 0 0 13 * FRI", "2027-08-13T00:00:00"),
        ("0 10/20 * * * *", "2027-03-01T12:10:00"),
        ("00:30:00", "2027-03-01T12:30:00"),
    ],
)
def test_the_next_occurrence(expression: str, expected: str):
    assert parse_schedule(expression).next_after(NOON) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@given(
    second=st.integers(0, 59),
    minute=st.integers(0, 59),
    hour=st.integers(0, 23),
    moment=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_a_daily_schedule_occurs_within_a_day_at_its_time(second: int, minute: int, hour: int, moment: datetime):
    occurrence = parse_schedule(f"{second} {minute} {hour} * * *").next_after(moment)

    assert timedelta(0) < occurrence - moment <= timedelta(days=1)
    assert (occurrence.hour, occurrence.minute, occurrence.second) == (hour, minute, second)


@pytest.mark.parametrize(
    "expression",
    ["", "* * *", "60 * * * * *", "* * * * * 7", "* * * 0 * *", "*/0 * * * * *", "5-1 * * * * *", "a b c d e f"],
)
def test_a_schedule_that_means_nothing_is_refused(expression: str):
    with pytest.raises(SettingsError):
        parse_schedule(expression)


def test_a_schedule_that_never_occurs_is_refused():
    with pytest.raises(SettingsError, match="never occurs"):
        parse_schedule("0 0 0 31 2 *").next_after(NOON)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("00:00:02", 2), ("00:05:00", 300), ("1.00:00:00", 86400), ("00:00:00.5", 0.5), ("2.03:04:05.25", 183845.25)],
)
def test_a_time_span_in_seconds(text: str, seconds: float):
    assert timespan(text) == seconds


@pytest.mark.parametrize("text", ["5", "00:60:00", "24:00:00", "-00:00:01", "00:00", "1:2:3:4"])
def test_what_is_not_a_time_span_is_refused(text: str):
    with pytest.raises(SettingsError, match="not a time span"):
        timespan(text)
