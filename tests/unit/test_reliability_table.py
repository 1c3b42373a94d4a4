"""The tables in `docs/reliability.md`: every row is there, and shown by a test that there is, or has a reason."""

import ast
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
SECTION = "What goes wrong in practice"
ROWS: Mapping[str, int] = {
    "BigCommerce": 20,
    "Flexe": 15,
    "SAP": 21,
    "Intelligent Order Management": 20,
    "Finance + Operations": 20,
    "Dataverse": 22,
}
EXCUSE = "Does not apply: "


class Row(NamedTuple):
    number: int
    trouble: str
    answer: str
    tests: tuple[str, ...]


def read_tables() -> dict[str, list[Row]]:
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    section = re.split(r"^## ", text.split(f"\n## {SECTION}\n")[1], flags=re.MULTILINE)[0]
    titles_and_tables = re.split(r"^### (.+)$", section, flags=re.MULTILINE)[1:]
    return {
        title: [read_row(line) for line in table.splitlines() if re.match(r"\| \d", line)]
        for title, table in zip(titles_and_tables[::2], titles_and_tables[1::2], strict=True)
    }


def read_row(line: str) -> Row:
    number, trouble, answer, tests = (cell.strip() for cell in line.strip("|\n ").split("|"))
    return Row(int(number), trouble, answer, tuple(re.findall(r"`([^`]+)`", tests)))


@cache
def collected_from(path: str) -> frozenset[str]:
    """Read, not imported: what pytest would collect of a file of plain functions."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    module = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(node.name for node in module.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def missing(tests: Iterable[str]) -> list[str]:
    return [test for test in tests if test.partition("::")[2] not in collected_from(test.partition("::")[0])]


@pytest.mark.parametrize("sheet", ROWS)
def test_every_row_is_in_its_table_once(sheet: str):
    assert [row.number for row in read_tables()[sheet]] == list(range(1, ROWS[sheet] + 1))


def test_there_is_a_table_for_each_system_and_none_else():
    assert read_tables().keys() == ROWS.keys()


@pytest.mark.parametrize("sheet", ROWS)
def test_every_row_says_what_the_app_does_and_which_tests_show_it_or_why_it_does_not_apply(sheet: str):
    for row in read_tables()[sheet]:
        assert row.trouble, f"{sheet} {row.number} names no trouble"
        assert len(row.answer.removeprefix(EXCUSE)) > 10, f"{sheet} {row.number} has no answer, or no reason"
        assert bool(row.tests) is not row.answer.startswith(EXCUSE), f"{sheet} {row.number}: tests, or a reason"


@pytest.mark.parametrize("sheet", ROWS)
def test_every_test_that_is_named_exists(sheet: str):
    assert missing(test for row in read_tables()[sheet] for test in row.tests) == []


def test_a_test_that_does_not_exist_is_found():
    here = "tests/unit/test_reliability_table.py"
    named = [f"{here}::test_every_test_that_is_named_exists", f"{here}::test_of_nothing", "tests/nowhere.py::test_x"]

    assert missing(named) == named[1:]
