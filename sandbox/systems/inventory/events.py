"""What callers do to the stock: change it, reserve it, give it back. Each event counts once, by its id."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sandbox.systems.inventory.api_errors import ApiError
from sandbox.systems.inventory.api_input import Change, Reserve, Unreserve
from sandbox.systems.inventory.config import Config
from sandbox.systems.inventory.measures import Quantities, as_number, by_source
from sandbox.systems.inventory.reservations import Reservation, Reservations
from sandbox.systems.inventory.stock import Cell, Stock
from sandbox.systems.kit import EffectLog

Answer = dict[str, Any]


class Events:
    """Each method takes one event as parsed JSON and answers it; `ApiError` when it is refused."""

    def __init__(self, config: Config, stock: Stock, reservations: Reservations, effects: EffectLog) -> None:
        self._config = config
        self._stock = stock
        self._reservations = reservations
        self._effects = effects
        self._answered: dict[tuple[str, str], Answer] = {}

    def forget(self) -> None:
        """Forget which ids have been counted."""
        self._answered.clear()

    def change(self, raw: Any) -> Answer:
        change = Change.read(raw)
        return self._once("change", change.id, lambda: self._change(change))

    def reserve(self, raw: Any) -> Answer:
        wish = Reserve.read(raw)
        return self._once("reserve", wish.id, lambda: self._reserve(wish))

    def unreserve(self, raw: Any) -> Answer:
        wish = Unreserve.read(raw)
        return self._once("unreserve", wish.id, lambda: self._unreserve(wish))

    def _once(self, kind: str, event_id: str, do: Callable[[], Answer]) -> Answer:
        """The first answer to this id; a refused event counts as never sent and may come again."""
        if (kind, event_id) not in self._answered:
            outcome = {"id": event_id, "processingStatus": "success", "message": "", "statusCode": 200}
            self._answered[kind, event_id] = outcome | do()
        return self._answered[kind, event_id]

    def _change(self, change: Change) -> Answer:
        cell = self._stock.cell(change.organization_id, change.product_id, change.dimensions)
        quantities = {
            f"{source}.{name}": quantity
            for source, measures in change.quantities.items()
            for name, quantity in measures.items()
        }
        self._check_changeable(quantities)
        self._stock.add(cell, quantities)
        self._record("on_hand_changed", change.id, cell, quantities=by_source(quantities))
        return {}

    def _check_changeable(self, quantities: Quantities) -> None:
        for measure in quantities:
            source, _, name = measure.partition(".")
            if name not in self._config.measures.get(source, ()):
                raise ApiError(400, f"There is no physical measure '{measure}'.")
            if source == "fno":
                raise ApiError(400, "The data source 'fno' is changed by Supply Chain Management only.")
            if measure in self._config.reservations:
                raise ApiError(400, f"The measure '{measure}' is changed by reservations only.")

    def _reserve(self, wish: Reserve) -> Answer:
        reservation = self._reservations.reserve(wish)
        kind = "reserved" if wish.quantity > 0 else "unreserved"
        self._record_units(kind, wish, reservation, abs(wish.quantity))
        return {"reservationId": reservation.id}

    def _unreserve(self, wish: Unreserve) -> Answer:
        reservation, freed = self._reservations.unreserve(wish)
        if freed:
            self._record_units("unreserved", wish, reservation, freed)
        excess = wish.offset_qty - freed
        return {
            "reservationId": wish.reservation_id,
            "totalInvalidOffsetQtyByReservId": as_number(excess),
            "processingStatus": "partialSuccess" if excess else "success",
        }

    def _record_units(self, kind: str, wish: Reserve | Unreserve, reservation: Reservation, quantity: Decimal) -> None:
        facts = {"reservation_id": reservation.id, "measure": reservation.measure, "quantity": as_number(quantity)}
        self._record(kind, wish.id, reservation.cell, **facts)

    def _record(self, kind: str, event_id: str, cell: Cell, **facts: Any) -> None:
        place = {
            "organization": cell.organization,
            "product": cell.product,
            "dimensions": self._stock.spelled(dict(sorted(cell.dimensions))),
        }
        self._effects.record(kind, id=event_id, **place, **facts)
