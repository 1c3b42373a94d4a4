"""What is published is the app and nothing else: what a merchant's test folder holds has no place in Azure."""

from fnmatch import fnmatch
from pathlib import Path

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
    published = {path.name for path in ROOT.iterdir() if not is_ignored(path)}

    assert published - HARMLESS == APP


def test_all_of_the_app_is_published():
    files = [path for name in APP for path in [ROOT / name, *(ROOT / name).rglob("*")]]

    left_out = [path for path in files if is_ignored(path) and "__pycache__" not in path.parts]

    assert left_out == []


def test_settings_with_secrets_are_not_published():
    assert is_ignored(ROOT / "local.settings.json")
    assert is_ignored(ROOT / ".sandbox")
