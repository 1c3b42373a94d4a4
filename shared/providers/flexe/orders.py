"""Our order as a Flexe order, and whether one that is there already is the same (reference: flexe.md section 3).

Only what goes by parcel, is not canceled and has not left is sent. Lines keep the store's line id, by which shipments
come back; prices are nobody's business in a warehouse.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from shared.domain.errors import RejectedByProvider
from shared.domain.orders import Address, Order, OrderLine
from shared.domain.progress import plain, shipped
from shared.providers.flexe.client import timestamp
from shared.providers.flexe.connection import FlexeConnection
from shared.providers.flexe.readings import NONE, FlexeOrder

JsonObject = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """What is left to ship of one line; 0 units when all of it has left."""

    line: OrderLine
    units: int

    def body(self) -> JsonObject:
        return {
            "external_line_id": self.line.external_line_id,
            "sku": self.line.sku,
            "quantity": self.units,
            "description": self.line.name,
        }


def wanted_of(order: Order) -> tuple[Wanted, ...]:
    """The lines that go by parcel and are not canceled; none when nothing of the order does.

    Raises RejectedByProvider for a line that no warehouse could ship.
    """
    gone = shipped(order)
    lines = (line for line in order.lines if line.alive and not line.digital)
    return tuple(_wanted(line, gone.get(line.line_id, NONE)) for line in lines)


def to_flexe_order(
    order: Order, wanted: Sequence[Wanted], external_id: str, connection: FlexeConnection, now: datetime
) -> JsonObject:
    """The body of a create; an order whose store does not say when it was placed was placed `now`.

    Raises RejectedByProvider.
    """
    left = [each for each in wanted if each.units]
    if not left:
        raise RejectedByProvider(f"all of order {order.number} that goes by parcel has left already")
    return {
        "owner_id": connection.owner_id,
        "external_order_id": external_id,
        "order_type": connection.order_type,
        "ordered_at": timestamp(order.placed_at or now),
        "ship_by": None,
        "service_level": connection.service_level,
        "ship_to": _ship_to(_only_address(order, left)),
        "lines": [each.body() for each in left],
        "metadata": {"source": order.source, "source_order_id": order.external_id},
    }


def differences(found: FlexeOrder, wanted: Sequence[Wanted]) -> list[str]:
    """How an order that is at Flexe differs from what it should ship, a sentence for each line that does.

    Flexe may have shipped or canceled more by now than we have heard of, so what is wanted must lie between what it
    still has to ship and what it was asked for.
    """
    by_id = {each.line.external_line_id: each for each in wanted}
    found_by_id = {line.external_line_id: line for line in found.lines}
    return [*_line_differences(found_by_id, by_id)]


def _line_differences(found: dict[str, Any], wanted: dict[str, Wanted]) -> Iterator[str]:
    for line_id in dict.fromkeys([*wanted, *found]):
        theirs, ours = found.get(line_id), wanted.get(line_id)
        name = f"line {ours.line.number}" if ours else f"line with external id {line_id}"
        units = Decimal(ours.units) if ours else NONE
        asked, still = (theirs.quantity, theirs.open) if theirs else (NONE, NONE)
        if not still <= units <= asked:
            yield f"{name}: {plain(asked)} there, {plain(units)} wanted"
        elif theirs and ours and theirs.sku != ours.line.sku:
            yield f"{name}: SKU {theirs.sku!r} there, {ours.line.sku!r} wanted"


def _wanted(line: OrderLine, gone: Decimal) -> Wanted:
    units = max(NONE, line.quantity - line.quantity_canceled - gone)
    if units % 1:
        raise RejectedByProvider(f"quantity of line {line.number} = {plain(units)}: Flexe ships whole units only")
    if not line.sku.strip():
        raise RejectedByProvider(f"sku of line {line.number} = {line.sku!r}: Flexe ships nothing without a SKU")
    return Wanted(line, int(units))


def _only_address(order: Order, wanted: Sequence[Wanted]) -> Address:
    """Addresses are named by their ids: what they hold is personal."""
    lines_to: dict[Address, list[Wanted]] = {}
    for each in wanted:
        lines_to.setdefault(order.address_of(each.line).with_(external_id=""), []).append(each)
    if len(lines_to) > 1:
        places = "; ".join(_going(order, lines) for lines in lines_to.values())
        raise RejectedByProvider(
            f"a Flexe order goes to one address, order {order.number} to {len(lines_to)}: {places}"
        )
    return next(iter(lines_to))


def _going(order: Order, wanted: Sequence[Wanted]) -> str:
    numbers = ", ".join(str(each.line.number) for each in wanted)
    address_id = order.address_of(wanted[0].line).external_id
    return f"address {address_id or '(without an id)'} gets line{'s' if len(wanted) > 1 else ''} {numbers}"


def _ship_to(address: Address) -> JsonObject:
    return {
        "name": address.name or address.company,
        "company": address.company,
        "address_1": address.line1,
        "address_2": address.line2,
        "city": address.city,
        "region": address.state,
        "postal_code": address.postal_code,
        "country_code": address.country,
        "phone": address.phone,
        "email": address.email,
    }
