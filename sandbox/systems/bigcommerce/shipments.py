"""Shipments: what the store accepts as one, and how it shows it."""

import re
from collections import Counter
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from sandbox.systems.bigcommerce.api_errors import ApiError
from sandbox.systems.bigcommerce.orders import Row, StoredOrder, units

PROVIDER_NAMES = {
    "": "",
    "auspost": "Australia Post",
    "canadapost": "Canada Post",
    "endicia": "Endicia",
    "usps": "USPS",
    "fedex": "FedEx",
    "ups": "UPS",
    "upsready": "UPS Ready",
    "upsonline": "UPS OnLine",
    "shipperhq": "ShipperHQ",
    "royalmail": "Royal Mail",
}
TRACKING_PAGES = {
    "ups": "https://www.ups.com/track?tracknum=",
    "usps": "https://tools.usps.com/go/TrackConfirmAction?tLabels=",
    "fedex": "https://www.fedex.com/fedextrack/?trknbr=",
}
TEXT_FIELDS = (
    "tracking_number",
    "shipping_method",
    "comments",
    "tracking_link",
    "merchant_shipping_cost",
    "shipping_provider",
    "tracking_carrier",
)
ADDRESS_FIELDS = [
    "first_name",
    "last_name",
    "company",
    "street_1",
    "street_2",
    "city",
    "state",
    "zip",
    "country",
    "country_iso2",
    "phone",
    "email",
]


def new_shipment(stored: StoredOrder, body: Row, shipment_id: int) -> Row:
    """The shipment a POST body describes, not yet counted on the order; 400 names the field that is wrong."""
    _check_names(body, {"order_address_id", "items", *TEXT_FIELDS})
    for name in ("order_address_id", "items"):
        if name not in body:
            raise ApiError(400, f"The required field '{name}' was not supplied.")
    address = _address(stored, body["order_address_id"])
    texts = {name: "" for name in TEXT_FIELDS} | {"merchant_shipping_cost": "0.0000"} | _texts(body)
    return {
        "id": shipment_id,
        "order_id": stored.order["id"],
        "customer_id": stored.order.get("customer_id", 0),
        "order_address_id": address["id"],
        "date_created": format_datetime(datetime.now(UTC)),
        **texts,
        **_shown_tracking(texts),
        "billing_address": _shown_address(stored.order.get("billing_address")),
        "shipping_address": _shown_address(address),
        "items": _items(stored, body["items"], address["id"]),
    }


def changed_shipment(stored: StoredOrder, shipment: Row, body: Row) -> list[str]:
    """Apply a PUT body to the shipment; the names of the fields that changed. 400 names the field that is wrong."""
    if "items" in body:
        raise ApiError(400, "The field 'items' cannot be written to. Please remove it from your request.")
    _check_names(body, {"order_address_id", *TEXT_FIELDS})
    wanted: Row = dict(_texts(body))
    if "order_address_id" in body:
        address = _address(stored, body["order_address_id"])
        wanted |= {"order_address_id": address["id"]}
        shipment["shipping_address"] = _shown_address(address)
    changed = [name for name, value in wanted.items() if shipment[name] != value]
    shipment.update(wanted)
    shipment.update(_shown_tracking(shipment))
    return changed


def _check_names(body: Row, known: set[str]) -> None:
    for name in body:
        if name not in known:
            raise ApiError(400, f"The field '{name}' is not supported by this resource.")


def _address(stored: StoredOrder, given: Any) -> Row:
    is_digits = isinstance(given, str) and re.fullmatch(r"\d{1,18}", given)
    address = stored.address(int(given) if is_digits else given)
    if address is None:
        raise ApiError(400, "The field 'order_address_id' is not an address of this order.")
    return address


def _texts(body: Row) -> dict[str, str]:
    texts = {name: body[name] for name in TEXT_FIELDS if name in body}
    for name, value in texts.items():
        if not isinstance(value, str):
            raise ApiError(400, f"The field '{name}' must be a string.")
    provider = texts.get("shipping_provider", "")
    if provider not in PROVIDER_NAMES and not re.fullmatch(r"carrier_\d+", provider):
        raise ApiError(400, "The field 'shipping_provider' is invalid.")
    return texts


def _items(stored: StoredOrder, items: Any, address_id: int) -> list[Row]:
    if not isinstance(items, list) or not items:
        raise ApiError(400, "The field 'items' must be a list with at least one item.")
    asked: Counter[int] = Counter()
    shown = []
    for item in items:
        line = _line(stored, item, address_id)
        asked[line["id"]] += item["quantity"]
        if asked[line["id"]] > units(line.get("quantity")) - units(line.get("quantity_shipped")):
            raise ApiError(400, f"The quantity of order product {line['id']} is more than is left to ship.")
        shown.append({**item, "product_id": line.get("product_id", 0)})
    return shown


def _line(stored: StoredOrder, item: Any, address_id: int) -> Row:
    if not isinstance(item, dict):
        raise ApiError(400, "The field 'items' must hold objects.")
    _check_names(item, {"order_product_id", "quantity"})
    if type(item.get("quantity")) is not int or item["quantity"] < 1:
        raise ApiError(400, "The field 'quantity' of an item must be a whole number above 0.")
    line = stored.line(item.get("order_product_id"))
    if line is None:
        raise ApiError(400, "The field 'order_product_id' of an item is not a product of this order.")
    if line.get("order_address_id", address_id) != address_id:
        raise ApiError(400, f"Order product {line['id']} does not go to order address {address_id}.")
    return line


def _shown_tracking(texts: Row) -> Row:
    provider, carrier, number = (texts[name] for name in ("shipping_provider", "tracking_carrier", "tracking_number"))
    link = ""
    if number and not texts["tracking_link"]:
        if provider in TRACKING_PAGES:
            link = TRACKING_PAGES[provider] + number
        elif carrier:
            link = f"https://track.aftership.com/{carrier}/{number}"
    return {"shipping_provider_display_name": PROVIDER_NAMES.get(provider, provider), "generated_tracking_link": link}


def _shown_address(address: Any) -> Row:
    known = address if isinstance(address, dict) else {}
    return {name: known.get(name, "") for name in ADDRESS_FIELDS}
