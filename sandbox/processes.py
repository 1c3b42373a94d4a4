"""Child processes that log to a file and cannot outlive the process that started them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from sandbox.reaper import reaper

T = TypeVar("T")

_POLL_SECONDS = 0.02
_LINES_SHOWN = 15


class ProcessFailed(RuntimeError):
    """A child ended, or stayed silent past its deadline, before it was ready."""


class Process:
    """One child. Its output goes to `log` (appended), or to this process's own output when `log` is None.

    The child gets a process group of its own, so Ctrl+C reaches only the parent, which stops its children in order.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path | None,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.name, self.log = name, log
        self._log_start = log.stat().st_size if log and log.exists() else 0
        watch = reaper()
        output = log.open("ab") if log else None
        try:
            self._popen = subprocess.Popen(  # noqa: S603 - commands are built in this package
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                cwd=cwd,
                env=env,
                creationflags=subprocess.CREATE_NEW_PROCESS_GROUP if sys.platform == "win32" else 0,
                start_new_session=sys.platform != "win32",
            )
        finally:
            if output:
                output.close()
        watch.add(self._popen)

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def exit_code(self) -> int | None:
        """None while the child runs."""
        return self._popen.poll()

    def output(self) -> str:
        """What this child has written to its log so far."""
        if self.log is None:
            return ""
        with self.log.open("rb") as file:
            file.seek(self._log_start)
            return file.read().decode("utf-8", "replace")

    def wait_for(self, answer: Callable[[], T | None], what: str, seconds: float) -> T:
        """The first answer that is not None. Raises ProcessFailed when the child ends or the time runs out."""
        deadline = time.monotonic() + seconds
        while True:
            ended = self.exit_code
            if (found := answer()) is not None:
                return found
            if ended is not None:
                raise ProcessFailed(f"{self.name} ended with exit code {ended} before {what}{self._last_lines()}")
            if time.monotonic() > deadline:
                raise ProcessFailed(f"{self.name}: no sign of {what} after {seconds:g} s{self._last_lines()}")
            time.sleep(_POLL_SECONDS)

    def ends(self, what: str, seconds: float) -> int:
        """The exit code of a child that ends by itself, once `what` is done. Raises ProcessFailed past the time."""
        try:
            return self.wait_for(lambda: self.exit_code, f"an end of {what}", seconds)
        finally:
            self.stop()

    def stop(self, seconds: float = 10) -> int:
        """Ask the child to end, insist after `seconds`; its exit code as in `subprocess`."""
        if self._popen.poll() is None:
            self._popen.terminate()
        try:
            self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self._popen.kill()
        return self._ended()

    def kill(self) -> int:
        """End the child as a crash would: no chance to tidy up."""
        self._popen.kill()
        return self._ended()

    def _ended(self) -> int:
        code = self._popen.wait()
        reaper().remove(self._popen)
        return code

    def _last_lines(self) -> str:
        lines = self.output().splitlines()[-_LINES_SHOWN:]
        return "".join(f"\n    {line}" for line in lines)
