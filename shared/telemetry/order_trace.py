"""One trace an order: its trace id is its order id, so that nothing need be stored or carried to find one by the other.

Callbacks that come days later join the trace by themselves. Span ids, which say what led to what, are carried in
messages; that of the span in which an order's flow was started follows from the order id too: the steps of the flow
are its children, and the flow, which is run again and again, need not know of it.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from opentelemetry.trace import SpanContext, TraceFlags

_ID_BYTES, _TRACE_ID_BYTES = 8, 16


@dataclass(frozen=True)
class WantedIds:
    """The ids that the next span gets; None: any."""

    trace_id: int | None = None
    span_id: int | None = None


_ANY = WantedIds()
_WANTED: ContextVar[WantedIds] = ContextVar("wanted_ids", default=_ANY)


def wanted_ids() -> WantedIds:
    """What the generator of ids is to go by; a root span alone is asked for its trace id."""
    return _WANTED.get()


@contextmanager
def wanting(ids: WantedIds) -> Iterator[None]:
    token = _WANTED.set(ids)
    try:
        yield
    finally:
        _WANTED.reset(token)


def trace_id_of(order_id: str) -> int:
    """`order_id` without its dashes; of what is no UUID, 128 bits that follow from it."""
    try:
        number = UUID(order_id).int
    except ValueError:
        number = 0
    return number or _digest(order_id, _TRACE_ID_BYTES)


def start_of(order_id: str) -> SpanContext:
    """The span in which the order's flow was started."""
    span_id = _digest(f"start of {order_id}", _ID_BYTES)
    return SpanContext(trace_id_of(order_id), span_id, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))


def _digest(text: str, size: int) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:size]) or 1
