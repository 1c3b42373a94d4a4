"""A stand-in for an OpenTelemetry collector: takes what is exported by OTLP over HTTP, and keeps it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from gzip import decompress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Exported:
    """A span, or a log record."""

    name: str
    trace_id: str
    span_id: str
    parent: str
    attributes: dict[str, str]


@dataclass
class Collector:
    url: str = ""
    spans: list[Exported] = field(default_factory=list)
    logs: list[Exported] = field(default_factory=list)
    metrics: set[str] = field(default_factory=set)
    bodies: list[bytes] = field(default_factory=list)

    def of_trace(self, trace_id: str) -> list[Exported]:
        return [span for span in self.spans if span.trace_id == trace_id]

    def named(self, trace_id: str) -> set[str]:
        return {span.name for span in self.of_trace(trace_id)}

    def take(self, path: str, body: bytes) -> None:
        self.bodies.append(body)
        if path == "/v1/traces":
            self._take_spans(ExportTraceServiceRequest.FromString(body))
        elif path == "/v1/logs":
            self._take_logs(ExportLogsServiceRequest.FromString(body))
        else:
            told = ExportMetricsServiceRequest.FromString(body).resource_metrics
            self.metrics |= {metric.name for each in told for scope in each.scope_metrics for metric in scope.metrics}

    def _take_spans(self, request: Any) -> None:
        for span in (span for each in request.resource_spans for scope in each.scope_spans for span in scope.spans):
            ids = span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()
            self.spans.append(Exported(span.name, *ids, _texts(span.attributes)))

    def _take_logs(self, request: Any) -> None:
        records = (log for each in request.resource_logs for scope in each.scope_logs for log in scope.log_records)
        for log in records:
            ids = log.trace_id.hex(), log.span_id.hex(), ""
            self.logs.append(Exported(log.body.string_value, *ids, _texts(log.attributes)))


def _texts(attributes: Any) -> dict[str, str]:
    return {each.key: each.value.string_value for each in attributes}


@contextmanager
def running_collector() -> Iterator[Collector]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collector.take(self.path, decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    collector.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
