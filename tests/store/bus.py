"""A Service Bus namespace on loopback with the queues of the emulator's configuration."""

import importlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.systems.kit import serve

EMULATOR = Path(__file__).parents[2] / "infra" / "service-bus-emulator.json"


class Bus:
    """The namespace as the people behind `/_control/` see it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.connection: str = self._ask("GET", "/connection")["connection_string"]

    def reset(self) -> None:
        self._ask("POST", "/reset")

    def messages(self, queue: str) -> list[dict[str, Any]]:
        return self._ask("GET", f"/queues/{queue}/messages")["messages"]

    def fails(self, queue: str, times: int, **fault: Any) -> None:
        self._ask("POST", "/faults", {"call": f"SEND /{queue}", "fault": fault, "times": times})

    def drops_connections(self) -> None:
        self._ask("POST", "/drop-connections")

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self._url}/_control{path}", json=body, timeout=10)
        answer.raise_for_status()
        return answer.json() if answer.content else None


def declared() -> dict[str, dict[str, Any]]:
    """Each queue of the emulator's configuration with its properties."""
    (namespace,) = json.loads(EMULATOR.read_text(encoding="utf-8"))["UserConfig"]["Namespaces"]
    return {queue["Name"]: queue["Properties"] for queue in namespace["Queues"]}


@contextmanager
def a_bus() -> Iterator[Bus]:
    """Skips where the broker's library is not installed: it needs a compiler."""
    pytest.importorskip("proton", reason="python-qpid-proton is not installed (requirements-amqp.txt)")
    service_bus = importlib.import_module("sandbox.systems.service_bus")
    queues = [
        {
            "name": name,
            "requires_session": properties["RequiresSession"],
            "lock_duration": properties["LockDuration"],
            "max_delivery_count": properties["MaxDeliveryCount"],
            **(
                {"duplicate_detection_window": properties["DuplicateDetectionHistoryTimeWindow"]}
                if properties["RequiresDuplicateDetection"]
                else {}
            ),
        }
        for name, properties in declared().items()
    ]
    with serve(service_bus.create_app(service_bus.Config.from_json({"queues": queues}))) as url:
        yield Bus(url)
