"""App settings: a wrong one stops the app at start with one line that names it, and never shows a secret."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from shared.application.background_jobs import SCHEDULES as JOBS
from shared.settings import HostSettings, Settings, SettingsError, load_settings
from shared.storage_account import StorageAccount

ROOT = Path(__file__).parent.parent.parent
SAMPLE: dict[str, str] = json.loads((ROOT / "local.settings.sample.json").read_text(encoding="utf-8"))["Values"]
HOST_ONLY = {"FUNCTIONS_WORKER_RUNTIME", "PYTHON_THREADPOOL_THREAD_COUNT"}
SCHEDULES = {
    *("BIGCOMMERCE_PULL_SCHEDULE", "DATAVERSE_SWEEP_SCHEDULE", "FLEXE_SWEEP_SCHEDULE", "SAP_SWEEP_SCHEDULE"),
    *("BACKORDER_SCHEDULE", "OPTIMIZATION_BATCH_SCHEDULE", "WEBHOOK_UPKEEP_SCHEDULE", "METRICS_SCHEDULE"),
}
TELEMETRY = {"APPLICATIONINSIGHTS_CONNECTION_STRING", "OTEL_EXPORTER_OTLP_ENDPOINT"}
HOST_SETTINGS = {"AzureWebJobsStorage", *SCHEDULES}
IDENTITY_BASED = {
    f"AzureWebJobsStorage__{part}" for part in ("accountName", "tableServiceUri", "queueServiceUri", "clientId")
}
OF_TRANSPORT = {
    "MESSAGING__TRANSPORT",
    *(f"ServiceBusConnection{part}" for part in ("", "__fullyQualifiedNamespace", "__clientId")),
}
SECRET = "hunter2-do-not-tell"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The sample's settings and no others of ours."""
    for name in [*os.environ]:
        if name.upper().startswith("ORDERS__") or name in HOST_SETTINGS | IDENTITY_BASED | OF_TRANSPORT | TELEMETRY:
            monkeypatch.delenv(name)
    for name, value in SAMPLE.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def names(model: type[BaseModel], prefix: str, *, required: bool = False) -> Iterator[str]:
    """The environment variables a model reads, or those it must have."""
    for name, field in model.model_fields.items():
        path = f"{prefix}{name.upper()}"
        group = _group(field.annotation)
        if group:
            if field.is_required() or not required:
                yield from names(group, f"{path}__", required=required)
        elif field.is_required() or not required:
            yield path


def _group(annotation: Any) -> type[BaseModel] | None:
    """The settings under a name that has several, which may be optional as a whole."""
    kinds = get_args(annotation) or (annotation,)
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def complaint() -> str:
    with pytest.raises(SettingsError) as refusal:
        load_settings()
    return str(refusal.value)


def test_the_sample_has_every_setting_that_is_needed():
    assert {*names(Settings, "ORDERS__", required=True), *HOST_SETTINGS} <= set(SAMPLE)


def test_the_sample_has_no_setting_that_nobody_reads():
    assert set(SAMPLE) <= {*names(Settings, "ORDERS__"), *HOST_SETTINGS, *OF_TRANSPORT, *HOST_ONLY}


def test_the_sample_has_every_setting_that_bindings_name():
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "functions").glob("*.py")]
    sources.append((ROOT / "host.json").read_text(encoding="utf-8"))

    named = {name for source in sources for name in re.findall(r"%([A-Za-z_]+)%", source)}

    assert {*named, *SCHEDULES} <= set(SAMPLE)


def test_every_schedule_among_the_settings_is_a_job_s():
    assert set(JOBS.values()) == SCHEDULES


def test_the_settings_shared_with_the_host_are_these():
    assert set(HostSettings.model_fields) == {
        name.lower() for name in HOST_SETTINGS | IDENTITY_BASED | OF_TRANSPORT | TELEMETRY
    }


def test_the_sample_works_as_it_is():
    settings, host = load_settings()

    assert settings.bigcommerce.store_hash == "q7xk2demo"
    assert host.account == StorageAccount("UseDevelopmentStorage=true", "UseDevelopmentStorage=true")


def test_an_account_s_name_does_instead_of_a_connection_string(environment: pytest.MonkeyPatch):
    environment.delenv("AzureWebJobsStorage")
    environment.setenv("AzureWebJobsStorage__accountName", "orders")
    environment.setenv("AzureWebJobsStorage__clientId", "id-orders")

    _, host = load_settings()

    assert host.account == StorageAccount(
        "https://orders.table.core.windows.net", "https://orders.queue.core.windows.net", "id-orders"
    )


def test_so_do_the_addresses_of_its_tables_and_queues(environment: pytest.MonkeyPatch):
    environment.setenv("AzureWebJobsStorage", "")
    environment.setenv("AzureWebJobsStorage__tableServiceUri", "https://orders.table.core.chinacloudapi.cn/")
    environment.setenv("AzureWebJobsStorage__queueServiceUri", "https://orders.queue.core.chinacloudapi.cn/")

    _, host = load_settings()

    assert host.account == StorageAccount(
        "https://orders.table.core.chinacloudapi.cn", "https://orders.queue.core.chinacloudapi.cn"
    )


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("accountName", "Orders!", "setting AzureWebJobsStorage__accountName is malformed: "),
        ("tableServiceUri", "http://orders", "setting AzureWebJobsStorage__tableServiceUri is malformed: "),
        (
            "tableServiceUri",
            "https://orders.table.core.windows.net",
            "setting AzureWebJobsStorage is malformed: AzureWebJobsStorage__queueServiceUri is needed, too",
        ),
    ],
)
def test_half_an_account_or_a_malformed_one_is_named(environment: pytest.MonkeyPatch, name: str, value: str, line: str):
    environment.delenv("AzureWebJobsStorage")
    environment.setenv(f"AzureWebJobsStorage__{name}", value)

    assert complaint().startswith(line)


def test_a_connection_string_counts_before_an_account_as_it_does_for_the_host(environment: pytest.MonkeyPatch):
    environment.setenv("AzureWebJobsStorage__accountName", "orders")

    _, host = load_settings()

    assert host.account.tables == "UseDevelopmentStorage=true"


def test_a_secret_that_the_vault_did_not_give_stops_the_app(environment: pytest.MonkeyPatch):
    """Its place holder is no secret: whoever knows it could sign callbacks."""
    environment.setenv("ORDERS__DATAVERSE__WEBHOOK_KEY", "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/x)")

    assert complaint() == "setting ORDERS__DATAVERSE__WEBHOOK_KEY is a Key Vault reference that was not resolved"


@pytest.mark.parametrize("name", sorted({*names(Settings, "ORDERS__", required=True), *HOST_SETTINGS}))
def test_a_missing_or_empty_setting_is_named(environment: pytest.MonkeyPatch, name: str):
    environment.delenv(name)
    missing = complaint()
    environment.setenv(name, "")

    assert missing == complaint() == f"setting {name} is missing"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ORDERS__BIGCOMMERCE__BASE_URL", "api.bigcommerce.com"),
        ("ORDERS__BIGCOMMERCE__TIMEOUT_SECONDS", "soon"),
        ("ORDERS__BIGCOMMERCE__ACCESS_TOKEN", f"{SECRET}\n"),
        ("ORDERS__BIGCOMMERCE__ACESS_TOKEN", SECRET),
        ("ORDERS__DATAVERSE__TOKEN_URL", "login"),
        ("ORDERS__DATAVERSE__ORDER_NAVIGATION__COMPANIES", SECRET),
        ("ORDERS__PUBLIC_URL", f"http://{SECRET}.example.com"),
        ("ORDERS__REDELIVERY_ATTEMPTS", "0"),
        ("ORDERS__REDELIVERY_BASE_SECONDS", "-1"),
    ],
)
def test_a_malformed_setting_is_named_without_its_value(environment: pytest.MonkeyPatch, name: str, value: str):
    environment.setenv(name, value)

    line = complaint()

    assert line.startswith(f"setting {name} is malformed: ")
    assert "\n" not in line
    assert SECRET not in line


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("ORDERS__DATAVERSE__PRICE_LISTS", "ORDERS__DATAVERSE__..."),
        ("ORDERS__BIGCOMMERCE__STARTING_STATUSES", "ORDERS__BIGCOMMERCE__..."),
    ],
)
def test_a_list_or_mapping_that_is_not_json_is_named_by_its_group(
    environment: pytest.MonkeyPatch, name: str, group: str
):
    environment.setenv(name, SECRET)

    assert complaint() == f"setting {group} is malformed: a list or a mapping is to be written as JSON"


def test_all_that_is_wrong_is_named_at_once(environment: pytest.MonkeyPatch):
    environment.delenv("ORDERS__DATAVERSE__CLIENT_SECRET")
    environment.setenv("ORDERS__BIGCOMMERCE__TIMEOUT_SECONDS", "soon")
    environment.delenv("DATAVERSE_SWEEP_SCHEDULE")

    wrong = complaint().split("; ")

    assert [line.split()[1] for line in wrong] == [
        "ORDERS__BIGCOMMERCE__TIMEOUT_SECONDS",
        "ORDERS__DATAVERSE__CLIENT_SECRET",
        "DATAVERSE_SWEEP_SCHEDULE",
    ]


def test_a_provider_without_any_settings_names_those_it_needs(environment: pytest.MonkeyPatch):
    for name in SAMPLE:
        if name.startswith("ORDERS__DATAVERSE__"):
            environment.delenv(name)

    missing = {line.split()[1] for line in complaint().split("; ")}

    assert missing == {name for name in names(Settings, "ORDERS__", required=True) if "__DATAVERSE__" in name}


def test_a_provider_of_no_published_flow_needs_no_settings_but_half_of_them_are_too_few(
    environment: pytest.MonkeyPatch,
):
    for name in SAMPLE:
        if name.startswith("ORDERS__FLEXE__"):
            environment.delenv(name)
    settings, _ = load_settings()
    environment.setenv("ORDERS__FLEXE__OWNER_ID", "own_1")

    assert settings.flexe is None
    assert "setting ORDERS__FLEXE__API_TOKEN is missing" in complaint()


def test_callbacks_that_nothing_could_authenticate_are_refused(environment: pytest.MonkeyPatch):
    for name in ("ORDERS__BIGCOMMERCE__WEBHOOK_CLIENT_SECRET", "ORDERS__BIGCOMMERCE__WEBHOOK_HEADER_SECRET"):
        environment.delenv(name)

    assert "webhook_client_secret or webhook_header_secret is needed" in complaint()


@pytest.mark.parametrize(
    ("name", "value"), [("ORDERS__DATAVERSE__WEBHOOK_KEY", ""), ("ORDERS__BIGCOMMERCE__BASE_URL", SECRET)]
)
def test_the_app_does_not_start_with_a_wrong_setting(environment: pytest.MonkeyPatch, name: str, value: str):
    environment.setenv("ORDERS__DATAVERSE__CLIENT_SECRET", SECRET)
    environment.setenv(name, value)

    app = subprocess.run(
        [sys.executable, "-c", "import function_app"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )

    assert app.returncode != 0
    assert app.stderr.splitlines()[-1].startswith(f"shared.settings.SettingsError: setting {name} is ")
    assert SECRET not in app.stdout + app.stderr
