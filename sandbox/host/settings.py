"""host.json, local.settings.json and connection strings (reference: functions-host.md section 5)."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TIMESPAN = re.compile(
    r"(?:(?P<days>\d+)\.)?(?P<hours>\d{1,2}):(?P<minutes>[0-5]?\d):(?P<seconds>[0-5]?\d(?:\.\d{1,7})?)"
)
PLACEHOLDER = re.compile(r"%([^%]+)%")
HUB_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{2,44}")
DEVELOPMENT_ACCOUNT = "devstoreaccount1"
DEVELOPMENT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


class SettingsError(Exception):
    """A setting the host cannot work with; the message names it."""


@dataclass(frozen=True)
class QueueSettings:
    """`extensions.queues`; intervals in seconds."""

    batch_size: int
    new_batch_threshold: int
    max_polling_interval: float
    visibility_timeout: float
    max_dequeue_count: int
    base64: bool


@dataclass(frozen=True)
class ServiceBusSettings:
    """`extensions.serviceBus`; durations in seconds."""

    prefetch_count: int
    max_auto_lock_renewal_duration: float
    max_concurrent_calls: int
    max_concurrent_sessions: int
    session_idle_timeout: float


@dataclass(frozen=True)
class DurableSettings:
    """`extensions.durableTask`."""

    hub_name: str
    connection_name: str
    max_activities: int
    max_orchestrators: int
    max_actions: int
    override_running: bool
    """Whether starting an instance replaces a running one of the same id (`AnyState`)."""


@dataclass(frozen=True)
class HostSettings:
    """What host.json says, with the defaults of the real host; `function_timeout` in seconds, None for unlimited."""

    route_prefix: str
    function_timeout: float | None
    log_level: str
    queues: QueueSettings
    service_bus: ServiceBusSettings
    durable: DurableSettings


@dataclass(frozen=True)
class StorageAccount:
    """One storage account: its shared key and the two endpoints the host uses, without a trailing slash."""

    name: str
    key: str
    queue_endpoint: str
    table_endpoint: str


def timespan(text: str) -> float:
    """Seconds of a .NET TimeSpan `[d.]hh:mm:ss[.fffffff]`."""
    match = TIMESPAN.fullmatch(text)
    if not match or int(match["hours"]) > 23:
        raise SettingsError(f"'{text}' is not a time span of the form [d.]hh:mm:ss")
    hours = int(match["days"] or 0) * 24 + int(match["hours"])
    return hours * 3600 + int(match["minutes"]) * 60 + float(match["seconds"])


def resolve_names(value: str, environ: Mapping[str, str] = os.environ) -> str:
    """The value with every `%NAME%` replaced by that app setting."""

    def setting(match: re.Match[str]) -> str:
        if match[1] not in environ:
            raise SettingsError(f"'%{match[1]}%' does not resolve: there is no app setting '{match[1]}'")
        return environ[match[1]]

    return PLACEHOLDER.sub(setting, value)


def read_json_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file (a byte order mark is tolerated); empty when there is no file."""
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise SettingsError(f"{path.name} is not valid JSON: {error}") from error
    if not isinstance(content, dict):
        raise SettingsError(f"{path.name} must hold a JSON object")
    return content


def export_local_settings(app: Path, environ: dict[str, str] | os._Environ[str] = os.environ) -> None:
    """Puts the `Values` of local.settings.json into the environment; what is set there already wins."""
    for name, value in read_json_object(app / "local.settings.json").get("Values", {}).items():
        environ.setdefault(name, str(value))


def host_settings(app: Path) -> HostSettings:
    """Reads host.json of the app."""
    document = read_json_object(app / "host.json")
    if document.get("version") != "2.0":
        raise SettingsError('host.json must exist and say "version": "2.0"')
    extensions = document.get("extensions", {})
    timeout = document.get("functionTimeout", "00:30:00")
    log_level = document.get("logging", {}).get("logLevel", {})
    return HostSettings(
        route_prefix=extensions.get("http", {}).get("routePrefix", "api").strip("/"),
        function_timeout=None if timeout == "-1" else timespan(timeout),
        log_level=log_level.get("default", "Information") if isinstance(log_level, dict) else log_level,
        queues=_queue_settings(extensions.get("queues", {})),
        service_bus=_service_bus_settings(extensions.get("serviceBus", {})),
        durable=_durable_settings(extensions.get("durableTask", {})),
    )


def _queue_settings(queues: dict[str, Any]) -> QueueSettings:
    batch_size = int(queues.get("batchSize", 16))
    if not 1 <= batch_size <= 32:
        raise SettingsError(f"host.json: queues.batchSize must be between 1 and 32, not {batch_size}")
    encoding = queues.get("messageEncoding", "base64").lower()
    if encoding not in ("base64", "none"):
        raise SettingsError(f"host.json: queues.messageEncoding must be base64 or none, not '{encoding}'")
    return QueueSettings(
        batch_size=batch_size,
        new_batch_threshold=int(queues.get("newBatchThreshold", batch_size // 2)),
        max_polling_interval=timespan(queues.get("maxPollingInterval", "00:01:00")),
        visibility_timeout=timespan(queues.get("visibilityTimeout", "00:00:00")),
        max_dequeue_count=int(queues.get("maxDequeueCount", 5)),
        base64=encoding == "base64",
    )


def _service_bus_settings(service_bus: dict[str, Any]) -> ServiceBusSettings:
    if not service_bus.get("autoCompleteMessages", True):
        raise SettingsError("host.json: serviceBus.autoCompleteMessages: this host settles messages itself")
    if int(service_bus.get("maxConcurrentCallsPerSession", 1)) != 1:
        raise SettingsError("host.json: serviceBus.maxConcurrentCallsPerSession: this host does one call at a time")
    return ServiceBusSettings(
        prefetch_count=int(service_bus.get("prefetchCount", 0)),
        max_auto_lock_renewal_duration=timespan(service_bus.get("maxAutoLockRenewalDuration", "00:05:00")),
        max_concurrent_calls=int(service_bus.get("maxConcurrentCalls", 16)),
        max_concurrent_sessions=int(service_bus.get("maxConcurrentSessions", 8)),
        session_idle_timeout=timespan(service_bus.get("sessionIdleTimeout", "00:01:00")),
    )


def _durable_settings(durable: dict[str, Any]) -> DurableSettings:
    hub_name = resolve_names(durable.get("hubName", "TestHubName"))
    if not HUB_NAME.fullmatch(hub_name):
        raise SettingsError(
            f"host.json: durableTask.hubName '{hub_name}' must be 3-45 letters and digits, a letter first"
        )
    provider = durable.get("storageProvider", {})
    if provider.get("type", "AzureStorage").lower() != "azurestorage":
        raise SettingsError(
            f"host.json: storageProvider.type '{provider['type']}': this host keeps state in Azure Storage"
        )
    default_concurrency = 10 * (os.cpu_count() or 1)
    return DurableSettings(
        hub_name=hub_name,
        connection_name=provider.get("connectionName", "AzureWebJobsStorage"),
        max_activities=int(durable.get("maxConcurrentActivityFunctions", default_concurrency)),
        max_orchestrators=int(durable.get("maxConcurrentOrchestratorFunctions", default_concurrency)),
        max_actions=int(durable.get("maxOrchestrationActions", 100_000)),
        override_running=durable.get("overridableExistingInstanceStates", "NonRunningStates") == "AnyState",
    )


def storage_account(setting: str, environ: Mapping[str, str] = os.environ) -> StorageAccount:
    """The account that an app setting (such as `AzureWebJobsStorage`) points to."""
    if not environ.get(setting):
        raise SettingsError(f"the app setting '{setting}' is missing: it must hold a storage connection string")
    return parse_connection_string(environ[setting], setting)


def parse_connection_string(text: str, setting: str = "connection string") -> StorageAccount:
    """`UseDevelopmentStorage=true`, or a string with account, key and either endpoints or a suffix."""
    parts = {
        name.strip(): value for name, _, value in (part.partition("=") for part in text.split(";") if part.strip())
    }
    if parts.get("UseDevelopmentStorage", "").lower() == "true":
        parts = {
            "AccountName": DEVELOPMENT_ACCOUNT,
            "AccountKey": DEVELOPMENT_KEY,
            "QueueEndpoint": f"http://127.0.0.1:10001/{DEVELOPMENT_ACCOUNT}",
            "TableEndpoint": f"http://127.0.0.1:10002/{DEVELOPMENT_ACCOUNT}",
        }
    if not parts.get("AccountName") or not parts.get("AccountKey"):
        raise SettingsError(f"'{setting}' must have AccountName and AccountKey, or be UseDevelopmentStorage=true")
    return StorageAccount(
        name=parts["AccountName"],
        key=parts["AccountKey"],
        queue_endpoint=_endpoint(parts, "Queue"),
        table_endpoint=_endpoint(parts, "Table"),
    )


def _endpoint(parts: Mapping[str, str], service: str) -> str:
    protocol = parts.get("DefaultEndpointsProtocol", "https")
    suffix = parts.get("EndpointSuffix", "core.windows.net")
    default = f"{protocol}://{parts['AccountName']}.{service.lower()}.{suffix}"
    return parts.get(f"{service}Endpoint", default).rstrip("/")
