"""Messages as telemetry sees them: who has sent one, what handles it, how long it lay, and what came of it."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeVar

from opentelemetry.trace import Span, SpanKind

from shared.domain.messages import Message
from shared.telemetry import metrics
from shared.telemetry.arrivals import begin_arrival
from shared.telemetry.log_fields import log_fields
from shared.telemetry.spans import order_span, span, traceparent

Outcome = Literal["handled", "redelivered", "put back", "given up", "failed"]
Sent = TypeVar("Sent", bound=Message)

_TOLD_OF = ("source", "external_id", "provider", "step")


@dataclass
class _Handling:
    """One object for the trigger and the threads it starts: they have copies of its context."""

    outcome: Outcome = "handled"


_HANDLING: ContextVar[_Handling | None] = ContextVar("handling", default=None)


@contextmanager
def sending(queue: str, message: Sent, delay: timedelta | None) -> Iterator[Sent]:
    """The message as it is to be sent: it carries the trace, and from when on it waits for nobody but us."""
    began = time.time()
    begin_arrival(message.order)
    with _span_about(f"send {queue}", message, SpanKind.PRODUCER, queue) as sent:
        seconds = delay.total_seconds() if delay else 0.0
        if delay:
            sent.set_attribute("orders.delay", seconds)
        trace = traceparent()
        yield message.stamped(trace, round(began + seconds, 3)) if trace else message


@contextmanager
def handling(queue: str, message: Message) -> Iterator[None]:
    """Whoever handles a message does it within."""
    began, handled = time.time(), _Handling()
    if message.due:
        metrics.record(metrics.MESSAGE_AGE, began - message.due, queue=queue)
    fields = {name: getattr(message, name, None) for name in _TOLD_OF}
    token = _HANDLING.set(handled)
    try:
        with (
            log_fields(queue=queue, **fields),
            _span_about(f"handle {queue}", message, SpanKind.CONSUMER, queue, sender=message.trace) as whole,
        ):
            yield
            whole.set_attribute("orders.outcome", handled.outcome)
    except BaseException:
        handled.outcome = "failed"
        raise
    finally:
        _HANDLING.reset(token)
        metrics.record(metrics.MESSAGE_DURATION, time.time() - began, queue=queue, outcome=handled.outcome)


def note_outcome(outcome: Outcome) -> None:
    """What has become of the message that is being handled, if one is."""
    if handled := _HANDLING.get():
        handled.outcome = outcome


def _span_about(
    name: str, message: Message, kind: SpanKind, queue: str, sender: str = ""
) -> AbstractContextManager[Span]:
    attributes = {"orders.queue": queue, "orders.attempt": message.attempt}
    if message.order:
        return order_span(name, message.order, kind=kind, sender=sender, attributes=attributes)
    return span(name, kind=kind, sender=sender, attributes=attributes)
