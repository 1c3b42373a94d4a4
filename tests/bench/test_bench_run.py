"""`python -m sandbox bench`, as a program, on two orders of the shortest scenario."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCENARIO = "finops_finops_finops"


def _bench(folder: Path, *more: str) -> dict[str, Any]:
    """The report, which is also what was printed."""
    report = folder / "bench.json"
    options = ["--orders", "0", "--each", "2", "--scenario", SCENARIO, "--idle-seconds", "3", "--report", str(report)]

    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "sandbox", "bench", *options, *more],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=110,
    )  # fmt: skip

    assert ended.returncode == 0, ended.stdout + ended.stderr
    figures = json.loads(report.read_text())
    assert json.loads(ended.stdout) == figures
    assert list(figures["scenarios"]) == [SCENARIO]
    return figures


def test_the_bench_counts_what_an_order_costs_and_what_idling_costs_apart(tmp_path: Path):
    figures = _bench(tmp_path)

    order = figures["scenarios"][SCENARIO]
    ran, calls = order["executions_per_order"], order["storage_calls_per_order"]
    # Entered, confirmed, picked, packed, invoiced: Dataverse tells of each, and each is one message and one execution.
    assert order["messages_per_order"] == {"dataverse-changes": 5, "order-intake": 1}
    assert (ran["http"], ran["queue"]) == (5, 6)
    # Whoever asks the app whether orders are completed, and timers, are not among it.
    assert set(ran) == {"total", "http", "queue", "activity", "orchestration"}
    assert calls["app"]["queue put"] == calls["triggers"]["queue delete"] == 6
    assert calls["triggers"]["queue get"] <= 6
    assert calls["bundled_host"]["table transaction"] == ran["orchestration"]
    assert order["durable_per_order"]["orchestrations"] == 1
    assert order["found_again"]["executions_per_message"]["queue"] == 1
    idle = figures["idle"]
    assert idle["executions_per_minute"] == {}
    assert idle["queues"] == 18
    assert 0 < idle["empty_polls_per_minute"] <= 1.2 * 60 * idle["queues"] / idle["polling_seconds"]
    assert all(each["executions"] == {"timer": 1} for each in figures["idle_jobs"].values())


@pytest.mark.skipif(importlib.util.find_spec("proton") is None, reason="python-qpid-proton is not installed")
def test_the_bench_counts_operations_of_service_bus_and_waiting_apart(tmp_path: Path):
    figures = _bench(tmp_path, "--transport", "servicebus")

    assert figures["transport"] == "servicebus"
    order = figures["scenarios"][SCENARIO]
    ran, calls = order["executions_per_order"], order["storage_calls_per_order"]
    by_kind = order["service_bus_operations_per_order"]
    # The same order as on Storage queues, and not one call of those.
    assert order["messages_per_order"] == {"dataverse-changes": 5, "order-intake": 1}
    assert (ran["http"], ran["serviceBus"]) == (5, 6)
    assert calls["triggers"] == {}
    assert not any(kind.startswith("queue") for kind in calls["app"])
    # Each message is sent, delivered and settled once. They come one by one, so each opens a session, and one more
    # receive finds that there is nothing else in it.
    assert by_kind["sends"] == by_kind["receives"] == by_kind["settlements"] == 6
    assert by_kind["session_accepts"] == by_kind["empty_receives"] <= 6
    assert set(by_kind) == {"total", "sends", "receives", "settlements", "session_accepts", "empty_receives"}
    again = order["found_again"]["service_bus_operations_per_message"]
    assert (again["sends"], again["receives"], again["settlements"]) == (1, 1, 1)
    idle = figures["idle"]
    assert idle["executions_per_minute"] == {}
    assert (idle["queues"], idle["accept_seconds"]) == (9, 30)
    assert set(idle["service_bus_operations_per_minute"]) <= {"total", "session_accept_timeouts", "empty_receives"}
