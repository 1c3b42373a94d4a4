"""What a collector is told of an order: one trace from the callback to the F&O write and back, logs that name it."""

from collections.abc import Iterator, Sequence

import pytest

from shared.telemetry.log_fields import FIELDS
from tests.e2e.collector import Collector, Exported, running_collector
from tests.e2e.followed import COMPLETED, SENT
from tests.e2e.town import Town, running_town
from tests.e2e.waiting import until

SOON = "200"  # milliseconds between two exports
FLOW = "bigcommerce_finops_finops"


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with running_collector() as collector:
        yield collector


@pytest.fixture(scope="module")
def watched(collector: Collector, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town whose app exports; the one that other tests share does not."""
    settings = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "PYTHON_ENABLE_OPENTELEMETRY": "true",
        "OTEL_BSP_SCHEDULE_DELAY": SOON,
        "OTEL_BLRP_SCHEDULE_DELAY": SOON,
        "OTEL_METRIC_EXPORT_INTERVAL": SOON,
    }
    with running_town(tmp_path_factory.mktemp("watched"), settings=settings) as town:
        yield town


def test_an_order_is_one_trace_from_the_callback_to_the_shopper(watched: Town, collector: Collector):
    order = watched.place()
    order.reaches(SENT).is_picked().is_packed().is_invoiced().reaches(COMPLETED)
    watched.falls_quiet()
    trace_id = order.order_id.replace("-", "")

    wanted = {
        "call of bigcommerce", "handle order-intake", f"start {FLOW}", "validate_order", "assign_by_policy",
        "request_provider_action", "handle provider-actions-finops", "PATCH /salesorders(*)",
        "call of dataverse", "handle dataverse-changes", "handle provider-actions-bigcommerce",
    }  # fmt: skip
    roots = {"call of bigcommerce", "call of dataverse"}
    # A span may be exported before its parent, and looks like a root until that comes.
    until(
        lambda: wanted <= collector.named(trace_id) and _roots(collector.of_trace(trace_id)) == roots,
        "the whole trace",
        seen=lambda: (collector.named(trace_id), _roots(collector.of_trace(trace_id))),
    )

    ids = [span.span_id for span in collector.of_trace(trace_id)]
    assert len(set(ids)) == len(ids)
    told_by_store = [span for span in collector.spans if span.name.startswith("PUT /v2/orders")]
    assert {span.trace_id for span in told_by_store} == {trace_id}


def test_logs_and_metrics_are_exported_and_hold_no_secret_and_no_person(watched: Town, collector: Collector):
    order = watched.place()
    order.reaches(SENT).is_picked().is_packed().is_invoiced().reaches(COMPLETED)
    watched.falls_quiet()
    wanted = {"orders.action.duration", "orders.provider.call.duration", "orders.message.age", "orders.events"}

    until(lambda: wanted <= collector.metrics, "the metrics", seen=lambda: collector.metrics)
    records = [log for log in collector.logs if log.attributes.get("order_id") == order.order_id]
    assert [log.name for log in records if log.name.endswith(f"started as {FLOW}")]
    assert {log.trace_id for log in records} == {order.order_id.replace("-", "")}
    assert set(records[0].attributes) & set(FIELDS) >= {"order_id", "source", "external_id", "queue"}
    everything = b"\n".join(collector.bodies)
    own = watched.sandbox.credentials
    secrets = (own.access_token, own.client_secret, own.webhook_header_secret, own.dataverse_secret)
    never = (*secrets, own.dataverse_webhook_key, "Quill", "Portland")
    assert [word for word in never if word.encode() in everything] == []


def _roots(spans: Sequence[Exported]) -> set[str]:
    """The names of those whose parents are not among them."""
    ids = {span.span_id for span in spans}
    return {span.name for span in spans if span.parent not in ids}
