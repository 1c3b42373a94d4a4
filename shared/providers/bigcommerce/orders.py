"""BigCommerce's order as ours. Odd data never stops the reading: every problem is collected, each with its place."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from shared.domain.identity import order_id_for
from shared.domain.mappings import IdMappings, NotMapped
from shared.domain.orders import Address, Order, Problem
from shared.providers.bigcommerce.connection import BigCommerceConnection
from shared.providers.bigcommerce.fields import Fields, listed
from shared.providers.bigcommerce.lines import LineReader

SOURCE = "bigcommerce"
MAX_NUMBER_CHARACTERS = 20  # of an F&O sales order number


class Transformed(NamedTuple):
    """The order, with something harmless wherever a value could not be read, and what is wrong with it."""

    order: Order
    problems: tuple[Problem, ...]


def from_bigcommerce_order(
    order: dict[str, Any],
    products: Sequence[Any],
    addresses: Sequence[Any],
    mappings: IdMappings,
    connection: BigCommerceConnection,
) -> Transformed:
    """Takes an order, its products and its shipping addresses as the V2 API gives them."""
    problems: list[Problem] = []
    fields = Fields(order, "", problems)
    header = order_header(fields, mappings, connection)
    ship_to = tuple(_ship_to(each, mappings) for each in listed(addresses, "shipping_addresses", problems))
    if not ship_to:  # nothing goes by parcel, yet F&O wants every order to have an address
        ship_to = (header.bill_to,)
        _check_country(header.bill_to, fields.child("billing_address"), mappings)
    reader = LineReader(header.order_id, frozenset(each.external_id for each in ship_to if each.external_id), mappings)
    rows = enumerate(listed(products, "products", problems), start=1)
    lines = tuple(line for number, row in rows if (line := reader.line(row, number)))
    if not lines:
        what = "every line has been refunded" if products else "the order has no lines"
        problems.append(Problem(field="products", value=None, problem=what))
    return Transformed(header.with_(lines=lines, addresses=ship_to), tuple(dict.fromkeys(problems)))


def order_header(fields: Fields, mappings: IdMappings, connection: BigCommerceConnection) -> Order:
    """The order without lines and shipping addresses."""
    external_id = fields.id("id")
    if not external_id:
        fields.problem("id", "the order has no id")
    bill_to = _address(fields.child("billing_address"))
    return Order(
        order_id=order_id_for(SOURCE, external_id),
        source=SOURCE,
        external_id=external_id,
        number=_number(fields, connection.order_number_prefix + external_id),
        placed_at=fields.date("date_created"),
        origin=fields.id("channel_id"),
        currency=_currency(fields, mappings),
        customer_name=bill_to.name or bill_to.company,
        customer_account=_customer_account(fields, mappings),
        bill_to=bill_to,
        total=fields.amount("total_inc_tax"),
        total_tax=fields.amount("total_tax"),
        shipping_cost=fields.amount("shipping_cost_ex_tax"),
    )


def _number(fields: Fields, number: str) -> str:
    if len(number) > MAX_NUMBER_CHARACTERS:
        fields.problem("id", f"order number {number} is longer than {MAX_NUMBER_CHARACTERS} characters")
    return number[:MAX_NUMBER_CHARACTERS]


def _currency(fields: Fields, mappings: IdMappings) -> str:
    """What the shopper pays in is the default currency; `currency_code` is only what the shop displayed."""
    code = fields.text("default_currency_code").upper()
    if not code:
        fields.problem("default_currency_code", "the order names no currency")
    elif code not in mappings.currencies:
        fields.problem("default_currency_code", "this currency is not set up")
    return code


def _customer_account(fields: Fields, mappings: IdMappings) -> str | None:
    try:
        return mappings.ordering_account(fields.id("customer_id"))
    except NotMapped as missing:
        fields.problem("customer_id", missing.problem)
        return None


def _ship_to(fields: Fields, mappings: IdMappings) -> Address:
    address = _address(fields)
    if not address.external_id:
        fields.problem("id", "the address has no id")
    _check_country(address, fields, mappings)
    return address


def _check_country(address: Address, fields: Fields, mappings: IdMappings) -> None:
    if not address.country:
        fields.problem("country_iso2", "the address names no country")
    elif address.country not in mappings.countries:
        fields.problem("country_iso2", "orders do not go to this country")


def _address(fields: Fields) -> Address:
    """Billing addresses have no id."""
    return Address(
        external_id=fields.id("id"),
        name=f"{fields.text('first_name')} {fields.text('last_name')}".strip(),
        company=fields.text("company"),
        line1=fields.text("street_1"),
        line2=fields.text("street_2"),
        city=fields.text("city"),
        state=fields.text("state"),
        postal_code=fields.text("zip"),
        country=fields.text("country_iso2").upper(),
        phone=fields.text("phone"),
        email=fields.text("email"),
    )
