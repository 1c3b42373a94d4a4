"""What telemetry shows, kept in memory: the app's own generator of ids and sampler, other exporters."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader, NumberDataPoint
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanContext

from shared.bootstrap.exporting import tracer_provider
from shared.telemetry import metrics, spans


@dataclass(frozen=True)
class Seen:
    exporter: InMemorySpanExporter
    reader: InMemoryMetricReader

    def spans(self, name: str = "") -> list[ReadableSpan]:
        """Those that have ended, in the order of their beginning; by name, or all."""
        ended = sorted(self.exporter.get_finished_spans(), key=lambda each: each.start_time or 0)
        return [each for each in ended if name in ("", each.name)]

    def span(self, name: str) -> ReadableSpan:
        (only,) = self.spans(name)
        return only

    def path_to(self, span: ReadableSpan) -> list[str]:
        """The names of the spans above it, from the root on, and its own."""
        by_id = {context_of(each).span_id: each for each in self.spans()}
        path = [span]
        while (parent := path[0].parent) and parent.span_id in by_id:
            path.insert(0, by_id[parent.span_id])
        return [each.name for each in path]

    def points(self, metric: str) -> list[NumberDataPoint | HistogramDataPoint]:
        """The values of a metric since the beginning; none for one that nobody has recorded."""
        data = self.reader.get_metrics_data()
        scopes = (scope for each in (data.resource_metrics if data else ()) for scope in each.scope_metrics)
        found = (each for scope in scopes for each in scope.metrics if each.name == metric)
        return [point for each in found for point in each.data.data_points]  # pyright: ignore[reportReturnType]

    def counted(self, metric: str, **attributes: str) -> float:
        """How often something was counted, or timed, with these attributes among its own."""
        fitting = [
            point
            for point in self.points(metric)
            if attributes.items() <= {name: value for name, value in (point.attributes or {}).items()}.items()
        ]
        return sum(point.count if isinstance(point, HistogramDataPoint) else point.value for point in fitting)


def context_of(span: ReadableSpan) -> SpanContext:
    assert span.context
    return span.context


@contextmanager
def watching(monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    tracers, exporter, reader = tracer_provider(Resource({}), 1.0), InMemorySpanExporter(), InMemoryMetricReader()
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    meters = MeterProvider([reader])
    kept = (metrics._histogram, metrics._counter, metrics._reading)
    monkeypatch.setattr(spans, "_tracer", lambda: tracers.get_tracer("test"))
    monkeypatch.setattr(metrics, "_meter", lambda: meters.get_meter("test"))
    for each in kept:
        each.cache_clear()
    yield Seen(exporter, reader)
    for each in kept:
        each.cache_clear()
    meters.shutdown()
    tracers.shutdown()
