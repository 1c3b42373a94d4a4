"""What each operator means, value by value."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.policies.comparison import check_operands, holds
from shared.policies.fields import Field, field_of

COMPANY = field_of("order", "company")
CITY = field_of("order", "ship_to.city")
TOTAL = field_of("order", "total")
PLACED = field_of("order", "placed_at")
LINES = field_of("order", "lines")
DIGITAL = field_of("order_line", "digital")
SOURCE_SITE = field_of("order_line", "fulfillment_source.shipping_site")
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)

SEMANTICS: list[tuple[Field, str, Any, Any, bool]] = [
    (COMPANY, "eq", "USMF", "USMF", True),
    (COMPANY, "eq", "usmf", "USMF", True),
    (COMPANY, "eq", "DEMF", "USMF", False),
    (COMPANY, "eq", None, "USMF", False),
    (COMPANY, "eq", "", "USMF", False),
    (COMPANY, "ne", "DEMF", "USMF", True),
    (COMPANY, "ne", "usmf", "USMF", False),
    (COMPANY, "ne", None, "USMF", True),
    (COMPANY, "ne", "", "USMF", True),
    (COMPANY, "in", "usmf", ["DEMF", "USMF"], True),
    (COMPANY, "in", None, ["DEMF", "USMF"], False),
    (COMPANY, "not_in", "usmf", ["DEMF", "USMF"], False),
    (COMPANY, "not_in", "FRRT", ["DEMF", "USMF"], True),
    (COMPANY, "not_in", None, ["DEMF", "USMF"], True),
    (COMPANY, "has_data", "USMF", None, True),
    (COMPANY, "has_data", None, None, False),
    (COMPANY, "has_data", "", None, False),
    (COMPANY, "has_data", "  ", None, False),
    (COMPANY, "has_no_data", "USMF", None, False),
    (COMPANY, "has_no_data", None, None, True),
    (COMPANY, "has_no_data", "", None, True),
    (COMPANY, "eq", "2", 2, True),
    (CITY, "eq", "KÖLN", "köln", True),
    (CITY, "gt", "Portland", "oslo", True),
    (CITY, "gt", "", "Oslo", False),
    (CITY, "lt", "", "Oslo", False),
    (TOTAL, "eq", Decimal("10.00"), "10", True),
    (TOTAL, "eq", Decimal("10.00"), 10, True),
    (TOTAL, "ne", Decimal("10.01"), Decimal("10"), True),
    (TOTAL, "gt", Decimal(9), "10", False),
    (TOTAL, "gt", Decimal(100), "9", True),
    (TOTAL, "ge", Decimal(10), "10", True),
    (TOTAL, "lt", Decimal("9.99"), 10, True),
    (TOTAL, "le", Decimal("10.01"), 10, False),
    (TOTAL, "lt", None, 10, False),
    (TOTAL, "gt", None, 10, False),
    (TOTAL, "in", Decimal("1.0"), [1, 2], True),
    (TOTAL, "has_data", Decimal(0), None, True),
    (PLACED, "ge", NEW_YEAR, "2026-01-01", True),
    (PLACED, "lt", NEW_YEAR, "2026-01-01T01:00:00+01:00", False),
    (PLACED, "gt", None, "2026-01-01", False),
    (LINES, "has_data", (), None, False),
    (LINES, "has_no_data", (), None, True),
    (DIGITAL, "eq", True, True, True),
    (DIGITAL, "eq", False, True, False),
    (DIGITAL, "ne", False, True, True),
    (DIGITAL, "has_data", False, None, True),
    (SOURCE_SITE, "has_data", None, None, False),
    (SOURCE_SITE, "eq", "2", 2, True),
]


@pytest.mark.parametrize(("field", "op", "actual", "wanted", "expected"), SEMANTICS)
def test_an_operator_means_what_the_table_says(field: Field, op: Any, actual: Any, wanted: Any, expected: bool):
    check_operands(field, op, wanted)

    assert holds(field, op, actual, wanted) is expected


@pytest.mark.parametrize(
    ("field", "op", "wanted", "complaint"),
    [
        (COMPANY, "gt", "A", "refers to a record"),
        (DIGITAL, "lt", True, "is true or false"),
        (DIGITAL, "eq", "yes", "no flag"),
        (COMPANY, "eq", None, "no lookup|no text"),
        (COMPANY, "eq", ["USMF"], "one value"),
        (COMPANY, "eq", "", "has_no_data"),
        (COMPANY, "eq", True, "True is no text"),
        (COMPANY, "has_data", "USMF", "takes no value"),
        (COMPANY, "in", "USMF", "a list of values"),
        (COMPANY, "in", [], "a list of values"),
        (TOTAL, "gt", "much", "is no number"),
        (TOTAL, "gt", "NaN", "is no number"),
        (TOTAL, "gt", True, "is no number"),
        (TOTAL, "in", [1, "x"], "'x' is no number"),
        (PLACED, "gt", "yesterday", "no ISO 8601"),
        (LINES, "eq", 1, "only has_data and has_no_data"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused(field: Field, op: Any, wanted: Any, complaint: str):
    with pytest.raises(ValueError, match=complaint):
        check_operands(field, op, wanted)


@given(actual=st.decimals(allow_nan=False, allow_infinity=False), wanted=st.decimals(-1000, 1000))
def test_a_number_is_exactly_one_of_less_equal_and_greater(actual: Decimal, wanted: Decimal):
    verdicts = [holds(TOTAL, op, actual, wanted) for op in ("lt", "eq", "gt")]

    assert verdicts.count(True) == 1
    assert holds(TOTAL, "le", actual, wanted) is not holds(TOTAL, "gt", actual, wanted)


@given(actual=st.none() | st.text(max_size=5), wanted=st.text(min_size=1, max_size=5).filter(str.strip))
def test_not_equal_is_always_the_opposite_of_equal(actual: str | None, wanted: str):
    assert holds(CITY, "ne", actual, wanted) is not holds(CITY, "eq", actual, wanted)
    assert holds(CITY, "not_in", actual, [wanted]) is not holds(CITY, "in", actual, [wanted])
    assert holds(CITY, "has_no_data", actual, None) is not holds(CITY, "has_data", actual, None)


@given(st.text(alphabet=st.characters(codec="ascii", exclude_categories=["C"]), min_size=1).filter(str.strip))
def test_the_case_of_text_never_matters(text: str):
    assert holds(CITY, "eq", text.upper(), text.lower())
