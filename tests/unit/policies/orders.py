"""Orders for tests; say only what matters to the test."""

from decimal import Decimal
from typing import Any

from shared.domain.orders import (
    Address,
    FulfillmentOrder,
    FulfillmentOrderLine,
    FulfillmentSource,
    Order,
    OrderLine,
)


def a_line(number: int = 1, **facts: Any) -> OrderLine:
    known: dict[str, Any] = {
        "line_id": f"line-{number}",
        "external_line_id": str(30910 + number),
        "number": number,
        "sku": "BAG-CNV-OLV",
        "product": "BAG-CNV-OLV",
        "unit": "ea",
        "quantity": Decimal(2),
        "unit_price": Decimal("24.50"),
        "ship_to_id": "9120",
    }
    return OrderLine(**(known | facts))


def an_order(*lines: OrderLine, country: str = "US", **facts: Any) -> Order:
    """The sample order of BigCommerce, with its two lines unless others are given."""
    portland = {"name": "Mara Quill", "line1": "12 Harbor Lane", "city": "Portland", "postal_code": "97205"}
    known: dict[str, Any] = {
        "order_id": "0b6f",
        "source": "bigcommerce",
        "external_id": "10427",
        "number": "BC-10427",
        "currency": "USD",
        "total": Decimal("125.82"),
        "addresses": (Address(external_id="9120", country=country, **portland),),
        "lines": lines or (a_line(1), a_line(2, sku="KTL-EN-1L", product="KTL-EN-1L", quantity=Decimal(1))),
    }
    return Order(**(known | facts))


def a_sourced_order(**facts: Any) -> Order:
    """The sample order, its bags from Seattle and Reno, its kettle from Reno."""
    order = an_order(**facts)
    bags, kettle = order.lines
    seattle = a_fulfillment_order("BC-10427-1", "24", (bags, 1))
    reno = a_fulfillment_order("BC-10427-2", "25", (bags, 1), (kettle, 1))
    return order.with_(fulfillment_orders=(seattle, reno))


def a_fulfillment_order(number: str, warehouse: str, *shipping: tuple[OrderLine, int]) -> FulfillmentOrder:
    source = FulfillmentSource(name=warehouse, company="USMF", shipping_site="2", shipping_warehouse=warehouse)
    lines = tuple(FulfillmentOrderLine(line_id=line.line_id, quantity=Decimal(units)) for line, units in shipping)
    return FulfillmentOrder(number=number, fulfiller="finops", source=source, lines=lines)
