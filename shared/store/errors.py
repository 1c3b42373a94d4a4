"""The error pages in the table `Errors`.

An error is one row under its kind. A second row, under its order, leads to it, so that an order that moves on finds its
errors without a search. That row is written first and never removed: an error can then not be left without it.
"""

from collections.abc import Iterator

from shared.domain.ports import Clock, ErrorEntry
from shared.store.rows import document, key_of, text_of
from shared.store.tables import Tables
from shared.store.transaction import Row

_ACTIVE, _RESOLVED = "active", "resolved"


class TableErrorPages:
    """`ErrorPages` on Azure Tables."""

    def __init__(self, tables: Tables, clock: Clock) -> None:
        self._table = tables.errors
        self._clock = clock

    def report(self, entry: ErrorEntry, *, stays: bool = False) -> None:
        """An error reported again is active again. Without a time of its own it gets the present one."""
        dated = entry if entry.at else entry.with_(at=self._clock().isoformat(timespec="microseconds"))
        if dated.order_id is not None:
            self._table.put({**_pointer(dated.order_id, dated), "Stays": stays})
        self._table.put(_row(dated))

    def resolve(self, order_id: str, key: str | None = None) -> None:
        pointers = list(self._table.rows("PartitionKey eq @order", {"order": _order_partition(order_id)}))
        for pointer in pointers:
            is_meant = pointer["Error"] == key_of(key) if key is not None else not pointer.get("Stays")
            if is_meant:
                self._table.merge({"PartitionKey": pointer["Kind"], "RowKey": pointer["Error"], "Status": _RESOLVED})

    def resolve_entry(self, kind: str, key: str) -> None:
        self._table.merge({"PartitionKey": _kind_partition(kind), "RowKey": key_of(key), "Status": _RESOLVED})

    def entry(self, kind: str, key: str) -> ErrorEntry | None:
        row = self._table.get(_kind_partition(kind), key_of(key))
        return _entry(row) if row else None

    def entries(self, kind: str | None = None, status: str | None = _ACTIVE) -> list[ErrorEntry]:
        """Newest first; None stands for all."""
        entries = (_entry(row) for row in self._rows(kind, status))
        return sorted(entries, key=lambda entry: (entry.at, entry.key), reverse=True)

    def _rows(self, kind: str | None, status: str | None) -> Iterator[Row]:
        of_kind = "PartitionKey ge 'kind:' and PartitionKey lt 'kind;'" if kind is None else "PartitionKey eq @kind"
        of_status = "" if status is None else " and Status eq @status"
        return self._table.rows(of_kind + of_status, {"kind": _kind_partition(kind or ""), "status": status or ""})


def _row(entry: ErrorEntry) -> Row:
    """The status is a column of its own, which resolving sets without touching the document."""
    return {
        "PartitionKey": _kind_partition(entry.kind),
        "RowKey": key_of(entry.key),
        "Status": entry.status,
        "OrderId": key_of(entry.order_id or ""),
        "At": entry.at,
        **document(entry.model_dump_json(exclude={"status"})),
    }


def _entry(row: Row) -> ErrorEntry:
    return ErrorEntry.model_validate_json(text_of(row)).with_(status=row["Status"])


def _pointer(order_id: str, entry: ErrorEntry) -> Row:
    kind, key = _kind_partition(entry.kind), key_of(entry.key)
    return {
        "PartitionKey": _order_partition(order_id),
        "RowKey": f"{kind}|{key}",
        "Kind": kind,
        "Error": key,
    }


def _kind_partition(kind: str) -> str:
    return f"kind:{key_of(kind)}"


def _order_partition(order_id: str) -> str:
    return f"order:{key_of(order_id)}"
