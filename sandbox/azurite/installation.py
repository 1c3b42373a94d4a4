"""Azurite from npm, installed once per lock file into `.sandbox/azurite`."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from sandbox.file_lock import locked
from sandbox.node import find_node

HERE = Path(__file__).parent
INSTALLED = HERE.parent.parent / ".sandbox" / "azurite"
_NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


class InstallFailed(RuntimeError):
    """npm could not install Azurite; the message carries npm's own."""


def install(target: Path = INSTALLED) -> Path:
    """The script to run with Node. Installs it when `target` does not hold what the lock file says.

    Raises InstallFailed or NodeMissing. Safe to call from many processes at once.
    """
    script = target / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
    wanted = _fingerprint()
    if _installed(target) != wanted:
        with locked(target / "lock"):
            if _installed(target) != wanted:
                _npm_ci(target)
                _stamp(target).write_text(wanted)
    return script


def _npm_ci(target: Path) -> None:
    print("installing Azurite from npm (once)...", file=sys.stderr, flush=True)
    node = find_node()
    _stamp(target).unlink(missing_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(HERE / name, target / name)
    npm = subprocess.run(  # noqa: S603 - npm of the Node chosen above
        [*node.npm, *_NPM_CI], cwd=target, env=node.environment(), capture_output=True, text=True, check=False
    )
    if npm.returncode:
        raise InstallFailed(f"npm ci in {target} ended with exit code {npm.returncode}:\n{npm.stderr.strip()}")


def _fingerprint() -> str:
    return hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()


def _stamp(target: Path) -> Path:
    return target / "installed-from"


def _installed(target: Path) -> str | None:
    stamp = _stamp(target)
    return stamp.read_text() if stamp.exists() else None
