"""Old runs are removed, a run that is still going on never is."""

import shutil
from pathlib import Path
from typing import IO

import pytest

from sandbox import run_folder
from sandbox.file_lock import locked, try_lock
from sandbox.run_folder import RunFolder, prune


def test_only_the_newest_runs_are_kept(tmp_path: Path):
    for day in range(1, 6):
        (tmp_path / f"2026010{day}-000000").mkdir()

    prune(tmp_path, kept=2)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["20260104-000000", "20260105-000000"]


def test_a_run_that_goes_on_is_not_removed(tmp_path: Path):
    with RunFolder(tmp_path) as running:
        (tmp_path / "99990101-000000").mkdir()

        prune(tmp_path, kept=1)

        assert running.path.exists()


def test_a_run_that_has_ended_is_removed(tmp_path: Path):
    with RunFolder(tmp_path) as ended:
        (tmp_path / "99990101-000000").mkdir()

    prune(tmp_path, kept=1)

    assert not ended.path.exists()


def test_a_run_that_another_one_prunes_at_the_same_moment_is_just_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for day in range(1, 4):
        (tmp_path / f"2026010{day}-000000").mkdir()

    def pruned_meanwhile(lock: Path) -> IO[bytes] | None:
        if lock.parent.name == "20260101-000000":
            shutil.rmtree(lock.parent)
        return try_lock(lock)

    monkeypatch.setattr(run_folder, "try_lock", pruned_meanwhile)

    prune(tmp_path, kept=1)

    assert [path.name for path in tmp_path.iterdir()] == ["20260103-000000"]


def test_a_lock_is_free_again_once_its_holder_lets_go(tmp_path: Path):
    with locked(tmp_path / "lock"):
        assert try_lock(tmp_path / "lock") is None

    lock = try_lock(tmp_path / "lock")

    assert lock is not None
    lock.close()
