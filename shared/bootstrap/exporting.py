"""The SDK of OpenTelemetry, set up: the one place that knows it, and the exporters.

No library is instrumented: the calls that count have spans of ours, and one for each of the storage calls of an order
would bury them.
"""

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass

from azure.monitor.opentelemetry.exporter import (
    ApplicationInsightsSampler,
    AzureMonitorLogExporter,
    AzureMonitorMetricExporter,
    AzureMonitorTraceExporter,
)
from opentelemetry import metrics, trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.instrumentation.logging.handler import LoggingHandler
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExporter
from opentelemetry.sdk.environment_variables import OTEL_SERVICE_NAME
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from shared.telemetry.order_trace import wanted_ids

COLLECTOR_PACKAGE = "opentelemetry-exporter-otlp-proto-http"


@dataclass(frozen=True)
class Destination:
    """Who is told of each kind of telemetry."""

    spans: SpanExporter
    metrics: MetricExporter
    logs: LogRecordExporter


class OrderIds(RandomIdGenerator):
    """The ids that an order's spans are to have (`telemetry.order_trace`); random ones for all others."""

    def generate_trace_id(self) -> int:
        return wanted_ids().trace_id or super().generate_trace_id()

    def generate_span_id(self) -> int:
        return wanted_ids().span_id or super().generate_span_id()

    def is_trace_id_random(self) -> bool:
        return False


def application_insights(connection: str) -> Destination:
    """Signs in as APPLICATIONINSIGHTS_AUTHENTICATION_STRING says, which the host reads, too."""
    return Destination(
        AzureMonitorTraceExporter(connection_string=connection),
        AzureMonitorMetricExporter(connection_string=connection),
        AzureMonitorLogExporter(connection_string=connection),
    )


def collector() -> Destination:
    """By OTLP over HTTP, as the settings OTEL_EXPORTER_OTLP_* say. Raises ModuleNotFoundError.

    Its package is not among those the app needs: it brings Protobuf, of which the Functions worker has its own.
    """
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter  # noqa: PLC0415 - see above
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter  # noqa: PLC0415 - see above
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - see above

    return Destination(OTLPSpanExporter(), OTLPMetricExporter(), OTLPLogExporter())


def tracer_provider(resource: Resource, ratio: float) -> TracerProvider:
    """`ratio` of all traces, chosen by a hash of the trace id: an order is traced everywhere or nowhere."""
    return TracerProvider(ApplicationInsightsSampler(ratio), resource, id_generator=OrderIds())


def export_to(destinations: Sequence[Destination], app: str, ratio: float) -> None:
    """From here on; the providers flush when the process ends."""
    resource = _resource(app)
    tracers = tracer_provider(resource, ratio)
    loggers = LoggerProvider(resource)
    for each in destinations:
        tracers.add_span_processor(BatchSpanProcessor(each.spans))
        loggers.add_log_record_processor(BatchLogRecordProcessor(each.logs))
    readers = [PeriodicExportingMetricReader(each.metrics) for each in destinations]
    trace.set_tracer_provider(tracers)
    metrics.set_meter_provider(MeterProvider(readers, resource))
    set_logger_provider(loggers)
    logging.getLogger().addHandler(LoggingHandler(logging.INFO, loggers))


def _resource(app: str) -> Resource:
    """Alerts and workbook know the app by its name in Azure, unless OTEL_SERVICE_NAME is set."""
    named = {} if OTEL_SERVICE_NAME in os.environ else {SERVICE_NAME: app}
    instance = os.environ.get("WEBSITE_INSTANCE_ID")
    return Resource.create({**named, **({SERVICE_INSTANCE_ID: instance} if instance else {})})
