"""The port `Stock` on Inventory Visibility: nothing is kept here, its soft reservations are the commit point."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.stock import Reservation, Reserved, StockPlace
from shared.providers.inventory.client import InventoryClient, JsonObject
from shared.providers.inventory.connection import InventoryConnection
from shared.providers.inventory.rows import EventAnswer

log = logging.getLogger(__name__)

_Cell = tuple[str, str, str]


class InventoryVisibility:
    """Thread-safe. A key whose units were released is spent: asked again, the service repeats its first answer."""

    def __init__(self, client: InventoryClient, connection: InventoryConnection) -> None:
        self._client = client
        self._connection = connection

    def available(
        self, company: str, places: Sequence[StockPlace], products: Iterable[str]
    ) -> Mapping[str, Mapping[str, Decimal]]:
        """Every source asked for has an entry; what is owed (less than nothing) counts as none."""
        distinct = [*dict.fromkeys(products)]
        units = self._units(company, places, distinct)
        found: dict[str, dict[str, Decimal]] = {place.source: {} for place in places}
        for place in dict.fromkeys(places):
            of_source = found[place.source]
            for product in distinct:
                if (here := units.get(_cell(place.site, place.location, product))) is not None:
                    of_source[product] = of_source.get(product, Decimal(0)) + max(here, Decimal(0))
        return found

    def reserve(self, wanted: Sequence[Reservation]) -> tuple[Reserved, ...]:
        answers = self._client.reserve([self._reserve_event(each) for each in wanted])
        return tuple(_reserved(each, answer) for each, answer in zip(wanted, answers, strict=True))

    def release(self, kept: Sequence[Reservation]) -> None:
        """Raises ValueError for a reservation that was never made, before anything is given back."""
        answers = self._client.unreserve([_unreserve_event(each) for each in kept])
        refusals: list[str] = []
        for each, answer in zip(kept, answers, strict=True):
            if answer.partial:
                gone = answer.total_invalid_offset_qty_by_reserv_id
                log.warning("of %s units of reservation %s, %s were not kept any more", each.quantity, each.key, gone)
            elif not answer.whole:
                refusals.append(f"{each.key}: {answer.reason}")
        if refusals:
            message = f"Inventory Visibility would not release {len(refusals)} of {len(kept)} reservations"
            raise RejectedByProvider(f"{message}, such as {refusals[0]}")

    def _units(self, company: str, places: Sequence[StockPlace], products: Sequence[str]) -> Mapping[_Cell, Decimal]:
        """Summed, as one product may come in several rows, one for each color."""
        pairs = [*dict.fromkeys((place.site, place.location) for place in places)]
        units: dict[_Cell, Decimal] = defaultdict(Decimal)
        silent = 0
        for row in self._client.on_hand(company, pairs, products):
            quantity = row.quantity(self._connection.measure)
            if quantity is None:
                silent += 1
                continue
            units[_cell(row.dimensions.site_id, row.dimensions.location_id, row.product_id)] += quantity
        if silent:
            log.warning("%d rows of Inventory Visibility lack the measure %s", silent, self._connection.measure)
        return units

    def _reserve_event(self, reservation: Reservation) -> JsonObject:
        return {
            "id": reservation.key,
            "organizationId": reservation.company,
            "productId": reservation.product,
            "dimensions": _dimensions(reservation.place),
            "quantityDataSource": self._connection.reserve_source,
            "modifier": self._connection.reserve_modifier,
            "quantity": _number(reservation.quantity),
            "ifCheckAvailForReserv": True,
        }


def _unreserve_event(reservation: Reservation) -> JsonObject:
    if not reservation.reservation_id:
        raise ValueError(f"reservation {reservation.key} was never made: it has no reservation_id")
    return {
        # Of its own, as it is not documented whether reserving and giving back share their ids.
        "id": f"{reservation.key}.release",
        "organizationId": reservation.company,
        "reservationId": reservation.reservation_id,
        "dimensions": _dimensions(reservation.place),
        "OffsetQty": _number(reservation.quantity),
    }


def _reserved(reservation: Reservation, answer: EventAnswer) -> Reserved:
    if not answer.whole:
        return Reserved(reservation=reservation, refusal=answer.reason)
    if not answer.reservation_id:
        raise TransientProviderError(f"Inventory Visibility reserved {reservation.key} without a reservation id")
    return Reserved(reservation=reservation.with_(reservation_id=answer.reservation_id))


def _cell(site: str, location: str, product: str) -> _Cell:
    """F&O tells codes apart without regard to case."""
    return site.casefold(), location.casefold(), product.casefold()


def _dimensions(place: StockPlace) -> dict[str, str]:
    return {"siteId": place.site, "locationId": place.location}


def _number(quantity: Decimal) -> int | float:
    """A JSON number that reads as the same decimal, up to 15 digits."""
    return int(quantity) if quantity == quantity.to_integral_value() else float(quantity)
