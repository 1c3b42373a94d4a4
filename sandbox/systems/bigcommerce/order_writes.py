"""What `PUT /v2/orders/{id}` may change."""

from sandbox.systems.bigcommerce.api_errors import ApiError
from sandbox.systems.bigcommerce.orders import Row
from sandbox.systems.bigcommerce.statuses import STATUSES

WRITABLE = frozenset(
    [
        "base_handling_cost",
        "base_shipping_cost",
        "base_wrapping_cost",
        "billing_address",
        "channel_id",
        "customer_id",
        "customer_locale",
        "customer_message",
        "date_created",
        "default_currency_code",
        "discount_amount",
        "ebay_order_id",
        "external_merchant_id",
        "external_order_id",
        "external_source",
        "geoip_country",
        "geoip_country_iso2",
        "handling_cost_ex_tax",
        "handling_cost_inc_tax",
        "ip_address",
        "ip_address_v6",
        "order_is_digital",
        "payment_method",
        "payment_provider_id",
        "refunded_amount",
        "shipping_cost_ex_tax",
        "shipping_cost_inc_tax",
        "staff_notes",
        "status_id",
        "subtotal_ex_tax",
        "subtotal_inc_tax",
        "tax_provider_id",
        "total_ex_tax",
        "total_inc_tax",
        "wrapping_cost_ex_tax",
        "wrapping_cost_inc_tax",
    ]
)
# Writable in the real store, where they recalculate the order; this store does not imitate that.
NOT_IMITATED = frozenset({"products", "shipping_addresses", "consignments", "fees", "items_total", "items_shipped"})


def check_writable(order: Row, changes: Row) -> None:
    """Refuse a PUT body: 400 names a field that is read-only, unknown or wrong, 501 one this store does not imitate."""
    if not changes:
        raise ApiError(400, "The request body must name at least one field to change.")
    for name in sorted(changes.keys() - WRITABLE - NOT_IMITATED):
        reason = "cannot be written to. Please remove it" if name in order else "is not supported. Please remove it"
        raise ApiError(400, f"The field '{name}' {reason} from your request.")
    for name in sorted(changes.keys() & NOT_IMITATED):
        raise ApiError(501, f"This stand-in does not change '{name}' of an order.")
    if "status_id" in changes and (type(changes["status_id"]) is not int or changes["status_id"] not in STATUSES):
        raise ApiError(400, "The field 'status_id' is invalid.")
    merchant_id = order.get("external_merchant_id")
    if merchant_id and changes.get("external_merchant_id", merchant_id) != merchant_id:
        raise ApiError(400, "The field 'external_merchant_id' cannot be changed once it is set.")
