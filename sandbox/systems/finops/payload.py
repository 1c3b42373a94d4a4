"""A request body as column values, refused when a name, a type or a reference is wrong.

Reference: dataverse.md section 2.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sandbox.systems.finops.errors import CHOICE_OUT_OF_RANGE, TEXT_TOO_LONG, BadRequest, NotFound
from sandbox.systems.finops.keys import GUID, parse_address
from sandbox.systems.finops.schema import TABLES, Column, Table
from sandbox.systems.finops.store import Row, Store

BIND = "@odata.bind"
API_ROOT = "/api/data/v9.2/"


@dataclass
class Submission:
    """What one body submits: property name -> value, and the child rows to insert with it, by navigation name."""

    values: dict[str, Any] = field(default_factory=dict)
    children: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)


def parse_body(raw: bytes) -> dict[str, Any]:
    """The JSON object of a request."""
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise BadRequest.payload(f"The payload is not valid JSON: {error}") from error
    if not isinstance(body, dict):
        raise BadRequest.payload("A resource must be a JSON object.")
    return body


def read_submission(store: Store, table: Table, body: Mapping[str, Any]) -> Submission:
    """`body` checked against the table; names are case-sensitive, lookups must lead to existing rows."""
    submission = Submission()
    for name, value in body.items():
        if name.endswith(BIND):
            column = _navigation(table, name.removesuffix(BIND))
            submission.values[column.property_name] = bound_id(store, column, value)
        elif name in table.children:
            submission.children[name] = _rows_of(name, value)
        elif name in table.navigations and value is None:
            submission.values[table.navigations[name].property_name] = None
        elif "@" not in name:
            submission.values[name] = _plain_value(table, name, value)
    return submission


def bound_id(store: Store, column: Column, reference: Any) -> str | None:
    """The id a `Nav@odata.bind` value such as `/accounts(guid)` leads to; null clears the lookup."""
    if reference is None:
        return None
    if not isinstance(reference, str):
        raise BadRequest.payload(f"The value of '{column.navigation}{BIND}' must be a resource path.")
    path = reference.partition(API_ROOT)[2] if API_ROOT in reference else reference
    address = parse_address(path)
    if address.table.name != column.target or address.key is None or address.segment:
        raise BadRequest.payload(f"'{reference}' is no {column.target}, which '{column.navigation}' refers to.")
    row = address.key.find(store, address.table)
    if row is None:
        raise NotFound(address.table.name, address.key.text)
    return row[address.table.id_column]


def check_value(column: Column, value: Any) -> Any:
    """`value` as the column stores it; raises `BadRequest` when it does not fit."""
    return None if value is None else _CHECKS[column.kind](column, value)


def _navigation(table: Table, name: str) -> Column:
    column = table.navigations.get(name)
    if column is None:
        raise BadRequest.payload(
            f"An undeclared property '{name}' which only has property annotations in the payload but no property value "
            "was found in the payload. In OData, only declared navigation properties and declared named streams can be "
            "represented as properties without values."
        )
    return column


def _rows_of(name: str, value: Any) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise BadRequest.payload(f"The value of the navigation property '{name}' must be an array of objects.")
    return value


def _plain_value(table: Table, name: str, value: Any) -> Any:
    column = table.properties.get(name)
    if column is None:
        raise BadRequest.payload(
            f"Invalid property '{name}' was found in entity 'Microsoft.Dynamics.CRM.{table.name}': "
            f"Does not support untyped value in non-open type."
        )
    if column.kind == "lookup":
        raise BadRequest.payload(
            "CRM do not support direct update of Entity Reference properties, Use Navigation properties instead."
        )
    if not column.writable:
        raise BadRequest.payload(f"The property '{name}' of entity '{table.name}' is read-only.")
    return check_value(column, value)


def _wrong_type(column: Column, value: Any, expected: str) -> BadRequest:
    return BadRequest.payload(
        f"Cannot convert the literal '{value}' of '{column.name}' to the expected type '{expected}'."
    )


def _guid(column: Column, value: Any) -> str:
    if not isinstance(value, str) or not GUID.fullmatch(value):
        raise _wrong_type(column, value, "Edm.Guid")
    return value.lower()


def _text(column: Column, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong_type(column, value, "Edm.String")
    if len(value) > column.max_length:
        excess = (
            f"The length of the '{column.name}' attribute exceeded the maximum allowed length of '{column.max_length}'."
        )
        raise BadRequest(f"A validation error occurred. {excess}", TEXT_TOO_LONG)
    return value


def _integer(column: Column, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong_type(column, value, "Edm.Int32")
    return value


def _choice(column: Column, value: Any) -> int:
    number = _integer(column, value)
    if column.choices is not None and number not in column.choices:
        raise BadRequest(
            f"A validation error occurred. The value {number} of '{column.name}' is outside the valid range.",
            CHOICE_OUT_OF_RANGE,
        )
    return number


def _number(column: Column, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _wrong_type(column, value, "Edm.Decimal")
    return round(value, 5 if column.kind == "decimal" else 4)


def _boolean(column: Column, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _wrong_type(column, value, "Edm.Boolean")
    return value


def _moment(column: Column, value: Any) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise _wrong_type(column, value, "Edm.DateTimeOffset") from error
    if moment.tzinfo is None:
        raise _wrong_type(column, value, "Edm.DateTimeOffset")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _date(column: Column, value: Any) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError) as error:
        raise _wrong_type(column, value, "Edm.Date") from error


_CHECKS: Mapping[str, Callable[[Column, Any], Any]] = {
    "id": _guid,
    "text": _text,
    "integer": _integer,
    "decimal": _number,
    "money": _number,
    "boolean": _boolean,
    "choice": _choice,
    "datetime": _moment,
    "date": _date,
}


def target_row(store: Store, column: Column, row: Row) -> Row | None:
    """The row a lookup of `row` leads to."""
    return store.get(TABLES[column.target], row[column.property_name])
