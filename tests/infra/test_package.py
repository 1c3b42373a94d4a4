"""What is published is the app and nothing else: tests, stand-ins and what is kept locally have no place in Azure."""

import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IGNORED = (ROOT / ".funcignore").read_text(encoding="utf-8").split()
APP = {"config", "functions", "shared", "function_app.py", "host.json", "requirements.txt"}
HARMLESS = {".funcignore", "LICENSE"}


def is_ignored(path: Path) -> bool:
    """A pattern without a slash fits a name at any depth."""
    return any(fnmatch(part, pattern) for part in path.relative_to(ROOT).parts for pattern in IGNORED)


def test_patterns_are_names_only():
    assert not [pattern for pattern in IGNORED if "/" in pattern or pattern.startswith("!")]


def test_nothing_but_the_app_is_published():
    """Of what the repository has: a file of one's own that lies about is one's own affair."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    command = ["git", "-C", str(ROOT), "ls-files"]
    files = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()  # noqa: S603 - our own

    published = {Path(file).parts[0] for file in files if not is_ignored(ROOT / file)}

    assert published - HARMLESS == APP


def test_all_of_the_app_is_published():
    files = [path for name in APP for path in [ROOT / name, *(ROOT / name).rglob("*")]]

    left_out = [path for path in files if is_ignored(path) and "__pycache__" not in path.parts]

    assert left_out == []


def test_settings_with_secrets_are_not_published():
    assert is_ignored(ROOT / "local.settings.json")
    assert is_ignored(ROOT / ".sandbox")
