"""How a value of an order is compared with what a policy row asks for.

The documented operators, and `in` / `not_in` as short forms of "equals one of" and "equals none of". What they mean at
the edges is not documented; this is our reading (reference: iom.md section 5):
* text is compared without regard to case; text of blanks only is no data, as Dataverse stores it;
* no data is unequal to everything (`ne`, `not_in` are true) and neither less nor greater than anything.
"""

import operator
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from shared.policies.fields import Field, Kind

Operator = Literal["eq", "ne", "gt", "ge", "lt", "le", "has_data", "has_no_data", "in", "not_in"]

DATA_OPERATORS = frozenset({"has_data", "has_no_data"})
LIST_OPERATORS = frozenset({"in", "not_in"})
ORDER_OPERATORS = frozenset({"gt", "ge", "lt", "le"})

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
    "in": lambda actual, wanted: actual in wanted,
    "not_in": lambda actual, wanted: actual not in wanted,
}


def check_operands(field: Field, op: Operator, wanted: Any) -> None:
    """Raises ValueError where a row makes no sense: a lookup that should be greater, a list that is none..."""
    if op in DATA_OPERATORS:
        if wanted is not None:
            raise ValueError(f"{op} takes no value, but has {wanted!r}")
        return
    if field.kind == "children":
        raise ValueError(f"{field.path} are records: only has_data and has_no_data apply, not {op}")
    if field.kind in ("lookup", "flag") and op in ORDER_OPERATORS:
        what = "refers to a record" if field.kind == "lookup" else "is true or false"
        raise ValueError(f"{field.path} {what}: {op} does not apply")
    if (op in LIST_OPERATORS) != isinstance(wanted, list | tuple) or wanted in ([], ()):
        raise ValueError(f"{op} takes {'a list of values' if op in LIST_OPERATORS else 'one value'}, not {wanted!r}")
    _wanted(field.kind, op, wanted)


def holds(field: Field, op: Operator, actual: Any, wanted: Any) -> bool:
    """Whether one value satisfies the row. Pure; operands as `check_operands` accepts them."""
    if field.kind == "children":
        return bool(actual) == (op == "has_data")
    value = _actual(actual)
    if op in DATA_OPERATORS:
        return (value is not None) == (op == "has_data")
    if value is None:
        return op in {"ne", "not_in"}
    return _COMPARE[op](value, _wanted(field.kind, op, wanted))


def _actual(value: Any) -> Any:
    if isinstance(value, str):
        return value.casefold() if value.strip() else None
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return _aware(value) if isinstance(value, datetime) else value


def _wanted(kind: Kind, op: Operator, wanted: Any) -> Any:
    if op in LIST_OPERATORS:
        return [operand(kind, each) for each in wanted]
    return operand(kind, wanted)


def operand(kind: Kind, raw: Any) -> Any:
    """What a row compares with, as values are compared. Raises ValueError."""
    if kind == "flag" and isinstance(raw, bool):
        return raw
    if kind == "flag" or isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal | datetime):
        raise ValueError(f"{raw!r} is no {'text' if kind == 'lookup' else kind}")
    if kind == "number":
        return _number(raw)
    if kind == "moment":
        return _moment(raw)
    text = str(raw)
    if not text.strip():
        raise ValueError("no text to compare with; has_data and has_no_data ask for empty fields")
    return text.casefold()


def _number(raw: Any) -> Decimal:
    try:
        number = Decimal(str(raw))
    except InvalidOperation:
        raise ValueError(f"{raw!r} is no number") from None
    if not number.is_finite():
        raise ValueError(f"{raw!r} is no number")
    return number


def _moment(raw: Any) -> datetime:
    if isinstance(raw, datetime):
        return _aware(raw)
    try:
        return _aware(datetime.fromisoformat(str(raw)))
    except ValueError:
        raise ValueError(f"{raw!r} is no ISO 8601 date or time") from None


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
