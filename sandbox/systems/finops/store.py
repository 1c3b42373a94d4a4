"""The Dataverse rows: one growing version number for all, indexes, and the changes that delta reads feed on."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from sandbox.systems.finops.journal import Journal
from sandbox.systems.finops.schema import TABLES, Table

Row = Mapping[str, Any]
"""Property name -> value. A stored row is never changed in place: each write puts a new one."""

FIRST_VERSION = 918_000
_INDEXED = {
    "salesorder": ("msdyn_salesordernumber", "msdyn_externalorderid"),
    "salesorderdetail": ("_salesorderid_value",),
}


class Change(NamedTuple):
    """One message on a row; `submitted` are the columns in the request, `row` the row after it (before, for Delete)."""

    message: Literal["Create", "Update", "Delete"]
    table: Table
    row: Row
    submitted: frozenset[str]


def index_value(value: Any) -> Any:
    """Text compares without regard to case, as under Dataverse's collation."""
    return value.casefold() if isinstance(value, str) else value


class Store:
    """Rows of every table; every write must happen inside `journal.transaction()`."""

    def __init__(self, journal: Journal, heard: Callable[[Change], None]) -> None:
        self._journal = journal
        self._heard = heard
        self._version = FIRST_VERSION
        self._rows: dict[str, dict[str, Row]] = {name: {} for name in TABLES}
        self._recency: dict[str, dict[str, int]] = {name: {} for name in TABLES}
        self._deleted: dict[str, dict[str, int]] = {name: {} for name in TABLES}
        self._indexes: dict[str, dict[tuple[str, ...], dict[tuple[Any, ...], dict[str, None]]]] = {
            table.name: {
                key: {} for key in (*table.alternate_keys, *((name,) for name in _INDEXED.get(table.name, ())))
            }
            for table in TABLES.values()
        }

    @property
    def version(self) -> int:
        """The latest version number given to any row."""
        return self._version

    def advance(self) -> None:
        """Use up one version number, as writes to other tables do."""
        self._version += 1

    def get(self, table: Table, row_id: str | None) -> Row | None:
        return self._rows[table.name].get(row_id) if row_id is not None else None

    def rows(self, table: Table) -> Iterable[Row]:
        return self._rows[table.name].values()

    def indexed(self, table: Table, columns: tuple[str, ...]) -> bool:
        return columns in self._indexes[table.name]

    def find(self, table: Table, values: Mapping[str, Any]) -> list[Row]:
        """The rows with these values in indexed columns (an alternate key or one kept for speed), oldest first."""
        ids = self._indexes[table.name][tuple(values)].get(tuple(map(index_value, values.values())), {})
        return [self._rows[table.name][row_id] for row_id in ids]

    def put(self, table: Table, values: Mapping[str, Any], *, submitted: Iterable[str], silent: bool = False) -> Row:
        """Create or replace the row with the id in `values`; `silent`: computed by the platform, no message."""
        row_id = values[table.id_column]
        before = self._rows[table.name].get(row_id)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._version += 1
        created = now if before is None else before["createdon"]
        row: Row = {**values, "createdon": created, "modifiedon": now, "versionnumber": self._version}
        self._replace(table, row_id, before, row)
        if not silent:
            message = "Create" if before is None else "Update"
            self._tell(Change(message, table, row, frozenset(submitted)))
        return row

    def delete(self, table: Table, row_id: str) -> None:
        """Remove an existing row."""
        before = self._rows[table.name][row_id]
        self._version += 1
        version = self._version
        self._replace(table, row_id, before, None)
        self._journal.after_commit(lambda: self._deleted[table.name].update({row_id: version}))
        self._tell(Change("Delete", table, before, frozenset()))

    def changed_since(self, table: Table, version: int) -> list[Row]:
        """Rows with a later version number, in its order."""
        changed: list[Row] = []
        for row_id, at in reversed(self._recency[table.name].items()):
            if at <= version:
                break
            changed.append(self._rows[table.name][row_id])
        return changed[::-1]

    def deleted_since(self, table: Table, version: int) -> list[str]:
        """Ids of rows deleted after that version number and not created again."""
        return [row_id for row_id, at in self._deleted[table.name].items() if at > version]

    def _tell(self, change: Change) -> None:
        self._journal.after_commit(lambda: self._heard(change))

    def _replace(self, table: Table, row_id: str, before: Row | None, after: Row | None) -> None:
        self._set(table, row_id, before, after)
        self._journal.undo_by(lambda: self._set(table, row_id, after, before))
        self._journal.after_commit(lambda: self._touch(table, row_id))

    def _set(self, table: Table, row_id: str, before: Row | None, after: Row | None) -> None:
        rows = self._rows[table.name]
        if after is None:
            del rows[row_id]
        else:
            rows[row_id] = after
        for columns, index in self._indexes[table.name].items():
            old, new = _entry(before, columns), _entry(after, columns)
            if old == new:
                continue
            if old is not None:
                del index[old][row_id]
            if new is not None:
                index.setdefault(new, {})[row_id] = None

    def _touch(self, table: Table, row_id: str) -> None:
        recency = self._recency[table.name]
        recency.pop(row_id, None)
        row = self._rows[table.name].get(row_id)
        if row is not None:
            recency[row_id] = row["versionnumber"]
            self._deleted[table.name].pop(row_id, None)


def _entry(row: Row | None, columns: tuple[str, ...]) -> tuple[Any, ...] | None:
    """The row's place in an index; keys with null parts are neither unique nor found."""
    if row is None:
        return None
    values = tuple(index_value(row[column]) for column in columns)
    return None if None in values else values
