"""What the code reads, writes and says is what `infra/` provides: names are compared, both ways."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from shared.application.background_jobs import SCHEDULES
from shared.message_transport import SPELLINGS as OF_TRANSPORT
from shared.message_transport import Transport
from shared.messaging import names
from shared.settings import Settings
from shared.storage_account import SPELLINGS
from shared.store import tables
from shared.telemetry import metrics
from tests.infra.bicep import keys_of, read, templates
from tests.store.bus import declared

ROOT = Path(__file__).parents[2]
SAMPLE: dict[str, str] = json.loads((ROOT / "local.settings.sample.json").read_text(encoding="utf-8"))["Values"]
SETTINGS = read("modules/settings.bicep")
HOST = read("modules/function-app.bicep")
BUS = read("modules/service-bus.bicep")
# The runtime is part of functionAppConfig on this plan; the account is opened as an identity; Service Bus is an option.
ELSEWHERE = {"FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage", "MESSAGING__TRANSPORT"}


def settings_of(model: type[BaseModel], prefix: str = "ORDERS__") -> Iterator[tuple[str, bool, bool]]:
    """Each with whether it must be set, and whether it is a secret."""
    for name, field in model.model_fields.items():
        group = _group(field.annotation)
        if group:
            yield from settings_of(group, f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}", field.is_required(), "SecretStr" in repr(field)


def _group(annotation: Any) -> type[BaseModel] | None:
    """The settings under a name that has several; what a mapping holds has names of the reader's."""
    kinds = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


KNOWN = {name: (required, secret) for name, required, secret in settings_of(Settings)}
GIVEN = set(re.findall(r"\bORDERS__\w+", SETTINGS.code))
SECRETS = set(SETTINGS.strings("secretNames")) & GIVEN


def test_every_setting_the_app_must_have_is_given():
    assert {name for name, (required, _) in KNOWN.items() if required} <= GIVEN


def test_every_setting_given_is_one_the_app_reads():
    assert set(KNOWN) >= GIVEN


def test_every_setting_of_the_sample_is_given_or_has_a_default_of_its_own():
    app_wide = {*keys_of(SETTINGS.variables["needed"]), *keys_of(HOST.variables["hostSettings"]), *GIVEN}

    missing = set(SAMPLE) - app_wide - ELSEWHERE

    assert {name for name in missing if KNOWN.get(name, (True, True)) != (False, False)} == set()


def test_a_secret_comes_from_the_vault_and_nothing_else_does():
    assert {name for name in GIVEN if KNOWN[name][1]} == SECRETS


def test_every_schedule_is_given():
    assert set(SCHEDULES.values()) <= keys_of(SETTINGS.variables["needed"])


def test_the_app_can_open_the_account_by_what_the_host_is_given():
    given = {name for name in keys_of(HOST.variables["hostSettings"]) if name.startswith("AzureWebJobsStorage")}

    assert given - set(SPELLINGS.values()) == {  # those that the host alone reads
        "AzureWebJobsStorage__blobServiceUri",
        "AzureWebJobsStorage__credential",
    }
    assert {"AzureWebJobsStorage__tableServiceUri", "AzureWebJobsStorage__queueServiceUri"} <= given


def test_service_bus_is_opened_by_what_the_app_and_the_host_are_given():
    given = set(re.findall(r"(?m)^  (\w+):", BUS.code.split("output settings object")[1]))

    assert given - set(OF_TRANSPORT.values()) == {
        "MESSAGING__TRANSPORT",
        "ServiceBusConnection__credential",  # the host alone reads it
    }
    assert "ServiceBusConnection__fullyQualifiedNamespace" in given


def test_service_bus_has_every_queue_with_the_sessions_that_are_named():
    sessions, plain = BUS.strings("sessionQueues"), BUS.strings("plainQueues")

    assert {*sessions, *plain} == set(names.queues_of(Transport.SERVICE_BUS))
    assert [*filter(names.has_sessions, [*sessions, *plain])] == sessions


def test_dataverse_s_key_is_for_the_queue_it_writes_to():
    """It is taken by its place in the list."""
    assert BUS.strings("plainQueues") == [names.NOTIFICATIONS_QUEUE]
    assert "parent: eachQueue[length(sessionQueues)]" in BUS.code
    assert "concat(sessionQueues, plainQueues)" in BUS.code


def test_a_message_is_tried_as_often_by_either_transport_and_by_the_emulator():
    host = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))["extensions"]
    emulator = {queue["MaxDeliveryCount"] for queue in declared().values()}

    assert emulator == {host["queues"]["maxDequeueCount"]}
    assert f"maxDeliveryCount: {host['queues']['maxDequeueCount']}" in BUS.code


def test_a_lock_is_renewed_for_longer_than_a_function_may_run():
    host = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))

    assert host["extensions"]["serviceBus"]["maxAutoLockRenewalDuration"] > host["functionTimeout"]


def test_every_table_is_declared_and_no_other():
    assert read("modules/storage.bicep").strings("tables") == list(tables._NAMES)


def test_the_hub_is_the_one_of_the_host():
    host = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))

    assert f"name: '{host['extensions']['durableTask']['hubName']}'" in read("modules/task-scheduler.bicep").code


@pytest.mark.parametrize(
    ("words", "source"),
    [
        ("message given up", "shared/application/dead_letters.py"),
        ("the flow of this order has failed", "functions/flow_client.py"),
        ("the current version of the configuration cannot be used", "shared/bootstrap/current.py"),
        ("a provider does not answer, its work waits", "shared/providers/circuit.py"),
    ],
)
def test_an_alert_goes_by_words_that_are_logged(words: str, source: str):
    assert f'Message has "{words}"' in read("modules/alerts.bicep").code
    assert re.search(rf'log\.error\(\s*"{words}', (ROOT / source).read_text(encoding="utf-8"))


def metrics_of(text: str) -> set[str]:
    return set(re.findall(r"""(?:Name == \\?"|metric: ')(orders[.\w]+)""", text))


def test_workbook_and_alerts_ask_for_metrics_that_there_are_and_no_metric_is_shown_to_nobody():
    known = {*metrics.DURATIONS, *metrics.COUNTS, *metrics.READINGS}
    workbook = (ROOT / "infra/workbook.json").read_text(encoding="utf-8")

    assert metrics_of(workbook) == known
    assert metrics_of(read("modules/alerts.bicep").code) < known
    assert len(metrics_of(read("modules/alerts.bicep").code)) == 6


def test_every_metric_is_explained():
    explained = (ROOT / "docs/operations.md").read_text(encoding="utf-8")

    assert [
        name for name in (*metrics.DURATIONS, *metrics.COUNTS, *metrics.READINGS) if f"`{name}`" not in explained
    ] == []


def test_the_app_exports_its_own_telemetry_where_the_host_would_send_it_on():
    host = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))

    assert host["telemetryMode"] == "OpenTelemetry"
    assert {"PYTHON_ENABLE_OPENTELEMETRY", "APPLICATIONINSIGHTS_CONNECTION_STRING"} <= keys_of(
        HOST.variables["hostSettings"]
    )
    assert "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY" not in HOST.code  # the worker would set up an exporter, too


def test_there_are_secrets_and_templates_to_compare():
    assert len(SECRETS) >= 9
    assert len(templates()) >= 10
