"""Each operator on each kind of field, with a value, another one and none; and no operator where it makes no sense."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from shared.policies import Policy
from shared.policies.comparison import DATA_OPERATORS, LIST_OPERATORS, Operator, check_operands, holds
from shared.policies.fields import Field, Kind, field_of
from tests.unit.policies.orders import a_line

OPERATORS: tuple[Operator, ...] = get_args(Operator)
ALL = frozenset(OPERATORS)
SAME_OR_NOT = frozenset({"eq", "ne", "in", "not_in", "has_data", "has_no_data"})
THERE_OR_NOT = frozenset({"has_data", "has_no_data"})

FIELDS: dict[Kind, Field] = {
    "text": field_of("order", "ship_to.city"),
    "lookup": field_of("order", "company"),
    "number": field_of("order_line", "quantity"),
    "moment": field_of("order", "placed_at"),
    "flag": field_of("order_line", "digital"),
    "children": field_of("order", "lines"),
}
APPLYING: dict[Kind, frozenset[str]] = {
    "text": ALL, "number": ALL, "moment": ALL, "lookup": SAME_OR_NOT, "flag": SAME_OR_NOT, "children": THERE_OR_NOT,
}  # fmt: skip

EQUAL, UNEQUAL, NOTHING = "eq in has_data", "ne not_in has_data", "ne not_in has_no_data"
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)

# A value, what rows compare it with, and the operators that are true of them.
TRUTH: list[tuple[Kind, Any, Any, str]] = [
    ("text", "OSLO", "Oslo", f"{EQUAL} ge le"),
    ("text", "Bergen", "oslo", f"{UNEQUAL} lt le"),
    ("text", "Portland", "oslo", f"{UNEQUAL} gt ge"),
    ("text", "", "Oslo", NOTHING),
    ("text", "  ", "Oslo", NOTHING),
    ("text", None, "Oslo", NOTHING),
    ("lookup", "usmf", "USMF", EQUAL),
    ("lookup", "DEMF", "USMF", UNEQUAL),
    ("lookup", None, "USMF", NOTHING),
    ("number", Decimal("10.00"), 10, f"{EQUAL} ge le"),
    ("number", Decimal("9.99"), "10", f"{UNEQUAL} lt le"),
    ("number", Decimal(100), 9, f"{UNEQUAL} gt ge"),
    ("number", Decimal(0), 9, f"{UNEQUAL} lt le"),
    ("number", None, 10, NOTHING),
    ("moment", NEW_YEAR, "2026-01-01", f"{EQUAL} ge le"),
    ("moment", NEW_YEAR, "2026-01-01T01:00:00+01:00", f"{EQUAL} ge le"),
    ("moment", datetime(2025, 12, 31, 23, 59, tzinfo=UTC).replace(tzinfo=None), "2026-01-01", f"{UNEQUAL} lt le"),
    ("moment", NEW_YEAR, "2025-12-31T23:59:59Z", f"{UNEQUAL} gt ge"),
    ("moment", None, "2026-01-01", NOTHING),
    ("flag", True, True, EQUAL),
    ("flag", False, True, UNEQUAL),
    ("flag", None, True, NOTHING),
    ("children", (a_line(),), None, "has_data"),
    ("children", (), None, "has_no_data"),
]


def asked(op: Operator, wanted: Any) -> Any:
    if op in DATA_OPERATORS:
        return None
    return [wanted] if op in LIST_OPERATORS else wanted


def makes_sense(kind: Kind, op: Operator, wanted: Any) -> bool:
    try:
        check_operands(FIELDS[kind], op, asked(op, wanted))
    except ValueError:
        return False
    return True


def test_the_fields_are_of_the_kinds_they_stand_for():
    assert {kind: field.kind for kind, field in FIELDS.items()} == {kind: kind for kind in get_args(Kind)}


@pytest.mark.parametrize(("kind", "actual", "wanted", "true"), TRUTH)
def test_of_a_value_exactly_these_operators_are_true(kind: Kind, actual: Any, wanted: Any, true: str):
    field = FIELDS[kind]

    found = {op for op in OPERATORS if op in APPLYING[kind] and holds(field, op, actual, asked(op, wanted))}

    assert found == set(true.split())


@pytest.mark.parametrize("kind", get_args(Kind))
def test_an_operator_is_accepted_exactly_where_it_makes_sense(kind: Kind):
    wanted = next((wanted for each, _, wanted, _ in TRUTH if each == kind and wanted is not None), "anything")

    assert {op for op in OPERATORS if makes_sense(kind, op, wanted)} == APPLYING[kind]


@pytest.mark.parametrize(
    ("entity", "row", "complaint"),
    [
        ("order", {"field": "company", "op": "gt", "value": "A"}, "company refers to a record: gt does not apply"),
        ("order_line", {"field": "digital", "op": "le", "value": True}, "digital is true or false: le does not apply"),
        ("order", {"field": "lines", "op": "eq", "value": "x"}, "lines are records: only has_data and has_no_data"),
        ("fulfillment_order_line", {"field": "order_line.product", "op": "lt", "value": "x"}, "refers to a record"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused_with_field_and_value(entity: str, row: dict[str, Any], complaint: str):
    rules = [{"name": "rule", "when": {"groups": [{"rows": [row]}]}}]

    with pytest.raises(ValidationError, match=complaint) as refused:
        Policy.model_validate({"name": "P", "kind": "execution", "entity": entity, "rules": rules})

    (mistake,) = refused.value.errors()
    assert mistake["loc"] == ("rules", 0, "when", "groups", 0, "rows", 0)
    assert str(mistake["input"]).startswith(f"{row['field']} {row['op']}")


def test_an_operator_that_is_none_is_refused_by_name():
    rules = [{"name": "rule", "when": {"rows": [{"field": "company", "op": "equals", "value": "USMF"}]}}]

    with pytest.raises(ValidationError) as refused:
        Policy.model_validate({"name": "P", "kind": "execution", "entity": "order", "rules": rules})

    (mistake,) = refused.value.errors()
    assert (mistake["loc"], mistake["input"]) == (("rules", 0, "when", "rows", 0, "op"), "equals")
