"""Soft reservations. A reservation id stands for a product, its dimensions and a measure, not for one request."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID, uuid5

from sandbox.systems.inventory.api_errors import ApiError
from sandbox.systems.inventory.api_input import Reserve, Unreserve
from sandbox.systems.inventory.config import Config
from sandbox.systems.inventory.stock import Cell, Stock

RESERVATION_IDS = UUID("3a5e0c5e-7a56-4a0e-8f5d-6c1b2d9e4f70")


class Reservation(NamedTuple):
    """Where units are held, and the `source.measure` that counts them."""

    cell: Cell
    measure: str

    @property
    def id(self) -> str:
        """The same for the same place and measure, in every run."""
        cell = self.cell
        name = json.dumps([cell.organization, cell.product, sorted(cell.dimensions), self.measure])
        return str(uuid5(RESERVATION_IDS, name))


class Reservations:
    def __init__(self, config: Config, stock: Stock) -> None:
        self._config = config
        self._stock = stock
        self._by_id: dict[str, Reservation] = {}

    def clear(self) -> None:
        self._by_id.clear()

    def __iter__(self) -> Iterator[Reservation]:
        """All that have ever been made, the oldest first."""
        return iter(self._by_id.values())

    def held(self, reservation: Reservation) -> Decimal:
        """Units reserved and not yet given back."""
        return self._stock.physical(reservation.cell).get(reservation.measure, Decimal(0))

    def reserve(self, wish: Reserve) -> Reservation:
        """Hold the units, or give some back for a negative quantity; `ApiError` 400 when that cannot be."""
        reservation = self._wanted(wish)
        if wish.if_check_avail_for_reserv:
            self._check_available(reservation, wish.quantity)
        elif self.held(reservation) + wish.quantity < 0:
            raise ApiError(400, f"Only {self.held(reservation)} units are reserved.")
        self._stock.add(reservation.cell, {reservation.measure: wish.quantity})
        return self._by_id.setdefault(reservation.id, reservation)

    def unreserve(self, wish: Unreserve) -> tuple[Reservation, Decimal]:
        """Give back up to `offset_qty` units; what was reserved and how many were freed."""
        found = self._by_id.get(wish.reservation_id)
        if found is None:
            raise ApiError(400, f"There is no reservation {wish.reservation_id}.")
        if self._stock.cell(wish.organization_id, found.cell.product, wish.dimensions) != found.cell:
            raise ApiError(400, "The organization and dimensions must be those of the reservation.")
        freed = min(wish.offset_qty, self.held(found))
        self._stock.add(found.cell, {found.measure: -freed})
        return found, freed

    def _wanted(self, wish: Reserve) -> Reservation:
        cell = self._stock.cell(wish.organization_id, wish.product_id, wish.dimensions)
        self._check_hierarchy(wish.dimensions)
        measure = f"{wish.quantity_data_source}.{wish.modifier}".lower()
        if measure not in self._config.reservations:
            raise ApiError(400, f"There is no soft reservation mapping for the measure '{measure}'.")
        if not wish.quantity:
            raise ApiError(400, "The quantity must not be zero.")
        return Reservation(cell, measure)

    def _check_hierarchy(self, dimensions: Mapping[str, str]) -> None:
        hierarchy = self._config.reservation_hierarchy
        if dimensions.keys() != set(hierarchy[: len(dimensions)]):
            raise ApiError(400, f"The dimensions must follow the reservation hierarchy: {', '.join(hierarchy)}.")

    def _check_available(self, reservation: Reservation, quantity: Decimal) -> None:
        if quantity < 0:
            raise ApiError(400, "A negative quantity needs ifCheckAvailForReserv to be false.")
        available = self._stock.available(reservation.cell, self._config.reservations[reservation.measure])
        if quantity > available:
            raise ApiError(400, f"Not enough available to reserve: {quantity} wanted, {available} available.")
