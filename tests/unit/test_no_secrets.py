"""No secret is in the repository: what looks like one is refused, but for Azurite's key, which everybody knows."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

# What Azurite and the storage emulator have as their account key since 2009.
PUBLIC = {"Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="}
KINDS = {
    "private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "storage account key": r"(?<![A-Za-z0-9+/])(?<!sha512-)[A-Za-z0-9+/]{86}==",
    "shared access signature": r"[?&;]sig=[A-Za-z0-9%+/]{40,}",
    "client secret of Entra ID": r"(?<![\w~.-])[\w~.-]{3}[78]Q~[\w~.-]{31,34}(?![\w~.-])",
    "token of GitHub": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{60,})",
    "token of PyPI or npm": r"\b(?:pypi-AgE[\w-]{50,}|npm_[A-Za-z0-9]{36})",
    "access key of AWS": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "API key": r"\b(?:sk_live_[A-Za-z0-9]{20,}|AIza[\w-]{35}|xox[abprs]-[A-Za-z0-9-]{20,}|SG\.[\w-]{20,}\.[\w-]{20,})",
    "JSON Web Token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",
    "function key": r"\b[A-Za-z0-9_-]{44}AzFu[A-Za-z0-9_-]{4,}==",
    "password in an address": r"\b[a-z][a-z0-9+.-]*://[^\s/:@'\"{}<>$]+:[^\s/@'\"{}<>$]{8,}@(?![a-z0-9.-]*\bexample\b)[a-z0-9-]+\.[a-z]",
}


def secrets_in(text: str) -> Iterator[tuple[str, int]]:
    """Kind and line, so that a report shows no secret."""
    for kind, pattern in KINDS.items():
        for found in re.finditer(pattern, text):
            if found[0].strip("?&;") not in PUBLIC:
                yield kind, text.count("\n", 0, found.start()) + 1


def tracked() -> list[Path]:
    """Those of the checkout; of an unpacked archive, all that is not made by tools."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 - whichever git there is
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    names = [name for name in listed.stdout.decode().split("\0") if name]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def test_no_file_of_the_repository_holds_a_secret():
    files = tracked()
    if not files:
        pytest.skip("this is no checkout")

    found = {
        (str(path.relative_to(ROOT)), *secret)
        for path in files
        if path != Path(__file__)
        for secret in secrets_in(path.read_text(encoding="utf-8", errors="replace"))
    }

    assert len(files) > 300
    assert found == set()


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("private key", "-----BEGIN RSA " + "PRIVATE KEY-----"),
        ("storage account key", "AccountKey=" + "a1B+" * 21 + "zz==;"),
        ("shared access signature", "https://x.blob.core.windows.net/c?sv=1&sig=" + "aB1%2F" * 8),
        ("client secret of Entra ID", "secret: abc8Q~" + "a1.-" * 8 + "ab"),
        ("token of GitHub", "ghp_" + "a1B2" * 9),
        ("token of PyPI or npm", "npm_" + "a1B2" * 9),
        ("access key of AWS", "AKIA" + "ABCD" * 4),
        ("API key", "sk_live_" + "a1B2" * 6),
        ("JSON Web Token", "eyJ" + "hbGciOiJIUzI1.eyJ" + "zdWIiOiIxMjM0.SflKxwRJSMeKKF2QT4"),
        ("function key", "a1B2" * 11 + "AzFu" + "abcdef=="),
        ("password in an address", "https://user:" + "hunter22@contoso.com"),
    ],
)
def test_each_kind_of_secret_is_recognized(kind: str, text: str):
    assert kind in [found for found, _ in secrets_in(text)]


def test_what_everybody_knows_is_no_secret():
    assert [*secrets_in(f"AccountKey={next(iter(PUBLIC))};")] == []
