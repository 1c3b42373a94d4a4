"""Spans, most of them about an order, in the order's trace (`order_trace`).

A span goes on from the message that asked for it, else from what is current; a span of an order only if that is in the
order's trace, else it begins there anew. What else led to it is linked. Exceptions leave their kind, not their words:
those may quote data that telemetry must not hold.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.telemetry.log_fields import log_fields
from shared.telemetry.order_trace import WantedIds, start_of, trace_id_of, wanting

SCOPE = "orders"
_HEADER = "traceparent"
_W3C = TraceContextTextMapPropagator()
Attributes = Mapping[str, str | int | float | bool]


@contextmanager
def span(name: str, **how: object) -> Iterator[Span]:
    """As `start_span`, current within; ended, and marked with what is raised."""
    with _current(start_span(name, **how)) as begun:  # pyright: ignore[reportArgumentType] # the same parameters
        yield begun


@contextmanager
def order_span(name: str, order_id: str, **how: object) -> Iterator[Span]:
    """The same of `start_order_span`; log records made within name the order."""
    begun = start_order_span(name, order_id, **how)  # pyright: ignore[reportArgumentType] # the same parameters
    with log_fields(order_id=order_id), _current(begun):
        yield begun


@contextmanager
def flow_start(order_id: str, flow: str) -> Iterator[Span]:
    """The start of an order's flow, once in its life: what the flow asks for hangs below it."""
    with wanting(WantedIds(trace_id_of(order_id), start_of(order_id).span_id)):
        begun = _tracer().start_span(f"start {flow}", attributes={"order_id": order_id, "flow": flow})
    with _current(begun):
        yield begun


def start_span(
    name: str,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    sender: str = "",
    attributes: Attributes | None = None,
    start_time: int | None = None,
) -> Span:
    """`sender` is the traceparent of the message that is handled."""
    current, sent = _current_context(), span_context(sender)
    links = _links((current,), parent := sent or current)
    return _tracer().start_span(name, _below(parent), kind, dict(attributes or {}), links, start_time)


def start_order_span(
    name: str,
    order_id: str,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    sender: str = "",
    step_of_flow: bool = False,
    attributes: Attributes | None = None,
    start_time: int | None = None,
) -> Span:
    """`step_of_flow`: what the order's flow asks for, directly."""
    trace_id, current, sent = trace_id_of(order_id), _current_context(), span_context(sender)
    candidates = (sent, current, start_of(order_id) if step_of_flow else None)
    parent = next((each for each in candidates if each and each.trace_id == trace_id), None)
    links, about = _links((sent, current), parent), {"order_id": order_id, **(attributes or {})}
    with wanting(WantedIds(trace_id)):
        return _tracer().start_span(name, _below(parent), kind, about, links, start_time)


def traceparent() -> str:
    """What is current, as the W3C writes it; "" when nothing is traced."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier.get(_HEADER, "")


def span_context(written: str) -> SpanContext | None:
    """None for what is no traceparent."""
    context = _W3C.extract({_HEADER: written}, Context()) if written else Context()
    return _valid(trace.get_current_span(context).get_span_context())


def fail(begun: Span, error: BaseException) -> None:
    """Mark it with what went wrong."""
    kind = type(error).__name__
    begun.set_attribute("error.type", kind)
    begun.set_status(Status(StatusCode.ERROR, kind))


@contextmanager
def _current(begun: Span) -> Iterator[Span]:
    with trace.use_span(begun, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield begun
        except BaseException as error:
            fail(begun, error)
            raise


def _links(others: tuple[SpanContext | None, ...], parent: SpanContext | None) -> list[Link]:
    return [Link(other) for other in others if other and other != parent]


def _below(parent: SpanContext | None) -> Context:
    return trace.set_span_in_context(NonRecordingSpan(parent), Context()) if parent else Context()


def _current_context() -> SpanContext | None:
    return _valid(trace.get_current_span().get_span_context())


def _valid(context: SpanContext) -> SpanContext | None:
    return context if context.is_valid else None


@cache
def _tracer() -> Tracer:
    return trace.get_tracer(SCOPE)
