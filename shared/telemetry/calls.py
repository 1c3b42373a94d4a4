"""Calls to outside systems: a span and a time each. Neither has ids, queries or names of people in it.

Outside systems are not told of our traces: they could do nothing with them, and a trace id is an order's id.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.trace import Span, SpanKind

from shared.telemetry import metrics
from shared.telemetry.spans import span

_ROUTE_CHARACTERS = 2_000  # a path may be a link as long as its system likes
_IN_BRACKETS = re.compile(r"\([^)]*\)?")  # the cut may have taken the second one
_VERSION = re.compile(r"v?\d{1,2}(\.\d{1,2})?")
_TOO_MANY_REQUESTS = 429


def route_of(path: str) -> str:
    """`/salesorders(4c1d...)` is /salesorders(*): what has digits, or stands in brackets, is taken for an id."""
    shortened = _IN_BRACKETS.sub("(*)", path.partition("?")[0][:_ROUTE_CHARACTERS])
    return "/".join("*" if _is_id(part) else part for part in shortened.split("/"))


def _is_id(part: str) -> bool:
    return any(letter.isdigit() for letter in part) and not _VERSION.fullmatch(part)


class Call:
    """One that is under way."""

    def __init__(self, begun: Span) -> None:
        self._span = begun
        self.answer = "none"

    def answered(self, status: int, retry_after: float | None) -> None:
        """`retry_after`: how many seconds we are asked to wait."""
        self.answer = str(status) if status == _TOO_MANY_REQUESTS else f"{status // 100}xx"
        self._span.set_attribute("http.response.status_code", status)
        if retry_after is not None:
            self._span.set_attribute("orders.retry_after", retry_after)


@contextmanager
def outgoing(system: str, method: str, path: str) -> Iterator[Call]:
    """A call to `system` is made and answered within."""
    route = route_of(path)
    attributes = {"orders.system": system, "http.request.method": method, "url.template": route}
    began = time.monotonic()
    with span(f"{method} {route}", kind=SpanKind.CLIENT, attributes=attributes) as begun:
        call = Call(begun)
        try:
            yield call
        finally:
            seconds = time.monotonic() - began
            metrics.record(metrics.CALL_DURATION, seconds, system=system, method=method, answer=call.answer)
