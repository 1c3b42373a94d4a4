"""The faults a campaign injects, each at one boundary.

`...-before`: the call has arrived and had no effect; `...-after`: it has had its effect, and nobody is told.

| kind | what happens at the boundary |
| --- | --- |
| kill-before, kill-after | `kill -9` of the app, which is started again |
| drop-before, drop-after | the connection breaks |
| timeout-before, timeout-after | no answer comes before the app gives up waiting |
| 429-..., 500, 503, html, empty | an answer in place of the real one; those that look like success also `-after` |
| slow | the real answer, late but in time |
| storage-restart | Azurite is stopped by SIGTERM and started again; the call had no effect |
| lose, duplicate, delay, reorder | of callbacks: accepted and never delivered; twice at once; late; behind the next |
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from tests.chaos.boundaries import CALLBACKS, OUTSIDE, STORAGE, Boundary


@dataclass(frozen=True)
class Planned:
    """One fault for one order."""

    boundary: Boundary
    fault: str

    def to_json(self) -> dict[str, Any]:
        return {"system": self.boundary.system, "call": self.boundary.call, "n": self.boundary.n, "fault": self.fault}

    @classmethod
    def from_json(cls, planned: Mapping[str, Any]) -> "Planned":
        return cls(Boundary(planned["system"], planned["call"], planned["n"]), planned["fault"])


@dataclass(frozen=True)
class Reply:
    """An answer in place of the real one; `headers` are made when it is given, for some hold a date."""

    status: int
    headers: Callable[[], Mapping[str, str]] = dict
    body: str = ""
    after: bool = False


def _soon() -> Mapping[str, str]:
    return {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True)}


_PAGE = "<!DOCTYPE html><html><head><title>Scheduled maintenance</title></head><body>Back soon.</body></html>"


def _page() -> Mapping[str, str]:
    return {"Content-Type": "text/html; charset=utf-8"}


REPLIES: dict[str, Reply] = {
    "429-bare": Reply(429),
    "429-seconds": Reply(429, lambda: {"Retry-After": "1"}),
    "429-date": Reply(429, _soon),
    "429-reset-ms": Reply(429, lambda: {"X-Rate-Limit-Time-Reset-Ms": "900"}),
    "429-x-retry-after": Reply(429, lambda: {"X-Retry-After": "1"}),
    "429-nonsense": Reply(429, lambda: {"Retry-After": "soon", "X-Rate-Limit-Time-Reset-Ms": "-1"}),
    "500": Reply(500, body='{"error": {"code": "0x80040216", "message": "An unexpected error occurred."}}'),
    "503": Reply(503, lambda: {"Retry-After": "1"}),
    "html-503": Reply(503, _page, _PAGE),
    "html": Reply(200, _page, _PAGE),
    "html-after": Reply(200, _page, _PAGE, after=True),
    "empty": Reply(200),
    "empty-after": Reply(200, after=True),
}
KILLS = ("kill-before", "kill-after")
CUTS = ("drop-before", "drop-after", "timeout-before", "timeout-after")
ON_CALLS = (*CUTS, *REPLIES, "slow")
ON_CALLBACKS = ("lose", "duplicate", "delay", "reorder")
ON_STORAGE = ("drop-before", "drop-after", "storage-503")
STORAGE_RESTART = "storage-restart"

REPLIES_OF_STORAGE = {"storage-503": Reply(503, lambda: {"Content-Type": "application/xml"}, "<Error/>")}


def faults_at(boundary: Boundary) -> tuple[str, ...]:
    """Every fault but the ones that hit everybody."""
    if boundary.system in OUTSIDE:
        return ON_CALLS
    if boundary.system in STORAGE:
        return ON_STORAGE
    return ON_CALLBACKS if boundary.system == CALLBACKS else ()
