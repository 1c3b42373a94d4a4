"""How far a pass over an outside system's changes has come."""

from datetime import datetime, timedelta

CLOCKS_DIFFER = timedelta(hours=1)  # no outside system's clock is further behind ours


def watermark(latest: datetime, now: datetime) -> str:
    """Where the next pass begins, less its overlap.

    `latest` is the latest change seen, by the outside system's clock. After a quiet time the watermark moves on all the
    same: else every pass of a quiet night would find the last changes of the day again.
    """
    return min(max(latest, now - CLOCKS_DIFFER), now).isoformat(timespec="seconds")
