"""A tiny process that ends our children when we are gone, even when we went by `kill -9`.

The parent holds one end of a pipe and writes `+pid` and `-pid` lines; the pipe closes when the parent dies, whatever
the reason. Unlike PR_SET_PDEATHSIG this works on every platform and does not care which thread started the child.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import signal
import subprocess
import sys
import threading
import time
from typing import IO

_GRACE_SECONDS = 5.0
_POLL_SECONDS = 0.02


class Reaper:
    """The parent's side of the pipe."""

    def __init__(self) -> None:
        # -I and -S: it needs nothing but the standard library, and starts in a few milliseconds.
        self._process = subprocess.Popen(  # noqa: S603 - this very file
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            creationflags=subprocess.CREATE_NEW_PROCESS_GROUP if sys.platform == "win32" else 0,
            start_new_session=sys.platform != "win32",
        )
        assert self._process.stdin is not None  # noqa: S101 - asked for as a pipe above
        self._pipe = self._process.stdin
        self._lock = threading.Lock()
        self._children: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def pid(self) -> int:
        return self._process.pid

    def add(self, child: subprocess.Popen[bytes]) -> None:
        self._children[child.pid] = child
        self._tell(f"+{child.pid}\n")

    def remove(self, child: subprocess.Popen[bytes]) -> None:
        """Forget it; nothing happens when it is forgotten already."""
        self._children.pop(child.pid, None)
        self._tell(f"-{child.pid}\n")

    def close(self) -> None:
        """Let it end whatever is still listed, and wait for that."""
        with contextlib.suppress(BrokenPipeError):
            self._pipe.close()
        while self._process.poll() is None:
            for child in self._children.values():
                child.poll()  # until its parent has taken note, a process that has ended looks alive to the reaper
            time.sleep(_POLL_SECONDS)

    def _tell(self, line: str) -> None:
        with self._lock:
            self._pipe.write(line.encode())
            self._pipe.flush()


@functools.cache
def reaper() -> Reaper:
    """The one reaper of this process, started when the first child is."""
    started = Reaper()
    atexit.register(started.close)
    return started


def reap(lines: IO[str]) -> None:
    """Keep the list until the pipe closes, then end what is left of it: ask first, insist after the grace time."""
    children: set[int] = set()
    for line in lines:
        change, pid = line[0], int(line[1:])
        if change == "+":
            children.add(pid)
        else:
            children.discard(pid)
    for pid in children:
        _send(pid, signal.SIGTERM)
    if sys.platform != "win32":  # there, SIGTERM was already the end of it
        deadline = time.monotonic() + _GRACE_SECONDS
        while time.monotonic() < deadline and any(_is_running(pid) for pid in children):
            time.sleep(_POLL_SECONDS)
        for pid in children:
            _send(pid, signal.SIGKILL)


def _send(pid: int, number: int) -> None:
    with contextlib.suppress(
        ProcessLookupError, PermissionError
    ):  # it has ended; its number may belong to another user
        os.kill(pid, number)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    reap(sys.stdin)
