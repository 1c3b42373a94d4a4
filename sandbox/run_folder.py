"""One folder per run under `.sandbox/runs`: Azurite's data, a log per process, and old runs pruned."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from sandbox.file_lock import try_lock

RUNS = Path(__file__).parent.parent / ".sandbox" / "runs"
_KEPT = 10


class RunFolder:
    """A folder that is locked for as long as its run lasts, so another run does not prune it."""

    def __init__(self, runs: Path = RUNS) -> None:
        self.path = runs / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}-{os.urandom(2).hex()}"
        self.path.mkdir(parents=True)
        self._lock = try_lock(self.path / "lock")

    def __enter__(self) -> Self:
        prune(self.path.parent)
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock:
            self._lock.close()

    def log(self, name: str) -> Path:
        return self.path / f"{name}.log"


def prune(runs: Path, kept: int = _KEPT) -> None:
    """Removes all but the newest `kept` runs; one that still runs is never removed."""
    for folder in sorted(path for path in runs.iterdir() if path.is_dir())[:-kept]:
        try:
            lock = try_lock(folder / "lock")
        except FileNotFoundError:  # another run has just pruned it
            continue
        if lock:
            lock.close()
            shutil.rmtree(folder, ignore_errors=True)  # another run may be pruning it too
