"""`make demo`, as a program: what it prints, what it reports, how it ends."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DEAF = Path(__file__).parent / "apps" / "deaf"
STEPS = 10


def _demo(report: Path, *arguments: str) -> "tuple[subprocess.CompletedProcess[str], dict[str, Any]]":
    command = [sys.executable, "-m", "sandbox", "demo", "--report", str(report), *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=110)  # noqa: S603
    return ended, json.loads(report.read_text())


def test_an_order_goes_all_the_way_and_every_system_got_what_it_should_once(tmp_path: Path):
    ended, report = _demo(tmp_path / "report.json", "--scenario", "bigcommerce_finops_finops")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert report["ok"] is True
    [scenario] = report["scenarios"]
    assert [step["ok"] for step in scenario["steps"]] == [True] * STEPS
    assert (scenario["state"], scenario["state_reason"]) == ("Completed", "Fulfilled")
    assert scenario["effects"]["bigcommerce"]["shipments"] == 1
    assert scenario["effects"]["bigcommerce"]["status_writes"] == [2, 10]
    assert scenario["effects"]["dataverse"] == {"orders": 1, "lines": 2}
    assert scenario["effects"]["finops"] == {"sales_orders": 1}


def test_an_app_that_does_not_take_the_order_in_fails_the_demo_by_the_step_s_name(tmp_path: Path):
    ended, report = _demo(tmp_path / "report.json", "--app", str(DEAF), "--deadline", "0.5")

    missing = "Callback: order pulled, transformed and stored; New Order"
    assert ended.returncode == 1
    assert f"did not happen: {missing}: not seen within 0.5 s; the app does not know the order" in ended.stdout
    assert report["ok"] is False
    assert [step["name"] for step in report["scenarios"][0]["steps"] if step["ok"]] == ["Order created in BigCommerce"]


def test_an_app_that_does_not_start_fails_the_demo_and_still_writes_the_report(tmp_path: Path):
    empty = tmp_path / "empty"
    empty.mkdir()

    ended, report = _demo(tmp_path / "report.json", "--app", str(empty))

    assert ended.returncode == 1
    assert "app ended with exit code 1" in ended.stderr
    assert report["ok"] is False
