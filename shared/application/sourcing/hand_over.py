"""An order whose lines have found their sources: split where one line has several, and a fulfillment order for each.

F&O knows one warehouse a line. So a line that several sources share, or that is sourced in part, becomes several lines
of the same external id; quantity, discount and tax are shared out to the last digit.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from shared.application.sourcing.attempts import Piece
from shared.application.sourcing.leftovers import FULFILLER
from shared.application.sourcing.wanted import alive_units, needs_source
from shared.domain.identity import line_id_for
from shared.domain.orders import FulfillmentOrder, FulfillmentOrderLine, FulfillmentSource, LineHold, Order, OrderLine

_CENT = Decimal("0.01")
_NOTHING = Decimal(0)


@dataclass(frozen=True)
class HandOver:
    """`created`: the fulfillment orders that are new."""

    order: Order
    created: tuple[FulfillmentOrder, ...]

    def numbers(self, fulfillment_order: FulfillmentOrder) -> list[int]:
        """Of its lines."""
        return [self.order.line(line.line_id).number for line in fulfillment_order.lines]


@dataclass(frozen=True)
class _Share:
    """Part of a line; `source` is None for what has none."""

    quantity: Decimal
    source: FulfillmentSource | None = None
    reservation_id: str = ""


def hand_over(
    order: Order,
    pieces: Iterable[Piece],
    sources: Mapping[str, FulfillmentSource],
    hold: LineHold | None = None,
) -> HandOver:
    """`order` with `pieces` given to their sources. What still has no source is held, or stays as it is without `hold`.

    Pieces of a line that needs no source any more, or less than they have, are left out, as are those of a source that
    is gone.
    """
    by_line: dict[str, list[Piece]] = {}
    for piece in pieces:
        by_line.setdefault(piece.line_id, []).append(piece)
    splitting = _Splitting(order, hold)
    for line in order.lines:
        splitting.add(line, _shares(line, by_line.get(line.line_id, ()), sources))
    return splitting.done()


class _Splitting:
    def __init__(self, order: Order, hold: LineHold | None) -> None:
        self._order = order
        self._hold = hold
        self._lines: list[OrderLine] = []
        self._added: list[OrderLine] = []
        self._parts: dict[str, int] = {}
        for line in order.lines:
            self._parts[line.external_line_id] = self._parts.get(line.external_line_id, 0) + 1
        self._next_number = max((line.number for line in order.lines), default=0) + 1
        self._by_source: dict[str, tuple[FulfillmentSource, list[FulfillmentOrderLine]]] = {}

    def add(self, line: OrderLine, shares: Sequence[_Share]) -> None:
        """The line keeps its id with its first share; canceled units stay with it."""
        if not shares:
            self._lines.append(line)
            return
        quantities = [shares[0].quantity + line.quantity_canceled, *(share.quantity for share in shares[1:])]
        discounts, taxes = _shared(line.discount, quantities), _shared(line.tax, quantities)
        for at, share in enumerate(shares):
            part = line if at == 0 else self._another(line)
            part = part.with_(quantity=quantities[at], discount=discounts[at], tax=taxes[at])
            (self._lines if at == 0 else self._added).append(self._given(part, share))

    def done(self) -> HandOver:
        first = len(self._order.fulfillment_orders) + 1
        created = tuple(
            FulfillmentOrder(
                number=f"{self._order.number}-{number}", fulfiller=FULFILLER, source=source, lines=tuple(lines)
            )
            for number, (source, lines) in enumerate(self._by_source.values(), start=first)
        )
        order = self._order.with_(
            lines=(*self._lines, *self._added), fulfillment_orders=(*self._order.fulfillment_orders, *created)
        )
        return HandOver(order, created)

    def _another(self, line: OrderLine) -> OrderLine:
        self._parts[line.external_line_id] += 1
        name = f"{line.external_line_id}/{self._parts[line.external_line_id]}"
        number, self._next_number = self._next_number, self._next_number + 1
        return line.with_(line_id=line_id_for(self._order.order_id, name), number=number, quantity_canceled=Decimal(0))

    def _given(self, line: OrderLine, share: _Share) -> OrderLine:
        if share.source is None:
            return line.with_(hold=_held(line.hold, self._hold))
        _, lines = self._by_source.setdefault(share.source.name, (share.source, []))
        lines.append(
            FulfillmentOrderLine(line_id=line.line_id, quantity=share.quantity, reservation_id=share.reservation_id)
        )
        return line.with_(fulfillment_source=share.source, hold=None)


def _shares(line: OrderLine, pieces: Sequence[Piece], sources: Mapping[str, FulfillmentSource]) -> list[_Share]:
    """One for each source, then the rest; none for a line that needs no source."""
    if not needs_source(line):
        return []
    given = list(_by_source(pieces, sources))
    rest = alive_units(line) - sum((share.quantity for share in given), _NOTHING)
    if rest < 0:
        return [_Share(alive_units(line))]
    return [*given, _Share(rest)] if rest else given


def _by_source(pieces: Sequence[Piece], sources: Mapping[str, FulfillmentSource]) -> Iterator[_Share]:
    for name in dict.fromkeys(piece.source for piece in pieces if piece.source in sources):
        mine = [piece for piece in pieces if piece.source == name]
        quantity = sum((piece.quantity for piece in mine), _NOTHING)
        yield _Share(quantity, sources[name], next((p.reservation_id for p in mine if p.reservation_id), ""))


def _held(present: LineHold | None, wanted: LineHold | None) -> LineHold | None:
    """A line that is held for that reason already has waited since then."""
    if wanted is None or (present and present.reason == wanted.reason):
        return present
    return wanted


def _shared(amount: Decimal, quantities: Sequence[Decimal]) -> list[Decimal]:
    """In proportion, in cents or what smaller unit the amount is given in; the shares add up to it exactly."""
    exponent = amount.normalize().as_tuple().exponent
    unit = min(_CENT, Decimal(1).scaleb(exponent)) if isinstance(exponent, int) else _CENT
    total, so_far, given = sum(quantities, _NOTHING), _NOTHING, _NOTHING
    shares: list[Decimal] = []
    for quantity in quantities:
        so_far += quantity
        up_to_here = amount if so_far == total else (amount * so_far / total).quantize(unit)
        shares.append(up_to_here - given)
        given = up_to_here
    return shares
