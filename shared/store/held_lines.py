"""Orders with held lines in the table `HeldLines`: one row an order, so that the backorder job need not look at all."""

from datetime import datetime

from shared.domain.ports import Clock
from shared.domain.sourcing import HeldOrder
from shared.store.rows import key_of
from shared.store.tables import Tables
from shared.store.transaction import Row, etag_of

_PARTITION = "held"


class TableHeldLines:
    """`HeldLines` on Azure Tables."""

    def __init__(self, tables: Tables, clock: Clock) -> None:
        self._table = tables.held_lines
        self._clock = clock

    def add(self, order_id: str) -> None:
        added_at = self._clock().isoformat(timespec="microseconds")
        self._table.put(
            {"PartitionKey": _PARTITION, "RowKey": key_of(order_id), "OrderId": order_id, "AddedAt": added_at}
        )

    def orders(self) -> list[HeldOrder]:
        return [_held(row) for row in self._table.rows("PartitionKey eq @held", {"held": _PARTITION})]

    def remove(self, held: HeldOrder) -> None:
        self._table.remove(_PARTITION, key_of(held.order_id), held.version)


def _held(row: Row) -> HeldOrder:
    added_at = datetime.fromisoformat(row["AddedAt"])
    return HeldOrder(order_id=row["OrderId"], added_at=added_at, version=etag_of(row))
