"""The table `OrderIndex`: how orders are found without looking at all of them.

| partition | row key | finds |
| --- | --- | --- |
| ext:{system} | external id | the order that a system knows by this name |
| ext:{source} | number\\|{number}\\|{order id} | the orders of a source that have this number |
| day:{day} | {moment}\\|{order id} | the orders taken in last |
| open | {moment}\\|{order id} | those of them that have not ended |

Days and moments count down, so that the newest orders come first in any reading. A row is written before the order is
what it says, and stays after a crash in between: whoever reads it looks at the order. Rows of orders that have ended
are taken out of `open` by those who read them.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from shared.domain.orders import Order
from shared.domain.records import OrderRecord
from shared.domain.states import TERMINAL
from shared.store.rows import key_of, shown
from shared.store.tables import RowsChanged, Table
from shared.store.transaction import Row, etag_of, insert, put

DAYS, OPEN = "day", "open"
ABOUT_TO_OPEN = timedelta(minutes=10)  # longer than it takes from writing a row to what it says of the order
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class OrderIndex:
    """Over the table `OrderIndex`; every method is one call, but for readings of more than 1,000 rows."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def enter(self, order: Order, taken_in_at: str) -> bool:
        """By its external id and its number; False when its external id is there already."""
        partition, row = _external_key(order.source, order.external_id)
        named = {"OrderId": order.order_id, "ExternalId": shown(order.external_id), "TakenInAt": taken_in_at}
        numbered = {"PartitionKey": partition, "RowKey": _number_key(order.number) + key_of(order.order_id)}
        rows = [insert({"PartitionKey": partition, "RowKey": row, **named})]
        if order.number:
            rows.append(put({**numbered, "OrderId": order.order_id}))
        try:
            self._table.transact(rows)
        except RowsChanged:
            return False
        return True

    def link(self, order_id: str, system: str, external_id: str) -> None:
        partition, row = _external_key(system, external_id)
        self._table.insert(
            {"PartitionKey": partition, "RowKey": row, "OrderId": order_id, "ExternalId": shown(external_id)}
        )

    def named(self, system: str, external_id: str) -> Row | None:
        return self._table.get(*_external_key(system, external_id))

    def numbered(self, source: str, number: str) -> list[str]:
        """Order ids."""
        first = _number_key(number)
        wanted = {"source": _source_partition(source), "first": first, "last": first[:-1] + "}"}
        rows = self._table.rows("PartitionKey eq @source and RowKey ge @first and RowKey lt @last", wanted)
        return [row["OrderId"] for row in rows]

    def add_recent(self, order_id: str, taken_in_at: str) -> None:
        at = datetime.fromisoformat(taken_in_at)
        day = date.max.toordinal() - at.toordinal()
        row = {"PartitionKey": f"{DAYS}:{day:07d}", "RowKey": _moment_key(at, order_id), "OrderId": order_id}
        self._table.insert({**row, "TakenInAt": taken_in_at})

    def add_open(self, order_id: str, taken_in_at: str, now: datetime) -> None:
        """Told again, nobody who has read it before takes it out."""
        self._table.put(
            {
                "PartitionKey": OPEN,
                "RowKey": _moment_key(datetime.fromisoformat(taken_in_at), order_id),
                "OrderId": order_id,
                "AddedAt": now.isoformat(timespec="microseconds"),
            }
        )

    def close(self, row: Row, now: datetime, *, has_ended: bool) -> None:
        """Take a row out of `open`, whose order has ended or, if not, is not there.

        Not while the order may be becoming what the row says: being taken in, or open again, for which its row is
        written again first.
        """
        added_at = datetime.fromisoformat(row["AddedAt"])
        is_first = row["RowKey"] == _moment_key(added_at, row["OrderId"])
        if (has_ended and is_first) or now - added_at > ABOUT_TO_OPEN:
            self._table.remove(OPEN, row["RowKey"], etag_of(row))

    def rows(self, kind: str, after: tuple[str, str] | None, page: int) -> Iterator[Row]:
        """Of `DAYS` or `OPEN`, newest first, those behind `after` (partition, row key); read by the page."""
        all_of_kind = "PartitionKey ge @first and PartitionKey lt @last"
        wanted = {"first": kind, "last": kind + "~"}
        if after is None:
            return self._table.rows(all_of_kind, wanted, page=page)
        wanted |= {"partition": after[0], "row": after[1]}
        behind = "( PartitionKey eq @partition and RowKey gt @row or PartitionKey gt @partition )"
        return self._table.rows(f"{all_of_kind} and {behind}", wanted, page=page)


def is_reopened(before: OrderRecord, after: OrderRecord) -> bool:
    """An order that had ended has not after all: a step behind its end failed."""
    return before.position.state.name in TERMINAL and after.position.state.name not in TERMINAL


def _external_key(system: str, external_id: str) -> tuple[str, str]:
    return _source_partition(system), key_of(external_id)


def _source_partition(source: str) -> str:
    return f"ext:{key_of(source)}"


def _number_key(number: str) -> str:
    """No external id's key has a bar in it."""
    return f"number|{key_of(number)}|"


def _moment_key(at: datetime, order_id: str) -> str:
    moment = 10**17 - (at - _EPOCH) // timedelta(microseconds=1)
    return f"{moment:018d}|{key_of(order_id)}"
