"""Orders for tests; say only what matters to the test."""

from decimal import Decimal
from typing import Any

from shared.domain.orders import Address, Order, OrderLine


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
