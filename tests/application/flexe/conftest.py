"""A warehouse of Flexe as the event handler sees it, and orders that are there."""

from typing import Any

import pytest

from shared.application.flexe_events import FlexeEvents
from shared.application.provider_events import ProviderEvent, Seen
from shared.domain.actions import Provider
from shared.domain.identity import FLEXE
from shared.domain.orders import FulfillmentOrder, FulfillmentOrderLine, FulfillmentSource, Order
from shared.providers.flexe.client import FlexeClient
from shared.providers.flexe.readings import FlexeOrder, read_order
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.samples import SENT, an_order, taken_in
from tests.providers.flexe.samples import a_connection, a_parcel, raw_order

SOURCES = {"wh_12": FulfillmentSource(name="Reno", company="USMF", shipping_site="5", shipping_warehouse="51")}


class Warehouse(FlexeClient):
    """Shows orders as a test sets them up; `looks` counts how often it was asked."""

    def __init__(self) -> None:
        self._orders: dict[str, FlexeOrder] = {}
        self.fault: Exception | None = None
        self.looks = 0

    def has(self, order: Order, status: str = "accepted", *parcels: dict[str, Any], **facts: Any) -> ProviderEvent:
        """The order at Flexe, and the event that leads to it."""
        lines = [
            {"external_line_id": line.external_line_id, "sku": line.sku, "quantity": 1, **facts.pop(line.line_id, {})}
            for line in order.lines
        ]
        flexe_id = f"obo-{order.external_id}"
        given = {"id": flexe_id, "external_order_id": order.external_id, "lines": lines, "shipments": [*parcels]}
        self._orders[flexe_id] = read_order(raw_order(status, **{**given, **facts}), a_connection().status)
        return ProviderEvent(provider=Provider.FLEXE, document=flexe_id, reference=order.external_id)

    def order(self, order_id: str) -> FlexeOrder:
        self.looks += 1
        if self.fault:
            raise self.fault
        return self._orders[order_id]


def at_flexe(order: Order) -> Order:
    """As it is kept once it was sent; the tests' name for it at Flexe is its id in the store, which is unique."""
    lines = tuple(FulfillmentOrderLine(line_id=line.line_id, quantity=line.quantity) for line in order.lines)
    fulfillment_order = FulfillmentOrder(
        number=order.external_id,
        fulfiller=FLEXE,
        external_id=f"obo-{order.external_id}",
        status="accepted",
        lines=lines,
    )
    return order.with_(fulfillment_orders=(fulfillment_order,))


def parcel(number: int, *lines: str) -> dict[str, Any]:
    return a_parcel(f"shp_{number}", dict.fromkeys(lines, 1))


BOTH = parcel(1, "1", "2")


def names(seen: tuple[Seen, ...]) -> list[str]:
    (one,) = seen
    return [mark.name for mark in one.events]


@pytest.fixture
def warehouse() -> Warehouse:
    return Warehouse()


@pytest.fixture
def events(book: TableOrderBook, errors: TableErrorPages, warehouse: Warehouse) -> FlexeEvents:
    return FlexeEvents(book, errors, warehouse, SOURCES)


@pytest.fixture
def order(book: TableOrderBook) -> Order:
    """Two lines of one unit, with Flexe."""
    order = taken_in(book, *SENT, order=at_flexe(an_order())).order
    book.link(order.order_id, FLEXE, order.external_id)
    return order
