"""Dual-write filters: what each comparison means, and which texts are no filters."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.dual_write import MalformedFilter, parse_filter

ORDER_TYPE = "msdyn_ordertype eq 192350000"
SITE = "9a1d2c3e-0000-4000-8000-0000000000aa"


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("x eq null", None, True),
        ("x eq null", "", False),
        ("x eq null", 0, False),
        ("x ne null", None, False),
        ("x ne null", "", True),
        ("x ne null", SITE, True),
        ("x eq 5", None, False),
        ("x ne 5", None, True),
        ("x ne 192350001", 192350001, False),
        ("x ne 192350001", 192350002, True),
        ("x eq 5", 5, True),
        ("x eq 5", 5.0, True),
        ("x eq 5", Decimal("5.00"), True),
        ("x eq 0.1", 0.1, True),
        ("x eq 5", "5", None),
        ("x ne 5", "5", None),
        ("x eq '5'", 5, None),
        ("x eq true", True, True),
        ("x eq true", False, False),
        ("x eq true", None, False),
        ("x eq true", 1, None),
        ("x eq 1", True, None),
        ("x", True, True),
        ("x", None, False),
        ("not x", False, True),
        ("x eq 'usmf'", "USMF", True),
        ("x eq 'O''Hara'", "o'hara", True),
        ("x eq ''", "", True),
        ("x eq ''", None, False),
        (f"x eq {SITE}", SITE.upper(), True),
        ("x gt 5", 6, True),
        ("x gt 5", None, None),
        ("not (x gt 5)", None, None),
        ("x le 5", 5, True),
        ("5 lt x", 6, True),
        ("5 ge x", 6, False),
        ("null ne x", None, False),
        ("x gt null", 5, None),
        ("x in (1, 2)", 2, True),
        ("x in (1, 2)", 3, False),
        ("x in (1, 2)", None, False),
        ("x in (1, null)", None, True),
        ("contains(x,'ber')", "Oberursel", True),
        ("startswith(x,'BC-')", "bc-10427", True),
        ("endswith(x,'-1')", "BC-2", False),
        ("contains(x,'a')", None, None),
        ("x ge 2026-01-01", "2026-01-01T00:00:00Z", True),
        ("x lt 2026-01-01T12:00:00Z", "2026-01-01T11:59:59+00:00", True),
        ("x lt 2026-01-01T12:00:00Z", datetime(2026, 1, 1, 11, tzinfo=UTC), True),
        ("x lt 2026-01-01T12:00:00Z", "soon", None),
        ("x ne 2026-01-01T12:00:00Z", "soon", None),
        ("x ne 2026-01-01T12:00:00Z", None, True),
        ("x eq -3", -3, True),
    ],
)
def test_a_comparison_is_true_false_or_unknown(text: str, value: Any, expected: bool | None):
    assert parse_filter(text).holds({"x": value}) is expected


def test_a_column_the_row_does_not_have_is_null():
    assert parse_filter("x eq null").holds({}) is True


TRUE, FALSE, UNKNOWN = "a eq 1", "a eq 2", "nothing gt 1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{TRUE} and {UNKNOWN}", None),
        (f"{FALSE} and {UNKNOWN}", False),
        (f"{UNKNOWN} and {FALSE}", False),
        (f"{TRUE} or {UNKNOWN}", True),
        (f"{FALSE} or {UNKNOWN}", None),
        (f"{UNKNOWN} or {TRUE}", True),
        (f"not ({UNKNOWN})", None),
        (f"not ({FALSE})", True),
        (f"{TRUE} or {TRUE} and {FALSE}", True),
        (f"({TRUE} or {TRUE}) and {FALSE}", False),
        (f"not ({FALSE} or not ({TRUE}))", True),
        (f"{TRUE}\n  and {TRUE}", True),
    ],
)
def test_and_or_not_follow_three_valued_logic(text: str, expected: bool | None):
    assert parse_filter(text).holds({"a": 1}) is expected


@given(st.recursive(st.sampled_from([TRUE, FALSE, UNKNOWN]), lambda inner: st.tuples(inner, inner), max_leaves=6))
def test_not_of_an_or_is_the_and_of_nots(tree: Any):
    def written(node: Any, join: str, *, negated: bool) -> str:
        if isinstance(node, str):
            return f"not ({node})" if negated else f"({node})"
        return f"({written(node[0], join, negated=negated)} {join} {written(node[1], join, negated=negated)})"

    outside = parse_filter(f"not {written(tree, 'or', negated=False)}")
    inside = parse_filter(written(tree, "and", negated=True))

    assert outside.holds({"a": 1}) is inside.holds({"a": 1})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "the filter is empty"),
        ("   ", "the filter is empty"),
        (f"{ORDER_TYPE} and", r"position 30, near 'and'"),
        (f"({ORDER_TYPE}", r"position 30, near 'the end'"),
        (f"{ORDER_TYPE})", r"position 29, near '\)'"),
        ("msdyn_ordertype = 192350000", "position 17, near '= 192350000'"),
        ("statuscode ne #", "position 15, near '#'"),
        ("statuscode ne 100003 && x eq 1", "position 22, near '&&"),
        ("unheard_of(x)", "Unknown function"),
        ("contains(x)", "takes 2 arguments"),
        ("tolower(x) eq 'a'", "not a comparison of a column"),
        ("a eq b", "a value that a filter can hold"),
        ("1 eq 1", "not a comparison of a column"),
        ("not x eq 1", "not a comparison of a column"),
        ("x add 1 eq 2", "not a comparison of a column"),
        ("customerid/name eq 'x'", "not a comparison of a column"),
        ("order_details/any(l:l/quantity gt 1)", "not a comparison of a column"),
        ("x eq 2026-02-31", "a value that a filter can hold"),
        ("x eq duration'P1D'", "a value that a filter can hold"),
    ],
)
def test_a_text_that_is_no_filter_is_refused_and_says_where(text: str, complaint: str):
    with pytest.raises(MalformedFilter, match=complaint):
        parse_filter(text)


@given(st.text(alphabet="ax ()='12,/\n-eqnordatl", max_size=40))
def test_whatever_is_pasted_is_a_filter_or_refused_as_one(text: str):
    try:
        verdict = parse_filter(text).holds({"a": 1})
    except MalformedFilter:
        return

    assert verdict in {True, False, None}
