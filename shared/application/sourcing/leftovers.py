"""Units that were reserved for an order and are of no use to it: given back, once nobody can need them any more.

A reservation is of use when a line of a fulfillment order stands for it: the same units of the same line at the same
source. Which of several alike it stands for does not matter.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from shared.application.sourcing.attempts import Attempts, Piece, kept_pieces
from shared.application.sourcing.daily_lines import DailyLines
from shared.domain.orders import Order
from shared.domain.progress import shipped
from shared.domain.stock import Stock

FULFILLER = "finops"
_NOTHING = Decimal(0)

_Cell = tuple[str, str, Decimal]
"""Source, the store's line (of which an order line may be a part), units."""


@dataclass(frozen=True)
class Leftovers:
    attempts: Attempts
    stock: Stock
    daily_lines: DailyLines

    def give_back(self, order: Order, *, over: str | None = None, ended: bool = False) -> None:
        """What no fulfillment order of `order` stands for, of all attempts that are not open but for `over`.

        `ended`: nothing more of the order will leave, so of all attempts only what has shipped is of use. Done again,
        nothing more is given back. Raises TransientProviderError, RejectedByProvider.
        """
        in_hand = set() if ended else {attempt for _, attempt in self.attempts.open(order.order_id)} - {over}
        rounds = self.attempts.rounds(order.order_id)
        pieces = [kept_pieces(each) for attempt, each in rounds.items() if attempt not in in_hand]
        unused = list(_unused(order, (group for each in pieces for group in _by_line(each)), ended=ended))
        if reservations := [piece.reservation for piece in unused if piece.reservation]:
            self.stock.release(reservations)
        self.daily_lines.remove(unused)


def _by_line(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """What one attempt has for a line at a source, in whatever rounds: a fulfillment order has it as one."""

    def line_and_source(piece: Piece) -> tuple[str, str]:
        return piece.line_id, piece.source

    return [list(group) for _, group in groupby(sorted(pieces, key=line_and_source), key=line_and_source)]


def _unused(order: Order, groups: Iterable[Sequence[Piece]], *, ended: bool) -> Iterator[Piece]:
    """Pieces, or what is too much of them."""
    in_use = _in_use(order, ended=ended)
    for group in groups:
        total = sum((piece.quantity for piece in group), _NOTHING)
        used = in_use.get((group[0].source, order.line(group[0].line_id).external_line_id, total))
        surplus = total - (used.pop() if used else _NOTHING)
        for piece in group:
            rest = min(surplus, piece.quantity)
            surplus -= rest
            if rest:
                reservation = piece.reservation and piece.reservation.with_(quantity=rest)
                yield piece.with_(quantity=rest, reservation=reservation)


def _in_use(order: Order, *, ended: bool) -> dict[_Cell, list[Decimal]]:
    """Units that are still of use, for each line of a fulfillment order."""
    found: dict[_Cell, list[Decimal]] = {}
    left = shipped(order)
    for each in order.fulfillment_orders:
        for line in each.lines if each.source and each.fulfiller == FULFILLER else ():
            used = min(line.quantity, left.get(line.line_id, _NOTHING)) if ended else line.quantity
            cell = each.source.name if each.source else "", order.line(line.line_id).external_line_id, line.quantity
            found.setdefault(cell, []).append(used)
    return found
