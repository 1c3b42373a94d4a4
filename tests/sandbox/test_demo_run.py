"""`make demo`, as a program: what it prints, what it reports, how it ends."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DEAF = Path(__file__).parent / "apps" / "deaf"
NOTHING = {
    "bigcommerce": {"shipments": 0, "status_writes": []},
    "dataverse": {"orders": 0, "lines": 0},
    "finops": {"sales_orders": 0},
    "flexe": {"orders": 0},
    "sap": {"sales_orders": 0},
    "inventory": {"reservations": 0},
}
STORE_TOLD = {"shipments": 1, "status_writes": [2, 10]}
SENT_TO_FINOPS = {"dataverse": {"orders": 1, "lines": 2}, "finops": {"sales_orders": 1}}
BORN_IN_FINOPS = {"finops": {"sales_orders": 1}}
# How many steps each scenario has, and what each outside system has received of its order.
STEPS_AND_EFFECTS: dict[str, tuple[int, dict[str, Any]]] = {
    "bigcommerce_finops_finops": (10, {"bigcommerce": STORE_TOLD, **SENT_TO_FINOPS}),
    "bigcommerce_flexe_finops": (11, {"bigcommerce": STORE_TOLD, **SENT_TO_FINOPS, "flexe": {"orders": 1}}),
    "finops_flexe_finops": (9, {**BORN_IN_FINOPS, "flexe": {"orders": 1}}),
    "finops_finops_finops": (6, BORN_IN_FINOPS),
    "finops_flexe_sap": (10, {**BORN_IN_FINOPS, "flexe": {"orders": 1}, "sap": {"sales_orders": 1}}),
    "bigcommerce_optimized_finops": (
        16,
        {
            "bigcommerce": {"shipments": 3, "status_writes": [2, 10]},
            "dataverse": {"orders": 1, "lines": 3},
            "finops": {"sales_orders": 1},
            "inventory": {"reservations": 3},
        },
    ),
}


def _demo(report: Path, *arguments: str) -> "tuple[subprocess.CompletedProcess[str], dict[str, Any]]":
    command = [sys.executable, "-m", "sandbox", "demo", "--report", str(report), *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=110)  # noqa: S603
    return ended, json.loads(report.read_text())


def test_every_scenario_goes_all_the_way_and_every_system_got_what_it_should_once(tmp_path: Path):
    ended, report = _demo(tmp_path / "report.json")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert report["ok"] is True
    scenarios = {scenario["name"]: scenario for scenario in report["scenarios"]}
    assert {name: len(each["steps"]) for name, each in scenarios.items()} == {
        name: steps for name, (steps, _) in STEPS_AND_EFFECTS.items()
    }
    assert all(step["ok"] and step["evidence"] for each in scenarios.values() for step in each["steps"])
    assert {(each["state"], each["state_reason"]) for each in scenarios.values()} == {("Completed", "Fulfilled")}
    assert {name: each["effects"] for name, each in scenarios.items()} == {
        name: NOTHING | effects for name, (_, effects) in STEPS_AND_EFFECTS.items()
    }


def test_an_app_that_does_not_take_the_order_in_fails_the_demo_by_the_step_s_name(tmp_path: Path):
    ended, report = _demo(tmp_path / "report.json", "--app", str(DEAF), "--deadline", "0.5")

    missing = "Callback: order pulled, transformed and stored; New Order"
    assert ended.returncode == 1
    assert f"did not happen: {missing}: not seen within 0.5 s; the app does not know the order" in ended.stdout
    assert report["ok"] is False
    assert [step["name"] for step in report["scenarios"][0]["steps"] if step["ok"]] == ["Order created in BigCommerce"]


def test_only_the_scenarios_asked_for_are_played(tmp_path: Path):
    asked = ("--scenario", "finops_flexe_sap", "--scenario", "bigcommerce_flexe_finops")

    _, report = _demo(tmp_path / "report.json", "--app", str(DEAF), "--deadline", "0.5", *asked)

    assert [scenario["name"] for scenario in report["scenarios"]] == ["finops_flexe_sap", "bigcommerce_flexe_finops"]


def test_an_app_that_does_not_start_fails_the_demo_and_still_writes_the_report(tmp_path: Path):
    empty = tmp_path / "empty"
    empty.mkdir()

    ended, report = _demo(tmp_path / "report.json", "--app", str(empty))

    assert ended.returncode == 1
    assert "app ended with exit code 1" in ended.stderr
    assert report["ok"] is False
