"""The trace of an invocation: the caller's, if a request names one, else one of its own.

The host exports nothing. As the real worker does when PYTHON_ENABLE_OPENTELEMETRY is set, it makes the trace the
current one of the function, for what the function traces itself.
"""

import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from azure.functions.meta import Datum
from opentelemetry import context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

SETTING = "PYTHON_ENABLE_OPENTELEMETRY"
_TRACEPARENT = re.compile(r"00-(?P<trace>(?!0{32})[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-(?P<flags>[0-9a-f]{2})")


@dataclass(frozen=True)
class TraceContext:
    """The span of an invocation, as the worker hands it over."""

    trace_parent: str = ""
    trace_state: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


def trace_of(trigger: Datum) -> TraceContext:
    """A new span, in the trace that an HTTP request names."""
    headers = trigger.value["headers"] if trigger.type == "http" else {}
    given = headers.get("traceparent")
    caller = _TRACEPARENT.fullmatch(given.value) if given else None
    trace, flags = (caller["trace"], caller["flags"]) if caller else (secrets.token_hex(16), "01")
    state = headers.get("tracestate") if caller else None
    return TraceContext(f"00-{trace}-{secrets.token_hex(8)}-{flags}", state.value if state else "")


@contextmanager
def current_for_the_app(trace: TraceContext) -> Iterator[None]:
    if os.environ.get(SETTING, "").lower() not in ("1", "true"):
        yield
        return
    carrier = {"traceparent": trace.trace_parent, "tracestate": trace.trace_state}
    token = context.attach(TraceContextTextMapPropagator().extract(carrier))
    try:
        yield
    finally:
        context.detach(token)
