"""Asynchronous functions share one thread with all others: what may wait for the store is done in threads."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

FUNCTIONS = sorted((Path(__file__).parents[2] / "functions").glob("*.py"))


def asked_on_the_event_loop(tree: ast.AST) -> Iterator[str]:
    """`services()` called by an asynchronous function itself: it may ask the store which configuration counts."""
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)):
        threaded = [node for node in ast.walk(function) if isinstance(node, ast.FunctionDef | ast.Lambda)]
        elsewhere = {id(node) for each in threaded for node in ast.walk(each)}
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "services" and id(node) not in elsewhere:
                yield f"{function.name}, line {node.lineno}"


@pytest.mark.parametrize("path", FUNCTIONS, ids=lambda path: path.stem)
def test_no_function_waits_for_the_store_on_the_event_loop(path: Path):
    assert [*asked_on_the_event_loop(ast.parse(path.read_text(encoding="utf-8")))] == []


def test_a_function_that_would_is_found():
    tree = ast.parse("async def run(name):\n    return await to_thread(services().jobs.run, name)")

    assert [*asked_on_the_event_loop(tree)] == ["run, line 2"]
