"""The sandbox runs an app on Service Bus with the queues that the app declares."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox import service_bus
from sandbox.service_bus import EMULATOR_CONFIGURATION, BrokerMissing, app_settings, declared_queues

ROOT = Path(__file__).parents[2]
PROPERTIES = {
    "DeadLetteringOnMessageExpiration": True,
    "DefaultMessageTimeToLive": "PT1H",
    "DuplicateDetectionHistoryTimeWindow": "PT5M",
    "LockDuration": "PT1M",
    "MaxDeliveryCount": 5,
    "RequiresDuplicateDetection": True,
    "RequiresSession": True,
}


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if it were installed."""
    monkeypatch.setattr(service_bus.importlib.util, "find_spec", lambda _: object())


def _app(folder: Path, **queues: dict[str, Any]) -> Path:
    """An app that declares these queues, each with what differs from `PROPERTIES`."""
    declared = [{"Name": name, "Properties": PROPERTIES | changes} for name, changes in queues.items()]
    document = {"UserConfig": {"Namespaces": [{"Name": "sbemulatorns", "Queues": declared}]}}
    (folder / EMULATOR_CONFIGURATION).parent.mkdir()
    (folder / EMULATOR_CONFIGURATION).write_text(json.dumps(document))
    return folder


@pytest.mark.usefixtures("engine")
def test_the_stand_in_has_the_queues_that_the_app_declares_for_the_emulator(tmp_path: Path):
    app = _app(tmp_path, intake={}, notices={"RequiresSession": False, "RequiresDuplicateDetection": False})

    intake, notices = declared_queues(app, None)

    assert intake == {
        "name": "intake",
        "requires_session": True,
        "lock_duration": "PT1M",
        "max_delivery_count": 5,
        "dead_lettering_on_message_expiration": True,
        "duplicate_detection_window": "PT5M",
    }
    assert (notices["requires_session"], "duplicate_detection_window" in notices) == (False, False)


@pytest.mark.usefixtures("engine")
def test_locks_can_be_made_short(tmp_path: Path):
    assert [queue["lock_duration"] for queue in declared_queues(_app(tmp_path, intake={}), 2)] == [2]


@pytest.mark.usefixtures("engine")
def test_an_app_that_declares_no_queues_is_refused_with_what_is_missing(tmp_path: Path):
    with pytest.raises(BrokerMissing, match=r"service-bus-emulator\.json is missing"):
        declared_queues(tmp_path, None)


def test_a_machine_without_the_broker_s_engine_is_told_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(service_bus.importlib.util, "find_spec", lambda _: None)

    with pytest.raises(BrokerMissing, match=r"python-qpid-proton; `python dev\.py demo --transport servicebus`"):
        declared_queues(_app(tmp_path, intake={}), None)


def test_the_app_is_told_what_carries_its_messages_and_where_that_is():
    assert app_settings("Endpoint=sb://x") == {
        "MESSAGING__TRANSPORT": "servicebus",
        "ServiceBusConnection": "Endpoint=sb://x",
    }


@pytest.mark.skipif(importlib.util.find_spec("proton") is None, reason="python-qpid-proton is not installed")
def test_the_demo_goes_all_the_way_on_service_bus(tmp_path: Path):
    report = tmp_path / "report.json"
    command = [
        *(sys.executable, "-m", "sandbox", "demo", "--transport", "servicebus"),
        *("--scenario", "bigcommerce_flexe_finops", "--report", str(report)),
    ]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=110)  # noqa: S603

    assert ended.returncode == 0, ended.stdout + ended.stderr
    (scenario,) = json.loads(report.read_text())["scenarios"]
    assert (scenario["state"], scenario["state_reason"]) == ("Completed", "Fulfilled")
    assert scenario["effects"]["flexe"] == {"orders": 1}
