"""Errors that a person has dealt with."""

from dataclasses import dataclass

from shared.domain.errors import OrderProblem, UnknownOrder
from shared.domain.ports import ErrorPages, OrderBook
from shared.domain.states import ON_HOLD


class UnknownError(OrderProblem):
    """The error pages have no such entry."""


class StillOnHold(OrderProblem):
    """The error is why its order stands still: it is over when the order goes on, or ends."""


@dataclass(frozen=True)
class ErrorDesk:
    book: OrderBook
    errors: ErrorPages

    def resolve(self, kind: str, key: str) -> None:
        """Take an error off the active ones; once more changes nothing. Raises UnknownError, StillOnHold."""
        entry = self.errors.entry(kind, key)
        if entry is None:
            raise UnknownError(f"no {kind} error {key!r}")
        if entry.status == "active" and entry.order_id and self._is_on_hold(entry.order_id):
            raise StillOnHold(f"order {entry.order_id} is on hold: reprocess or cancel it")
        self.errors.resolve_entry(kind, key)

    def _is_on_hold(self, order_id: str) -> bool:
        try:
            return self.book.header(order_id).position.state.name == ON_HOLD
        except UnknownOrder:
            return False
