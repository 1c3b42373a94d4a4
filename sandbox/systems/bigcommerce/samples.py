"""Orders shaped like the real ones, ready to be POSTed to `/_control/orders`: for demo, tests and measurements."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import format_datetime
from typing import Any, NamedTuple

from sandbox.systems.bigcommerce.statuses import STATUSES

TAX_RATE = Decimal("0.08")
SHIPPING_COST = Decimal("7.50")


class Product(NamedTuple):
    product_id: int
    variant_id: int
    name: str
    price: Decimal


class Country(NamedTuple):
    name: str
    currency: str
    shopper: dict[str, str]


CATALOG = {
    "BAG-CNV-OLV": Product(214, 377, "Canvas Field Bag", Decimal("24.50")),
    "KTL-EN-1L": Product(231, 402, "Enamel Kettle", Decimal(60)),
}
COUNTRIES = {
    "US": Country(
        "United States",
        "USD",
        {"first_name": "Mara", "last_name": "Quill", "company": "", "street_1": "12 Harbor Lane", "street_2": "Apt 4"}
        | {"city": "Portland", "state": "Oregon", "zip": "97205", "phone": "5035550142"}
        | {"email": "mara.quill@example.com"},
    ),
    "DE": Country(
        "Germany",
        "EUR",
        {"first_name": "Jörg", "last_name": "Weißmüller", "company": "Küchenhaus", "street_1": "Gärtnerweg 7"}
        | {"street_2": "", "city": "Köln", "state": "Nordrhein-Westfalen", "zip": "50667", "phone": "+49 221 5550142"}
        | {"email": "joerg.weissmueller@example.com"},
    ),
}
TWO_LINES = (("BAG-CNV-OLV", 2), ("KTL-EN-1L", 1))

NOTHING = "0.0000"
SAME_ON_ALL_ORDERS: dict[str, Any] = {
    "customer_id": 58,
    "date_shipped": "",
    "shipping_cost_tax_class_id": 2,
    "base_handling_cost": NOTHING,
    "handling_cost_tax_class_id": 2,
    "base_wrapping_cost": NOTHING,
    "wrapping_cost_tax_class_id": 3,
    "is_tax_inclusive_pricing": False,
    "items_shipped": 0,
    "payment_method": "Test Payment Gateway",
    "payment_provider_id": "",
    "payment_status": "captured",
    "refunded_amount": NOTHING,
    "order_is_digital": False,
    "is_deleted": False,
    "store_credit_amount": NOTHING,
    "gift_certificate_amount": NOTHING,
    "ip_address": "203.0.113.24",
    "ip_address_v6": "",
    "currency_id": 1,
    "currency_exchange_rate": "1.0000000000",
    "default_currency_id": 1,
    "store_default_currency_code": "USD",
    "store_default_to_transactional_exchange_rate": "1.0000000000",
    "staff_notes": "",
    "customer_message": "Ring twice",
    "discount_amount": NOTHING,
    "coupon_discount": NOTHING,
    "shipping_address_count": 1,
    "ebay_order_id": "0",
    "cart_id": "3b0e7a52-6f0d-4c56-9f0b-5a2f1f7d9e11",
    "is_email_opt_in": False,
    "credit_card_type": None,
    "order_source": "www",
    "channel_id": 1,
    "external_source": None,
    "external_id": None,
    "external_merchant_id": None,
    "external_order_id": "",
    "tax_provider_id": "BasicTaxProvider",
    "customer_locale": "en",
}
SAME_ON_ALL_LINES: dict[str, Any] = {
    "order_pickup_method_id": 0,
    "upc": "",
    "type": "physical",
    "quantity_shipped": 0,
    "quantity_refunded": 0,
    "is_refunded": False,
    "refund_amount": NOTHING,
    "weight": "1.2000",
    "fixed_shipping_cost": NOTHING,
    "parent_order_product_id": None,
    "is_bundled_product": False,
    "bin_picking_number": "",
    "external_id": None,
    "brand": "Fernway",
    "gift_certificate_id": None,
}


def order(
    number: int = 10427,
    *,
    lines: Sequence[tuple[str, int]] = TWO_LINES,
    status_id: int = 11,
    country: str = "US",
    placed_at: datetime | None = None,
    **header: Any,
) -> dict[str, Any]:
    """`{"order", "products", "shipping_addresses"}` of order `number`.

    `lines` are (SKU of `CATALOG`, quantity); `placed_at` is now unless given; `header` overrides fields of the order.
    Line ids are `line_id(number, 1)` and so on, the one address is `address_id(number)`.
    """
    products = [_line(number, place, sku, quantity) for place, (sku, quantity) in enumerate(lines, start=1)]
    return {
        "order": _header(number, products, country, placed_at or datetime.now(UTC)) | _status(status_id) | header,
        "products": products,
        "shipping_addresses": [_shipping_address(number, _shopper(country), sum(units for _, units in lines))],
    }


def long_order(number: int, line_count: int, **rest: Any) -> dict[str, Any]:
    """An `order` of `line_count` lines of one unit each, the catalog's SKUs in turn."""
    skus = list(CATALOG)
    return order(number, lines=[(skus[place % len(skus)], 1) for place in range(line_count)], **rest)


def line_id(number: int, place: int) -> int:
    """The id of the order's line at `place`, counted from 1: the `order_product_id` of a shipment."""
    return number * 1000 + place


def address_id(number: int) -> int:
    return number * 10 + 1


def _money(amount: Decimal) -> str:
    return f"{amount:.4f}"


def _taxed(name: str, amount: Decimal) -> dict[str, str]:
    tax = amount * TAX_RATE
    return {f"{name}_ex_tax": _money(amount), f"{name}_inc_tax": _money(amount + tax), f"{name}_tax": _money(tax)}


def _shopper(country: str) -> dict[str, Any]:
    known = COUNTRIES[country]
    return known.shopper | {"country": known.name, "country_iso2": country}


def _line(number: int, place: int, sku: str, quantity: int) -> dict[str, Any]:
    product = CATALOG[sku]
    total = product.price * quantity
    return {
        **SAME_ON_ALL_LINES,
        "id": line_id(number, place),
        "order_id": number,
        "product_id": product.product_id,
        "variant_id": product.variant_id,
        "order_address_id": address_id(number),
        "name": product.name,
        "name_customer": product.name,
        "name_merchant": product.name,
        "sku": sku,
        "base_price": _money(product.price),
        **_taxed("price", product.price),
        "base_total": _money(total),
        **_taxed("total", total),
        "quantity": quantity,
        "applied_discounts": [],
        "product_options": [],
        "configurable_fields": [],
        "discounted_total_inc_tax": _money(total * (1 + TAX_RATE)),
    }


def _shipping_address(number: int, shopper: dict[str, Any], units: int) -> dict[str, Any]:
    return {
        "id": address_id(number),
        "order_id": number,
        **shopper,
        "items_total": units,
        "items_shipped": 0,
        "shipping_method": "Flat Rate",
        "base_cost": _money(SHIPPING_COST),
        **_taxed("cost", SHIPPING_COST),
        "cost_tax_class_id": 2,
        "base_handling_cost": NOTHING,
        **_taxed("handling_cost", Decimal(0)),
        "handling_cost_tax_class_id": 2,
        "shipping_zone_id": 1,
        "shipping_zone_name": shopper["country"],
        "form_fields": [],
    }


def _header(number: int, products: list[dict[str, Any]], country: str, placed_at: datetime) -> dict[str, Any]:
    subtotal = sum((Decimal(line["total_ex_tax"]) for line in products), start=Decimal(0))
    placed, home = format_datetime(placed_at), COUNTRIES[country]
    return {
        **SAME_ON_ALL_ORDERS,
        "id": number,
        "date_created": placed,
        "date_modified": placed,
        **_taxed("subtotal", subtotal),
        "base_shipping_cost": _money(SHIPPING_COST),
        **_taxed("shipping_cost", SHIPPING_COST),
        **_taxed("handling_cost", Decimal(0)),
        **_taxed("wrapping_cost", Decimal(0)),
        **_taxed("total", subtotal + SHIPPING_COST),
        "items_total": sum(line["quantity"] for line in products),
        "geoip_country": home.name,
        "geoip_country_iso2": country,
        "currency_code": home.currency,
        "default_currency_code": home.currency,
        "billing_address": _shopper(country) | {"form_fields": []},
    }


def _status(status_id: int) -> dict[str, Any]:
    name = STATUSES[status_id].name
    return {"status_id": status_id, "status": name, "custom_status": name}
