"""Calls that come in: their span belongs to the order's trace, but which order it is shows only when they are read.

So the span is begun, back-dated, when the call's message is sent; at the latest when the call has been answered.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.trace import Span

from shared.telemetry.log_fields import log_fields
from shared.telemetry.spans import fail, start_order_span, start_span


class _Arrival:
    """One call. `span` is there once it is known where it belongs."""

    def __init__(self, system: str) -> None:
        self.name = f"call of {system}"
        self.system = system
        self.began = time.time_ns()
        self.span: Span | None = None

    def begin(self, order_id: str | None) -> Span:
        attributes = {"orders.system": self.system}
        if order_id:
            return start_order_span(self.name, order_id, attributes=attributes, start_time=self.began)
        return start_span(self.name, attributes=attributes, start_time=self.began)


_ARRIVAL: ContextVar[_Arrival | None] = ContextVar("arrival", default=None)


@contextmanager
def arriving(system: str) -> Iterator[None]:
    """A call of `system` is read and answered within."""
    arrival = _Arrival(system)
    token, before = _ARRIVAL.set(arrival), context.attach(context.get_current())
    try:
        with log_fields(source=system):
            yield
    except BaseException as error:
        fail(_begun(arrival), error)
        raise
    finally:
        _begun(arrival).end()
        context.detach(before)
        _ARRIVAL.reset(token)


def begin_arrival(order_id: str | None) -> None:
    """The call that is being read is about this order; from here on its span is the current one."""
    arrival = _ARRIVAL.get()
    if arrival and arrival.span is None:
        context.attach(_with(_begun(arrival, order_id)))


def _begun(arrival: _Arrival, order_id: str | None = None) -> Span:
    if arrival.span is None:
        arrival.span = arrival.begin(order_id)
    return arrival.span


def _with(span: Span) -> Context:
    return trace.set_span_in_context(span)
