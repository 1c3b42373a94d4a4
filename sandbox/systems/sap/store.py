"""The rows of one service in memory, by document."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from sandbox.systems.sap.edm import UNSET, plain_number
from sandbox.systems.sap.schema import EntityType, Service

Row = dict[str, Any]
Key = tuple[str, ...]


class Clock:
    """Now, in UTC, never the same twice: an ETag made of it always tells two versions apart."""

    def __init__(self) -> None:
        self._latest = datetime.now(UTC)

    def now(self) -> datetime:
        self._latest = max(datetime.now(UTC), self._latest + timedelta(microseconds=1))
        return self._latest

    def today(self) -> datetime:
        return midnight(self.now())


def midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


class Store:
    """Each row holds every property of its type, and keys without leading zeros."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._rows: dict[str, dict[str, dict[Key, Row]]] = {kind.entity_set: {} for kind in service.types}
        self._readable_at: dict[str, float] = {}
        self._listed_at: dict[str, float] = {}

    def put(self, kind: EntityType, values: Mapping[str, Any]) -> Row:
        """Add a row; what `values` does not name is unset."""
        row = {name: values.get(name, UNSET[of.edm]) for name, of in kind.properties.items()}
        row |= {name: plain_number(row[name]) for name in kind.keys}
        key = key_of(kind, row)
        self._rows[kind.entity_set].setdefault(key[0], {})[key] = row
        return row

    def find(self, kind: EntityType, key: Key) -> Row | None:
        """The row of this key, unless it can not be read yet."""
        key = tuple(map(plain_number, key))
        if _is_ahead(self._readable_at, key[0]):
            return None
        return self._rows[kind.entity_set].get(key[0], {}).get(key)

    def rows(self, kind: EntityType) -> Iterator[Row]:
        """All rows that look-ups find by now."""
        for number, rows in self._rows[kind.entity_set].items():
            if not _is_ahead(self._readable_at, number) and not _is_ahead(self._listed_at, number):
                yield from rows.values()

    def all(self, kind: EntityType) -> Iterator[Row]:
        """All rows, hidden or not."""
        for rows in self._rows[kind.entity_set].values():
            yield from rows.values()

    def children(self, kind: EntityType, row: Row, navigation: str) -> list[Row]:
        """The rows below `row`, in the order in which they came."""
        child = self.service.sets[kind.navigations[navigation]]
        key = key_of(kind, row)
        return [
            found for path, found in self._rows[child.entity_set].get(key[0], {}).items() if path[: len(key)] == key
        ]

    def delete_row(self, kind: EntityType, row: Row) -> None:
        """Remove the row and all below it."""
        key = key_of(kind, row)
        for rows in self._rows.values():
            below = rows.get(key[0], {})
            for path in [path for path in below if path[: len(key)] == key]:
                del below[path]

    def delete_document(self, number: str) -> None:
        for rows in self._rows.values():
            rows.pop(number, None)

    def hide(self, number: str, *, from_all: float = 0, from_lists: float = 0) -> None:
        """For so many seconds the document can not be read at all, or is missing in lists."""
        self._readable_at[number] = monotonic() + from_all
        self._listed_at[number] = monotonic() + from_lists


def key_of(kind: EntityType, row: Mapping[str, Any]) -> Key:
    return tuple(row[name] for name in kind.keys)


def _is_ahead(moments: dict[str, float], number: str) -> bool:
    """Whether the number's moment is still to come; one that has passed is forgotten."""
    if number not in moments:
        return False
    if moments[number] > monotonic():
        return True
    del moments[number]
    return False
