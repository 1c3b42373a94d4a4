"""`python -m tests.load`, as a program, on thirty orders of all scenarios at once, with faults."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.load.scripts import SCRIPTS

ROOT = Path(__file__).parents[2]
ORDERS = 30


@pytest.mark.timeout(400)
def test_thirty_orders_at_once_with_faults_are_neither_lost_nor_doubled_nor_stuck(tmp_path: Path):
    report = tmp_path / "load.json"
    options = f"--orders {ORDERS} --at-once --faults 7 --probe 0 --jobs-every 5 --polling 0.5 --minutes 3".split()

    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "tests.load", *options, "--report", str(report)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=360,
    )  # fmt: skip

    assert ended.returncode == 0, ended.stdout + ended.stderr
    figures = json.loads(report.read_text())
    assert json.loads(ended.stdout) == figures
    assert figures["orders"] == ORDERS + len(SCRIPTS)  # one of each scenario goes before
    assert (figures["lost"], figures["duplicated"], figures["stuck"], figures["errors_left"]) == (0, 0, 0, 0)
    assert figures["faults_injected"] >= ORDERS / 2
    assert sum(count > 0 for count in figures["by_fault"].values()) >= 4
