"""Which row an address means.

`salesorders(guid)`, `accounts(accountnumber='US-007',_msdyn_company_value=guid)`, `salesorders(guid)/name`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from sandbox.systems.finops.errors import BAD_QUERY, BadRequest, UnknownResource
from sandbox.systems.finops.schema import BY_ENTITY_SET, Table
from sandbox.systems.finops.store import Row, Store

GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# Dataverse cannot address rows by alternate key values with these, even when they are percent-encoded.
_UNUSABLE_IN_KEYS = frozenset("/<>*%&:\\?+")
_ADDRESS = re.compile(
    r"/?(?P<set>\w+)(?:\((?P<key>(?:[^()']|'(?:[^']|'')*')+)\))?(?:/(?P<segment>\w+))?(?P<ref>/\$ref)?",
)
_KEY_PART = re.compile(r"\s*(?P<name>\w+)\s*=\s*(?P<value>'(?:[^']|'')*'|[\w.\-]+)\s*(?:,|$)")


@dataclass(frozen=True)
class RowKey:
    """A primary key (`id`) or the values of an alternate key; `text` as it was written."""

    text: str
    id: str | None
    alternate: Mapping[str, Any]

    def find(self, store: Store, table: Table) -> Row | None:
        if self.id is not None:
            return store.get(table, self.id)
        return next(iter(store.find(table, self.alternate)), None)


@dataclass(frozen=True)
class Address:
    """What a path below `/api/data/v9.2/` names."""

    table: Table
    key: RowKey | None = None
    segment: str | None = None
    is_reference: bool = False


def parse_address(path: str) -> Address:
    """A percent-encoded path below the service root; raises `UnknownResource` or `BadRequest`."""
    decoded = unquote(path)
    match = _ADDRESS.fullmatch(decoded)
    if match is None:
        raise BadRequest(f"The request URI '{decoded}' is malformed.")
    table = BY_ENTITY_SET.get(match["set"])
    if table is None:
        raise UnknownResource(match["set"])
    key = parse_key(table, match["key"]) if match["key"] else None
    return Address(table, key, match["segment"], bool(match["ref"]))


def parse_key(table: Table, text: str) -> RowKey:
    """The inside of the parentheses; an alternate key must name exactly the columns of a declared one."""
    if GUID.fullmatch(text):
        return RowKey(text, text.lower(), {})
    parts: dict[str, Any] = {}
    position = 0
    while position < len(text):
        part = _KEY_PART.match(text, position)
        if part is None:
            raise _invalid_key(table)
        parts[part["name"]] = _key_value(part["value"])
        position = part.end()
    for columns in table.alternate_keys:
        if set(columns) == set(parts):
            return RowKey(text, None, {column: parts[column] for column in columns})
    raise _invalid_key(table)


def _key_value(text: str) -> Any:
    if text.startswith("'"):
        value = text[1:-1].replace("''", "'")
        if _UNUSABLE_IN_KEYS & set(value):
            raise BadRequest(
                f"A potentially dangerous Request.Path value was detected from the client ({value}).", BAD_QUERY
            )
        return value
    return text.lower() if GUID.fullmatch(text) else text


def _invalid_key(table: Table) -> BadRequest:
    return BadRequest(
        f"The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.{table.name}'. Ensure that "
        "the names and number of key properties match the declared or alternate key properties for the resource."
    )
