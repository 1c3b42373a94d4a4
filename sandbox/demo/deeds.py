"""What the people outside do to the order a scenario follows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.demo.evidence.flexe import flexe_id
from sandbox.demo.evidence.sap import sap_number
from sandbox.demo.scenario import Order
from sandbox.systems.bigcommerce import samples

Deed = Callable[[Order], None]


def place(*, channel: int, lines: Sequence[tuple[str, int]] = samples.TWO_LINES) -> Deed:
    """A shopper orders, in the store's channel of that id."""

    def deed(order: Order) -> None:
        order.world.bigcommerce.place(samples.order(int(order.external_id), lines=lines, channel_id=channel))

    return deed


def enter(sales_order: Mapping[str, Any]) -> Deed:
    """A clerk enters an order in F&O, as `POST /_control/orders` takes it."""

    def deed(order: Order) -> None:
        entered = order.world.finops.enter({**sales_order, "number": f"SO-{order.external_id}"})
        order.source, order.external_id = "finops", entered["salesorderid"]
        order.number, order.company = entered["number"], entered["company"]

    return deed


def confirm(order: Order) -> None:
    order.world.finops.confirm(order.number)


def pick(order: Order) -> None:
    """What F&O has of the order and was not picked yet."""
    order.world.finops.pick(order.number)


def pack(order: Order) -> None:
    order.world.finops.pack(order.number)


def pick_and_pack(order: Order) -> None:
    pick(order)
    pack(order)


def pack_parcels(*parcels: Mapping[int, float]) -> Deed:
    """One parcel after the other leaves; units by line number."""

    def deed(order: Order) -> None:
        for lines in parcels:
            order.world.finops.pack(order.number, lines)

    return deed


def invoice(order: Order) -> None:
    """In F&O, which thereby delivers what it has not delivered yet."""
    order.world.finops.invoice(order.number)


def ship_from(warehouse: str) -> Deed:
    """Flexe ships everything from one of its warehouses, in one parcel."""

    def deed(order: Order) -> None:
        order.world.flexe.ship(flexe_id(order), warehouse)

    return deed


def invoice_in_sap(order: Order) -> None:
    order.world.sap.invoice(sap_number(order))
