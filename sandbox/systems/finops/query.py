"""The `$` options of a read, checked against the table (reference: dataverse.md section 3)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from sandbox.systems.finops.errors import BadRequest
from sandbox.systems.finops.filters import Filter, parse_filter
from sandbox.systems.finops.schema import TABLES, Table
from sandbox.systems.finops.store import Row, Store, index_value

_OPTIONS = frozenset({"$select", "$filter", "$expand", "$orderby", "$top", "$count", "$skiptoken", "$deltatoken"})
_EXPAND_OPTIONS = frozenset({"$select", "$filter", "$orderby", "$top"})
_EXPANDED = re.compile(r"(?P<name>\w+)(?:\((?P<options>.*)\))?", re.DOTALL)


@dataclass(frozen=True)
class Query:
    """The options of one read; `select` None means all columns."""

    table: Table
    select: tuple[str, ...] | None = None
    filter: Filter | None = None
    expand: tuple["Expansion", ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    top: int | None = None
    count: bool = False
    skip_token: str | None = None
    delta_token: str | None = None

    def rows(self, store: Store) -> list[Row]:
        """The matching rows of the whole table in order; `$top` and paging are still to be applied."""
        return self.of(_candidates(store, self.table, self.filter))

    def of(self, rows: Iterable[Row]) -> list[Row]:
        """Those of `rows` that match, in order."""
        found = [row for row in rows if self.filter is None or self.filter.matches(row)]
        for name, descending in reversed(self.order):
            found.sort(key=lambda row, name=name: _sort_key(row[name]), reverse=descending)
        return found


@dataclass(frozen=True)
class Expansion:
    """One navigation property to follow, with the options for what it leads to."""

    navigation: str
    query: Query


@lru_cache(maxsize=1024)
def parse_query(table_name: str, text: str) -> Query:
    """A raw query string as options of a read of that table; raises `BadRequest`."""
    options = dict(parse_qsl(text, keep_blank_values=True))
    for name in options:
        if name == "$skip":
            raise BadRequest("Skip Clause is not supported in CRM")
        if name not in _OPTIONS:
            raise BadRequest(f"The query parameter '{name}' is not supported.")
    return _query(TABLES[table_name], options)


def _query(table: Table, options: Mapping[str, str]) -> Query:
    return Query(
        table=table,
        select=_columns(table, options["$select"]) if options.get("$select") else None,
        filter=parse_filter(table.name, options["$filter"]) if "$filter" in options else None,
        expand=tuple(_expansion(table, item) for item in _split(options.get("$expand", ""), ",")),
        order=tuple(_ordering(table, item) for item in _split(options.get("$orderby", ""), ",")),
        top=_whole_number("$top", options["$top"]) if "$top" in options else None,
        count=options.get("$count") == "true",
        skip_token=options.get("$skiptoken"),
        delta_token=options.get("$deltatoken"),
    )


def _candidates(store: Store, table: Table, wanted: Filter | None) -> Iterable[Row]:
    for name, value in wanted.equalities() if wanted else ():
        if value is not None and name == table.id_column:
            row = store.get(table, value)
            return [row] if row else []
        if value is not None and store.indexed(table, (name,)):
            return store.find(table, {name: value})
    return store.rows(table)


def _columns(table: Table, text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        _known(table, name)
    return names


def _known(table: Table, name: str) -> str:
    if name not in table.readable:
        raise BadRequest(f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{table.name}'.")
    return name


def _ordering(table: Table, text: str) -> tuple[str, bool]:
    name, _, direction = text.strip().partition(" ")
    if direction not in {"", "asc", "desc"}:
        raise BadRequest(f"Syntax error in $orderby '{text}'.")
    return _known(table, name), direction == "desc"


def _expansion(table: Table, text: str) -> Expansion:
    match = _EXPANDED.fullmatch(text.strip())
    if match is None:
        raise BadRequest(f"Syntax error in $expand '{text}'.")
    options = dict(_expand_option(part) for part in _split(match["options"] or "", ";"))
    return Expansion(match["name"], _query(target_table(table, match["name"]), options))


def _expand_option(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    if name.strip() not in _EXPAND_OPTIONS:
        raise BadRequest(f"The query option '{name.strip()}' is not supported inside $expand.")
    return name.strip(), value


def target_table(table: Table, navigation: str) -> Table:
    """Where a navigation property leads; its name is case-sensitive."""
    if navigation in table.children:
        return TABLES[table.children[navigation][0]]
    if navigation in table.navigations:
        return TABLES[table.navigations[navigation].target]
    raise BadRequest(f"Could not find a property named '{navigation}' on type 'Microsoft.Dynamics.CRM.{table.name}'.")


def _split(text: str, separator: str) -> Iterator[str]:
    """The parts between separators that stand neither in parentheses nor in quotes."""
    depth, quoted, start = 0, False, 0
    for position, character in enumerate(text):
        if character == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif character == separator and depth == 0:
            yield text[start:position]
            start = position + 1
        else:
            depth += (character == "(") - (character == ")")
    if text[start:].strip():
        yield text[start:]


def _whole_number(name: str, text: str) -> int:
    if not text.isdecimal():
        raise BadRequest(f"Invalid value '{text}' for {name} query option found.")
    return int(text)


def _sort_key(value: Any) -> tuple[bool, Any]:
    return value is not None, index_value(value)
