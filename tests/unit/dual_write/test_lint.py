"""What a filter is told off for before any row has met it."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.configuration import load_configuration
from shared.dual_write import DualWriteMap, Finding, lint, passes

MAPS = load_configuration(Path(__file__).parents[3] / "config").dual_write_maps
HEADERS, LINES = MAPS["headers"], MAPS["lines"]


def with_filter(text: str, map_: DualWriteMap = HEADERS, **changes: Any) -> DualWriteMap:
    return DualWriteMap.model_validate({**map_.model_dump(by_alias=True), "filter": text, **changes})


def found(text: str, **changes: Any) -> list[tuple[str, str, str, int]]:
    return [(each.kind, each.severity, each.clause, each.position) for each in lint(with_filter(text, **changes))]


def test_the_shipped_filters_are_sound():
    assert (lint(HEADERS), lint(LINES)) == ((), ())


def test_the_slip_in_the_printed_line_filter_is_named_with_what_was_meant():
    printed = LINES.filter_text.replace("_msdyn_company_value", "msdyn_company_value", 1)

    (finding,) = lint(with_filter(printed, LINES))

    assert finding == Finding(
        map="CDS sales order lines V2",
        kind="unknown_column",
        severity="error",
        clause="msdyn_company_value ne null",
        position=1,
        message="unknown column 'msdyn_company_value'; did you mean '_msdyn_company_value'?",
        suggestion="_msdyn_company_value",
    )


def test_a_finding_says_where_it_is_whatever_texts_come_before():
    (finding,) = lint(with_filter("name eq 'weather is ''weather''' and weather eq 1"))

    assert (finding.clause, finding.position) == ("weather eq 1", 38)
    assert str(finding) == ("CDS sales order headers: `weather eq 1` at position 38: unknown column 'weather'")


@pytest.mark.parametrize(
    ("text", "clause", "position"),
    [
        ("statuscode eq 1 and statuscode eq 2", "statuscode eq 2", 21),
        ("statuscode eq null and statuscode ne null", "statuscode ne null", 24),
        ("statuscode gt 5 and totalamount gt 0 and statuscode lt 3", "statuscode lt 3", 42),
        ("statuscode in (1, 2) and statuscode eq 3", "statuscode eq 3", 26),
        ("name eq 'a' and name eq 'b'", "name eq 'b'", 17),
        ("createdon lt 2024-01-01 and createdon gt 2024-02-01", "createdon gt 2024-02-01", 29),
        ("msdyn_isreadytosync and not msdyn_isreadytosync", "msdyn_isreadytosync", 29),
        ("statuscode eq 1 and (statuscode eq 2 or statuscode eq null)", "statuscode eq 2", 22),
        ("statuscode gt null", "statuscode gt null", 1),
    ],
)  # fmt: skip
def test_a_filter_that_no_row_can_pass_is_an_error_at_the_clause_that_makes_it_so(
    text: str, clause: str, position: int
):
    assert ("never_holds", "error", clause, position) in found(text)


def test_a_contradiction_of_three_clauses_is_told_of_the_filter():
    three = "(statuscode eq 1 or totalamount eq 1) and (statuscode eq 2 or totalamount eq 2) and statuscode eq 3"

    (finding,) = [each for each in lint(with_filter(three)) if each.severity == "error"]

    assert str(finding) == "CDS sales order headers: the filter: no row can pass it"


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        ("statuscode eq 1 and statuscode ne null", "statuscode ne null"),
        ("statuscode eq 1 and statuscode ne 2", "statuscode ne 2"),
        ("statuscode gt 5 and statuscode gt 3", "statuscode gt 3"),
    ],
)
def test_a_clause_that_holds_whenever_the_rest_does_makes_no_difference(text: str, clause: str):
    assert [(kind, severity, at) for kind, severity, at, _ in found(text)] == [("always_holds", "warning", clause)]


def test_a_side_of_an_or_that_never_matters_makes_no_difference():
    text = "statuscode eq 1 or (statuscode eq 2 and statuscode eq 3)"

    assert {(kind, severity) for kind, severity, _, _ in found(text)} == {("never_holds", "warning")}


@pytest.mark.parametrize(
    "text",
    [
        "contains(name, 'a') and contains(name, 'b')",
        "name gt 'a' and name lt 'b'",
        "startswith(name, 'BC') or name eq null",
        "statuscode ne 1 and statuscode ne 2",
        "statuscode ge 1 and statuscode le 1",
        "createdon gt 2024-01-01 and createdon lt 2024-01-02",
        "not (statuscode eq 1)",
        " and ".join(f"contains(name, '{n}')" for n in range(20)),
    ],
)
def test_what_can_hold_is_not_reported(text: str):
    assert found(text) == []


def test_a_column_that_nothing_sets_is_a_warning():
    assert found("msdyn_externalorderid ne null") == [
        ("nothing_sets", "warning", "msdyn_externalorderid ne null", 1),
    ]  # fmt: skip
    assert found("msdyn_externalorderid eq null") == []
    assert found("not (msdyn_externalorderid eq 'x')") == []


def test_a_column_is_set_when_the_map_or_set_by_says_so():
    said = {"msdyn_externalorderid": {"note": "order intake writes it"}}

    assert found("msdyn_externalorderid ne null", set_by=said) == []
    assert found("shipto_city ne null and statuscode eq 1") == []


def test_a_value_that_the_map_itself_gives_otherwise_is_a_warning():
    (finding,) = lint(with_filter("msdyn_ordertype eq 690970002"))

    assert finding.message == "the map gives every row from F&O the value 192350000"


def test_a_policy_that_sets_nothing_satisfies_no_clause():
    (finding,) = lint(HEADERS, {"Assign order data": "no published flow runs it"})

    assert (finding.clause, finding.severity) == ("_msdyn_company_value ne null", "warning")
    assert finding.message == "policy 'Assign order data' should set it, but no published flow runs it"


_VALUES = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["a", "B", "c d", ""]))
_COLUMNS = st.sampled_from(["statuscode", "totalamount", "name"])


def _literal(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"'{value}'" if isinstance(value, str) else str(value)


_COMPARISON = st.builds(
    lambda column, op, value: f"{column} {op} {_literal(value)}",
    _COLUMNS, st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]), _VALUES,
)  # fmt: skip
_FILTERS = st.recursive(
    _COMPARISON | st.builds(lambda column, text: f"contains({column}, '{text}')", _COLUMNS, st.sampled_from("ab")),
    lambda inner: st.one_of(
        st.builds(lambda a, op, b: f"({a} {op} {b})", inner, st.sampled_from(["and", "or"]), inner),
        st.builds(lambda a: f"not ({a})", inner),
    ),
    max_leaves=5,
)
_ROWS = st.fixed_dictionaries({"statuscode": _VALUES, "totalamount": _VALUES, "name": _VALUES})


@given(_FILTERS, _ROWS)
def test_no_row_passes_a_filter_that_is_said_to_let_none_pass(text: str, row: dict[str, Any]):
    map_ = with_filter(text)

    if any(each.kind == "never_holds" and each.severity == "error" for each in lint(map_)):
        assert not passes(map_, row)
