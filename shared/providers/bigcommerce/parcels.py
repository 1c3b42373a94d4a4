"""Our shipments as BigCommerce shipments, less what the store knows already.

There is no idempotency key, and every shipment mails the shopper: what has been reported is found by tracking number
and items (reference: bigcommerce.md section 3).
"""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from shared.domain.errors import RejectedByProvider
from shared.domain.orders import Order, OrderLine, ShipmentItem

MAX_TRACKING_NUMBER_CHARACTERS = 50
SHIPPING_PROVIDERS = frozenset(
    ["auspost", "canadapost", "endicia", "fedex", "royalmail", "shipperhq", "ups", "upsonline", "upsready", "usps"]
)


@dataclass(frozen=True)
class Parcel:
    """One shipment to post: BigCommerce wants one per tracking number and shipping address."""

    tracking_number: str
    carrier: str
    address_id: str
    units: dict[int, int]  # by order_product_id
    more_numbers: tuple[str, ...] = ()
    former_numbers: tuple[str, ...] = ()  # under which the store may know it

    def body(self) -> dict[str, Any]:
        return {
            "order_address_id": int(self.address_id),
            **self.tracking(),
            "items": [{"order_product_id": line, "quantity": units} for line, units in self.units.items()],
        }

    def tracking(self) -> dict[str, Any]:
        """The part of it that may come late; a shipment has room for one number, the others are put into words."""
        words = {"comments": f"Also: {', '.join(self.more_numbers)}"} if self.more_numbers else {}
        return {"tracking_number": self.tracking_number, **_carrier(self.carrier), **words}


def parcels_of(order: Order) -> list[Parcel]:
    """What has left the warehouse; what goes to no address (digital goods) is no parcel to BigCommerce.

    Raises RejectedByProvider when a parcel cannot be told to BigCommerce.
    """
    lines = {line.line_id: line for line in order.lines}
    found: list[Parcel] = []
    for shipment in order.shipments:
        number = shipment.tracking_number.strip()
        if len(number) > MAX_TRACKING_NUMBER_CHARACTERS:
            raise RejectedByProvider(f"tracking number {number} has over {MAX_TRACKING_NUMBER_CHARACTERS} characters")
        by_address: dict[str, Counter[int]] = {}
        for item in shipment.items:
            line = lines[item.line_id]
            by_address.setdefault(line.ship_to_id, Counter())[int(line.external_line_id)] += _units(line, item)
        found += [
            Parcel(
                tracking_number=number,
                carrier=shipment.carrier,
                address_id=to,
                units=dict(units),
                more_numbers=shipment.more_tracking_numbers,
                former_numbers=shipment.former_tracking_numbers,
            )
            for to, units in by_address.items()
            if to
        ]
    return found


def not_reported(parcels: Iterable[Parcel], shipments: Iterable[Mapping[str, Any]]) -> list[Parcel]:
    """The parcels without the units that `shipments` of the store have under the same tracking number."""
    reported: Counter[Hashable] = Counter()
    for shipment in shipments:
        number = str(shipment.get("tracking_number") or "").strip()
        for item in shipment.get("items") or ():
            reported[number, int(item["order_product_id"])] += int(item["quantity"])

    def left(parcel: Parcel, line: int, units: int) -> int:
        return units - _take(reported, (parcel.tracking_number, line), units)

    return _with_units(parcels, left)


def reported_without(
    parcels: Iterable[Parcel], shipments: Iterable[Mapping[str, Any]]
) -> tuple[dict[int, Parcel], list[Parcel]]:
    """The parcels that the store knows by a former number, by shipment id; and those it does not know at all.

    They are told to the store by changing its shipment: a second one would ship the units, and mail the shopper, twice.
    """
    open_shipments = {int(each["id"]): each for each in shipments}
    renamed: dict[int, Parcel] = {}
    unknown: list[Parcel] = []
    for parcel in parcels:
        known = next((each for each in open_shipments.values() if _is_formerly(parcel, each)), None)
        if known is None:
            unknown.append(parcel)
        else:
            renamed[int(known["id"])] = parcel
            del open_shipments[int(known["id"])]
    return renamed, unknown


def _is_formerly(parcel: Parcel, shipment: Mapping[str, Any]) -> bool:
    units = {int(item["order_product_id"]): int(item["quantity"]) for item in shipment.get("items") or ()}
    return str(shipment.get("tracking_number") or "").strip() in parcel.former_numbers and units == parcel.units


def still_shippable(parcels: Iterable[Parcel], products: Iterable[Mapping[str, Any]]) -> list[Parcel]:
    """The parcels without the units that the store has as shipped already: it would refuse to ship them again."""
    open_units: Counter[Hashable] = Counter()
    for product in products:
        open_units[product["id"]] = max(0, int(product["quantity"]) - int(product.get("quantity_shipped") or 0))

    def left(_: Parcel, line: int, units: int) -> int:
        return _take(open_units, line, units)

    return _with_units(parcels, left)


def _with_units(parcels: Iterable[Parcel], left: Callable[[Parcel, int, int], int]) -> list[Parcel]:
    """Each parcel with the units `left` says, without lines and parcels that have none left."""
    reduced = (
        replace(parcel, units={line: n for line, units in parcel.units.items() if (n := left(parcel, line, units))})
        for parcel in parcels
    )
    return [parcel for parcel in reduced if parcel.units]


def _take(pool: Counter[Hashable], key: Hashable, units: int) -> int:
    """Take up to `units` out of the pool; how many there were."""
    taken = min(pool[key], units)
    pool[key] -= taken
    return taken


def _units(line: OrderLine, item: ShipmentItem) -> int:
    if item.quantity % 1:
        raise RejectedByProvider(f"{item.quantity} of {line.sku} were shipped; BigCommerce counts whole units only")
    return int(item.quantity)


def _carrier(name: str) -> dict[str, str]:
    """BigCommerce's own shipping providers go by their code, any other carrier by its AfterShip slug: dhl-express."""
    words = re.findall(r"[a-z0-9]+", name.lower())
    if (code := "".join(words)) in SHIPPING_PROVIDERS:
        return {"shipping_provider": code}
    return {"tracking_carrier": "-".join(words)} if words else {}
