"""A lock between processes that the system frees when its holder dies. Standard library only, see `node.py`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Waits until no other process holds the lock."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        _lock(file, wait=True)
        yield


def try_lock(path: Path) -> IO[bytes] | None:
    """The lock, held until the file is closed, or None while another process holds it."""
    file = path.open("ab")
    try:
        _lock(file, wait=False)
    except OSError:
        file.close()
        return None
    return file


def _lock(file: IO[bytes], *, wait: bool) -> None:
    if sys.platform == "win32":
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
