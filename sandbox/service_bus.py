"""The Service Bus stand-in as the sandbox runs it: with the queues that the app declares for the official emulator."""

import importlib.util
import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx

# Where an app says which queues it wants, in the format of the official emulator's configuration.
EMULATOR_CONFIGURATION = Path("infra") / "service-bus-emulator.json"
_ENGINE = "proton"
_ANSWER_SECONDS = 10.0


class Transport(StrEnum):
    """What carries the app's messages, as its setting MESSAGING__TRANSPORT says it."""

    STORAGE = "storage"
    SERVICE_BUS = "servicebus"


class BrokerMissing(Exception):
    """There is no Service Bus stand-in on this machine, or the app declares no queues."""


def declared_queues(app: Path, lock_seconds: float | None) -> list[dict[str, Any]]:
    """The stand-in's configuration of an app's queues; with `lock_seconds`, locks end by that time if not renewed."""
    if importlib.util.find_spec(_ENGINE) is None:
        raise BrokerMissing(
            "Service Bus needs python-qpid-proton; `python dev.py demo --transport servicebus` builds it"
        )
    file = app / EMULATOR_CONFIGURATION
    if not file.exists():
        raise BrokerMissing(f"{file} is missing: it declares the app's queues on Service Bus")
    (namespace,) = json.loads(file.read_text(encoding="utf-8"))["UserConfig"]["Namespaces"]
    queues = [_queue(queue["Name"], queue["Properties"]) for queue in namespace["Queues"]]
    return [queue | {"lock_duration": lock_seconds} for queue in queues] if lock_seconds else queues


def connection_string(url: str) -> str:
    """How clients reach the stand-in whose control routes are at `url`."""
    answer = httpx.get(f"{url}/_control/connection", timeout=_ANSWER_SECONDS).raise_for_status()
    return answer.json()["connection_string"]


def app_settings(connection: str) -> dict[str, str]:
    return {"MESSAGING__TRANSPORT": Transport.SERVICE_BUS.value, "ServiceBusConnection": connection}


def _queue(name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The emulator lets a message live for an hour at most, the service for as long as the queue says: so do we."""
    queue = {
        "name": name,
        "requires_session": properties["RequiresSession"],
        "lock_duration": properties["LockDuration"],
        "max_delivery_count": properties["MaxDeliveryCount"],
        "dead_lettering_on_message_expiration": properties["DeadLetteringOnMessageExpiration"],
    }
    if properties["RequiresDuplicateDetection"]:
        queue["duplicate_detection_window"] = properties["DuplicateDetectionHistoryTimeWindow"]
    return queue
