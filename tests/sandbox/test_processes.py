"""Children stop when asked, and never outlive their parent."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.processes import Process, ProcessFailed
from tests.sandbox.waiting import is_gone, wait_until

ROOT = Path(__file__).parents[2]
SLEEPER = [sys.executable, "-u", "-c", "import time; print('up'); time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-u",
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up'); time.sleep(600)",
]
PARENT = """
import sys, time
from pathlib import Path
from sandbox.processes import Process
child = Process("child", {command!r}, log=Path({log!r}))
child.wait_for(lambda: "up" in child.output() or None, "up", 20)
print(child.pid, flush=True)
{then}
"""


def _started(command: list[str], folder: Path) -> Process:
    process = Process("child", command, log=folder / "child.log")
    process.wait_for(lambda: "up" in process.output() or None, "up", 20)
    return process


def _parent(folder: Path, command: list[str], then: str) -> "subprocess.Popen[str]":
    code = PARENT.format(command=command, log=str(folder / "child.log"), then=then)
    python = [sys.executable, "-c", code]
    return subprocess.Popen(python, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603 - the code above


def test_a_child_that_is_asked_to_stop_does(tmp_path: Path):
    child = _started(SLEEPER, tmp_path)

    code = child.stop()

    assert code == -signal.SIGTERM


def test_a_child_that_will_not_stop_is_killed_after_the_deadline(tmp_path: Path):
    child = _started(STUBBORN, tmp_path)

    code = child.stop(seconds=0.2)

    assert code == -signal.SIGKILL


def test_a_child_that_ends_too_early_is_reported_with_its_last_words(tmp_path: Path):
    child = Process("oracle", [sys.executable, "-c", "raise SystemExit('no port left')"], log=tmp_path / "child.log")

    with pytest.raises(ProcessFailed, match=r"oracle ended with exit code 1 before an answer\n +no port left"):
        child.wait_for(lambda: None, "an answer", 20)

    assert child.stop() == 1


def test_a_silent_child_is_reported_after_its_deadline(tmp_path: Path):
    child = _started(SLEEPER, tmp_path)

    with pytest.raises(ProcessFailed, match=r"no sign of an answer after 0\.1 s"):
        child.wait_for(lambda: None, "an answer", 0.1)

    child.stop()


def test_what_an_earlier_child_wrote_to_the_same_log_is_not_taken_for_this_ones(tmp_path: Path):
    _started(SLEEPER, tmp_path).stop()

    second = _started([sys.executable, "-u", "-c", "print('up again'); import time; time.sleep(600)"], tmp_path)

    assert second.output() == "up again\n"
    second.stop()


@pytest.mark.parametrize("command", [SLEEPER, STUBBORN], ids=["obedient", "stubborn"])
def test_children_die_with_a_parent_that_is_killed(tmp_path: Path, command: list[str]):
    with _parent(tmp_path, command, "time.sleep(600)") as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())

        os.kill(parent.pid, signal.SIGKILL)

        wait_until(lambda: is_gone(child), "the child's end")


def test_children_die_with_a_parent_that_forgets_them(tmp_path: Path):
    with _parent(tmp_path, SLEEPER, "") as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())

        parent.wait(20)

        wait_until(lambda: is_gone(child), "the child's end")


def test_ctrl_c_in_the_terminal_reaches_the_parent_only(tmp_path: Path):
    child = _started(SLEEPER, tmp_path)

    group = os.getpgid(child.pid)

    assert group not in (os.getpgid(0), os.getpgrp())
    child.stop()
