"""One entry of a configuration file is changed, and what else people wrote stays as it is."""

from functools import reduce
from typing import Any

import pytest

from shared.configuration.editing import NotEditable, with_entry, without_entry

FLOWS = """\
# Which orders each flow takes.

one:
  published: true # since March
  waits: &waits
    "*": 259200
two:
  published: "no"
  waits: *waits
"""


def test_an_entry_is_changed_and_nothing_else():
    assert with_entry(FLOWS, ["one", "published"], False) == FLOWS.replace("published: true #", "published: false #")


def test_an_entry_is_added_to_an_empty_group_and_to_one_that_is_missing():
    assert with_entry("a: {}\n", ["a", "b"], "c") == "a:\n  b: c\n"
    assert with_entry("a:\n", ["b", "c"], {"d": "e"}) == "a:\nb:\n  c:\n    d: e\n"


@pytest.mark.parametrize("value", ["024", "NO", "true", "2026-03-02", "1.50", "", "a: b", "# no comment", "ö 倉庫"])
def test_a_text_stays_that_text_whatever_it_looks_like(value: str):
    edited = with_entry("a: b\n", ["products", value], value)

    assert without_entry(edited, ["products", value]) == "a: b\nproducts: {}\n"
    assert with_entry(edited, ["products", value], value) == edited


def test_an_entry_is_taken_out_once_and_once_more_without_a_difference():
    without = without_entry(FLOWS, ["two", "published"])

    assert without == FLOWS.replace('  published: "no"\n', "")
    assert without_entry(without, ["two", "published"]) == without


def test_what_would_change_more_than_the_entry_is_refused():
    with pytest.raises(NotEditable, match=r"one\.waits\.\* cannot be changed without changing more than it"):
        with_entry(FLOWS, ["one", "waits", "*"], 1)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (reduce(lambda inner, _: {"a": inner}, range(60), 1), "this is nested deeper than 50 levels"),
        (reduce(lambda inner, _: {"a": inner}, range(900), 1), "this is nested too deep"),
        ("\ud800", "found invalid Unicode character escape code"),
    ],
    ids=["deep", "too deep to be written", "half of a pair"],
)
def test_a_value_that_could_not_be_read_again_is_refused(value: Any, why: str):
    with pytest.raises(NotEditable, match=f"one.extra cannot be written: {why}"):
        with_entry(FLOWS, ["one", "extra"], value)


def test_a_path_through_what_holds_no_entries_is_refused():
    with pytest.raises(NotEditable, match=r"one\.published holds no entries by name"):
        with_entry(FLOWS, ["one", "published", "since"], "March")
    with pytest.raises(NotEditable, match="the file holds no entries"):
        with_entry("- a\n", ["a"], 1)
