"""Claims in the table `Orders`: of two who would do the same thing at the same time, one does it.

A queue delivers at least once, and an activity that asks for an action may run twice: both copies can be in hand at
once, on two machines. A claim ends by itself after a while, for whoever holds it may have died.
"""

from datetime import datetime, timedelta
from uuid import uuid4

from shared.domain.ports import Clock
from shared.store.rows import key_of, row_keys
from shared.store.tables import RowsChanged, Tables
from shared.store.transaction import Operation, insert, replace


class TableClaims:
    """`Claims` on Azure Tables. One call to take what nobody holds."""

    def __init__(self, tables: Tables, clock: Clock, lease: timedelta) -> None:
        self._table = tables.orders
        self._clock = clock
        self._lease = lease
        self._owner = uuid4().hex

    def take(self, order_id: str, what: str) -> float:
        now = self._clock()
        row = {
            **row_keys(order_id, _row_key(what)),
            "Owner": self._owner,
            "Until": (now + self._lease).isoformat(timespec="microseconds"),
        }
        try:
            self._table.transact([insert(row)])
        except RowsChanged:
            held = self._table.get(key_of(order_id), _row_key(what))
            if held is None:  # given back this moment
                return 1.0
            left = (datetime.fromisoformat(held["Until"]) - now).total_seconds()
            return left if left > 0 else self._take_over(row, str(held.metadata["etag"]))
        return 0.0

    def give_back(self, order_id: str, what: str) -> None:
        held = self._table.get(key_of(order_id), _row_key(what))
        if held is None or held["Owner"] != self._owner:
            return  # it has ended meanwhile, and may be somebody else's
        try:
            self._table.transact([Operation("DELETE", row_keys(order_id, _row_key(what)), str(held.metadata["etag"]))])
        except RowsChanged:
            return  # likewise

    def _take_over(self, row: dict[str, str], etag: str) -> float:
        try:
            self._table.transact([replace(row, etag)])
        except RowsChanged:
            return self._lease.total_seconds()  # somebody else was faster
        return 0.0


def _row_key(what: str) -> str:
    return f"C{key_of(what)}"
