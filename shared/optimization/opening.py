"""Whether a source takes orders now, in its own time zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

from shared.optimization.problem import Source


def why_closed(source: Source, now: datetime) -> str | None:
    """None when it works now and its cut-off has not come."""
    local = now.astimezone(ZoneInfo(source.time_zone))
    clock = f"{local:%A %Y-%m-%d %H:%M} in {source.time_zone}"
    if source.calendar is not None and not source.calendar.works_at(local):
        return f"not working: it is {clock}"
    if source.cutoff is not None and local.time() >= source.cutoff:
        return f"the cut-off was {source.cutoff:%H:%M}: it is {clock}"
    return None
