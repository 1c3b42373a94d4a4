"""Orders by the page, newest first, and by their number; what `shared.application.order_listing` looks through."""

from collections.abc import Iterator
from itertools import islice
from typing import Literal

from shared.domain.ports import Clock
from shared.domain.records import OrderRecord
from shared.domain.states import TERMINAL
from shared.store.order_book import TableOrderBook
from shared.store.order_index import DAYS, OPEN, OrderIndex
from shared.store.tables import Tables
from shared.store.transaction import Row

_TOGETHER = 64  # headers read before the next ones are asked for; eight at a time

Kind = Literal["open", "all"]


class TableOrderList:
    """`OrderList` on Azure Tables: a call for every 64 rows of the index, one for every order in them."""

    def __init__(self, tables: Tables, book: TableOrderBook, clock: Clock) -> None:
        self._index = OrderIndex(tables.index)
        self._book = book
        self._clock = clock

    def newest(self, kind: Kind, about: int, after: str = "") -> Iterator[tuple[str, OrderRecord | None]]:
        """Places and the orders there, without lines, behind the place `after`; read as they are consumed.

        `about` is how many will be looked at if most of them fit.

        None: the place is of an order that is not there (yet), or among the open ones has ended.
        """
        together = min(about, _TOGETHER)
        rows = self._index.rows(OPEN if kind == "open" else DAYS, _keys_of(after) if after else None, page=together)
        while chunk := list(islice(rows, together)):
            records = self._book.headers([row["OrderId"] for row in chunk])
            if kind == "open":
                records = self._still_open(chunk, records)
            yield from zip(map(_place, chunk), records, strict=True)

    def numbered(self, source: str, number: str) -> list[OrderRecord]:
        """A call for the index, one for each order."""
        return [record for record in self._book.headers(self._index.numbered(source, number)) if record]

    def known(self, order_ids: list[str]) -> list[OrderRecord]:
        """Those that are there; a call for each."""
        return [record for record in self._book.headers(order_ids) if record]

    def _still_open(self, rows: list[Row], records: list[OrderRecord | None]) -> list[OrderRecord | None]:
        still_open = [record if record and record.position.state.name not in TERMINAL else None for record in records]
        for row, record, is_open in zip(rows, records, still_open, strict=True):
            if not is_open:
                self._index.close(row, self._clock(), has_ended=record is not None)
        return still_open


def _place(row: Row) -> str:
    return f"{row['PartitionKey']}/{row['RowKey']}"


def _keys_of(place: str) -> tuple[str, str]:
    """Keys have no slash."""
    partition, _, row = place.partition("/")
    return partition, row
