"""Orchestrations are replayed: their code may not touch a clock, chance or the outside."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

FLOWS = Path(__file__).parents[2] / "shared" / "flows"
ALLOWED_IMPORTS = {
    "azure.durable_functions",
    "collections",
    "datetime.timedelta",
    "json",
    "shared.domain",
    "shared.flows",
    "typing",
}
FORBIDDEN_CALLS = {"now", "utcnow", "today", "sleep", "open", "print", "input", "id", "hash", "getenv", "urandom"}


def breaches(source: str) -> list[str]:
    """What of this code would make a replay differ."""
    return [breach for node in ast.walk(ast.parse(source)) for breach in _breaches(node)]


def _breaches(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if not _is_allowed(alias.name))
    if isinstance(node, ast.ImportFrom):
        imported = (f"{node.module}.{alias.name}" for alias in node.names)
        yield from (name for name in imported if not _is_allowed(name))
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in FORBIDDEN_CALLS:
            yield f"{name}()"
    if isinstance(node, ast.AsyncFunctionDef | ast.Await):
        yield "async"
    if isinstance(node, ast.Global | ast.Nonlocal):
        yield "global state"


def _is_allowed(name: str) -> bool:
    return any(name == allowed or name.startswith(f"{allowed}.") for allowed in ALLOWED_IMPORTS)


@pytest.mark.parametrize("path", sorted(FLOWS.rglob("*.py")), ids=lambda path: path.name)
def test_a_flow_does_the_same_whenever_it_is_replayed(path: Path):
    assert breaches(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "code",
    [
        "import time",
        "import random, json",
        "import datetime",
        "from datetime import datetime",
        "from uuid import uuid4",
        "import os.path",
        "from os import environ",
        "import requests",
        "import logging",
        "from shared.store.tables import open_tables",
        "context.current_utc_datetime.now()",
        "open('x')",
        "async def flow(): ...",
        "def f():\n    global n",
    ],
)
def test_the_check_finds_what_would_differ(code: str):
    assert breaches(code)
