"""A pass over changes begins where the last one came to, whatever the clocks say."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.watermarks import watermark

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("latest", "begins"),
    [
        (timedelta(minutes=-20), timedelta(minutes=-20)),  # the latest change
        (timedelta(minutes=+5), timedelta(0)),  # their clock is ahead: changes to come must not be hidden
        (timedelta(hours=-9), timedelta(hours=-1)),  # a quiet night: as late as a clock that is behind allows
    ],
)
def test_the_next_pass_begins_at_the_latest_change_within_what_clocks_may_differ(latest: timedelta, begins: timedelta):
    assert watermark(NOW + latest, NOW) == (NOW + begins).isoformat()
