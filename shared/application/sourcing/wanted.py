"""Order lines as the optimizer wants them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from shared.domain.orders import Address, Order, OrderLine
from shared.domain.sourcing import Places
from shared.optimization import Place, WantedLine, WantedOrder

_NOWHERE = Place(latitude=0, longitude=0)  # lines to an unknown place are undecidable in words that say which place


@dataclass(frozen=True)
class Task:
    """Lines of one order to be sourced in one attempt.

    `held`: scarce stock goes by how long lines have been on hold; otherwise by when the order was placed.
    """

    order: Order
    attempt: str
    lines: tuple[OrderLine, ...]
    held: bool = False

    @property
    def order_id(self) -> str:
        return self.order.order_id

    @property
    def wanted(self) -> dict[str, Decimal]:
        return {line.line_id: alive_units(line) for line in self.lines}

    def since(self, line: OrderLine) -> datetime | None:
        return line.hold.since if self.held and line.hold else self.order.placed_at


def unsourced(order: Order) -> tuple[OrderLine, ...]:
    """What still needs a source: neither canceled, nor digital, nor with F&O already."""
    return tuple(line for line in order.lines if needs_source(line))


def needs_source(line: OrderLine) -> bool:
    return line.alive and not line.digital and line.fulfillment_source is None and not line.in_finops


def alive_units(line: OrderLine) -> Decimal:
    return line.quantity - line.quantity_canceled


def wanted_orders(
    task: Task, missing: Mapping[str, Decimal], places: Places, unanswered: Mapping[str, str]
) -> Iterator[WantedOrder]:
    """The `missing` units by line id; one order of the optimizer for each ship-to and date: it knows but one of each.

    `unanswered`: products whose stock nobody can say, with the reason. One line that cannot be decided stops them all:
    a person must act before anything of the order leaves.
    """
    order = task.order
    lines = [line for line in task.lines if missing.get(line.line_id)]
    groups: dict[tuple[str, datetime | None], list[OrderLine]] = {}
    for line in lines:
        groups.setdefault((order.address_of(line).external_id, task.since(line)), []).append(line)
    wrong = {line.line_id: text for line in lines if (text := undecidable(order, line, places, unanswered))}
    for number, ((_, since), group) in enumerate(groups.items(), start=1):
        address = order.address_of(group[0])
        yield WantedOrder(
            order_id=f"{order.order_id}|{number}",
            number=order.number,
            placed_at=since,
            destination=_place(address, places) or _NOWHERE,
            country=address.country,
            lines=tuple(_wanted_line(line, missing[line.line_id], wrong) for line in group),
        )


def undecidable(order: Order, line: OrderLine, places: Places, unanswered: Mapping[str, str]) -> str:
    """Why nobody can say where this line is to leave from; empty when it can be decided."""
    if order.company is None:
        return "company = None: the order belongs to no company"
    if line.company not in (None, order.company):
        return f"company = {line.company!r}: the order belongs to {order.company}"
    if line.product is None:
        return f"sku = {line.sku!r}: no product is known for it"
    if line.product in unanswered:
        return unanswered[line.product]
    address = order.address_of(line)
    if places.of(address) is None:
        return f"postal_code = {address.postal_code!r}, country = {address.country!r}: nobody knows where that is"
    return ""


def _wanted_line(line: OrderLine, quantity: Decimal, wrong: Mapping[str, str]) -> WantedLine:
    exception = wrong.get(line.line_id, "another line of the order cannot be decided" if wrong else "")
    return WantedLine(
        line_id=line.line_id,
        number=line.number,
        product=line.product or line.sku or "unknown",
        quantity=quantity,
        exception=exception,
    )


def _place(address: Address, places: Places) -> Place | None:
    found = places.of(address)
    return None if found is None else Place(latitude=found[0], longitude=found[1])
