"""Finding orders: by what other systems call them, by where they stand and for how long, by what went wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from shared.domain.orders import Value
from shared.domain.ports import Clock, ErrorPages, OrderBook
from shared.domain.records import OrderRecord
from shared.domain.states import TERMINAL

MOST_LOOKED_AT = 1_000

Kind = Literal["open", "all"]
Placed = tuple[str, OrderRecord | None]


class OrderList(Protocol):
    """What an order store must offer to be looked through."""

    def newest(self, kind: Kind, about: int, after: str = "") -> Iterator[Placed]:
        """Places and the orders there, newest first, behind the place `after`; None: an order that is not (yet) one.

        `about` is how many will be looked at if most of them fit.
        """
        ...

    def numbered(self, source: str, number: str) -> list[OrderRecord]: ...

    def known(self, order_ids: list[str]) -> list[OrderRecord]: ...


class OrderFilter(Value):
    """Everything that is given must hold. `state` "open" stands for every state but those an order ends in."""

    state: str | None = None
    source: str | None = None
    flow: str | None = None
    external_id: str | None = None
    number: str | None = None
    older_than: timedelta | None = None  # how long the order has been in its state
    error: str | None = None  # part of the message of an active error, in any case

    def fits(self, record: OrderRecord, now: datetime) -> bool:
        order = record.order
        exact = ((self.source, order.source), (self.flow, record.flow), (self.external_id, order.external_id))
        if any(wanted is not None and wanted != has for wanted, has in (*exact, (self.number, order.number))):
            return False
        return self._state_fits(record.position.state.name) and self._age_fits(record, now)

    @property
    def only_open(self) -> bool:
        return self.state is not None and self.state not in TERMINAL

    def _state_fits(self, state: str) -> bool:
        return state not in TERMINAL if self.state == "open" else self.state in (None, state)

    def _age_fits(self, record: OrderRecord, now: datetime) -> bool:
        return self.older_than is None or now - datetime.fromisoformat(_since(record)) > self.older_than


@dataclass(frozen=True)
class Page:
    """`after` is where the next page starts; None when there is none."""

    orders: tuple[OrderRecord, ...]
    after: str | None


@dataclass(frozen=True)
class OrderListing:
    """What it costs, in storage calls:

    - by external id: 1 for each source asked, and 1 for the order found; by number likewise, for each order found
    - by error: 1 for every 1,000 active errors, and 1 for each order whose error has the text
    - by a state that is no end, or "open": 1 for each open order looked at, and 1 for every 64 of them
    - else the same for each order ever taken in, from the newest on

    A page looks at no more than 1,000 orders; it may then hold fewer than asked for, or none, and still have a next.
    """

    orders: OrderList
    book: OrderBook
    errors: ErrorPages
    sources: tuple[str, ...]
    clock: Clock

    def page(self, wanted: OrderFilter, limit: int, after: str = "") -> Page:
        """Orders that fit, newest first, without lines."""
        now, found = self.clock(), []
        in_error = None if wanted.error is None else self._in_error(wanted.error)
        places = self._places(wanted, in_error, limit, after)
        for looked_at, (place, record) in enumerate(places, start=1):
            if record and wanted.fits(record, now) and (in_error is None or record.order.order_id in in_error):
                found.append(record)
            if len(found) == limit or looked_at == MOST_LOOKED_AT:
                return Page(tuple(found), None if next(places, None) is None else place)
        return Page(tuple(found), None)

    def _places(self, wanted: OrderFilter, in_error: set[str] | None, limit: int, after: str) -> Iterator[Placed]:
        found = self._named(wanted)
        if found is None and in_error is not None:
            found = self.orders.known(sorted(in_error))
        if found is None:
            return self.orders.newest("open" if wanted.only_open else "all", limit + 1, after)
        placed = sorted(((_place(record), record) for record in found), key=lambda each: each[0], reverse=True)
        return ((place, record) for place, record in placed if not after or place < after)

    def _named(self, wanted: OrderFilter) -> list[OrderRecord] | None:
        """Those of the wanted name or number; None when no name is wanted."""
        sources = [wanted.source] if wanted.source else self.sources
        if wanted.external_id is not None:
            ids = (self.book.find(source, wanted.external_id) for source in sources)
            return self.orders.known([order_id for order_id in ids if order_id])
        if wanted.number is not None:
            return [record for source in sources for record in self.orders.numbered(source, wanted.number)]
        return None

    def _in_error(self, text: str) -> set[str]:
        """The orders with an active error that has the text."""
        entries = self.errors.entries()
        return {each.order_id for each in entries if each.order_id and text.casefold() in each.message.casefold()}


def _since(record: OrderRecord) -> str:
    return record.state_since or record.created_at


def _place(record: OrderRecord) -> str:
    return f"{record.created_at}/{record.order.order_id}"
