"""Plans in the table `Plans`: what sourcing planned and reserved for an order, and which attempts are not over yet.

| partition | row | holds |
| --- | --- | --- |
| order:{order} | {attempt}\\|{part} | a document; inserted only |
| open | {order}\\|{attempt} | an attempt that is not over |
| lines:{source}:{day} | {what} | an order line the source was given that day |

Documents are compressed: the explanation of 500 lines that 50 sources refuse is 5 MB of much the same words.
"""

from shared.domain.sourcing import KeptDocument
from shared.store.packing import packed, unpacked
from shared.store.rows import key_of
from shared.store.tables import Tables
from shared.store.transaction import Row

_OPEN = "open"


class TablePlans:
    """`Plans` on Azure Tables."""

    def __init__(self, tables: Tables) -> None:
        self._table = tables.plans

    def begin(self, order_id: str, attempt: str) -> None:
        row = f"{key_of(order_id)}|{key_of(attempt)}"
        self._table.insert({"PartitionKey": _OPEN, "RowKey": row, "OrderId": order_id, "Attempt": attempt})

    def end(self, order_id: str, attempt: str) -> None:
        self._table.remove(_OPEN, f"{key_of(order_id)}|{key_of(attempt)}")

    def open(self, order_id: str | None = None) -> list[tuple[str, str]]:
        of_order = "" if order_id is None else " and RowKey ge @first and RowKey lt @last"
        key = key_of(order_id or "")
        rows = self._table.rows(
            f"PartitionKey eq @open{of_order}", {"open": _OPEN, "first": f"{key}|", "last": f"{key}}}"}
        )
        return [(row["OrderId"], row["Attempt"]) for row in rows]

    def keep(self, order_id: str, attempt: str, part: str, text: str) -> str:
        partition, row = f"order:{key_of(order_id)}", f"{key_of(attempt)}|{key_of(part)}"
        names = {"Attempt": attempt, "Part": part}
        if self._table.insert({"PartitionKey": partition, "RowKey": row, **names, **packed(text)}):
            return text
        kept = self._table.get(partition, row)
        return _document(kept).text if kept else text

    def of(self, order_id: str) -> list[KeptDocument]:
        rows = self._table.rows("PartitionKey eq @order", {"order": f"order:{key_of(order_id)}"})
        return sorted((_document(row) for row in rows), key=lambda kept: (kept.attempt, kept.part))


class TableAssignedLines:
    """`AssignedLines` on Azure Tables."""

    def __init__(self, tables: Tables) -> None:
        self._table = tables.plans

    def add(self, source: str, day: str, what: str) -> None:
        self._table.insert({"PartitionKey": _day(source, day), "RowKey": key_of(what)})

    def remove(self, source: str, day: str, what: str) -> None:
        self._table.remove(_day(source, day), key_of(what))

    def count(self, source: str, day: str) -> int:
        return sum(1 for _ in self._table.rows("PartitionKey eq @day", {"day": _day(source, day)}))


def _day(source: str, day: str) -> str:
    return f"lines:{key_of(source)}:{key_of(day)}"


def _document(row: Row) -> KeptDocument:
    return KeptDocument(attempt=row["Attempt"], part=row["Part"], text=unpacked(row))
