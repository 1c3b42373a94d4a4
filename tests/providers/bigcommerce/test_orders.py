"""BigCommerce orders as ours: what is read from where, and how odd data is told."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.systems.bigcommerce import samples
from shared.domain.identity import order_id_for
from shared.domain.orders import Address, Order
from tests.providers.bigcommerce.examples import (
    MAPPINGS,
    complaints,
    the_addresses,
    the_order,
    the_products,
    transformed,
)


def test_the_sample_order_has_no_problem():
    assert transformed().problems == ()


def test_the_header_comes_from_the_order():
    order = transformed(the_order(date_created="Thu, 01 Jan 2026 12:00:00 +0000")).order

    assert order.order_id == order_id_for("bigcommerce", "10427")
    assert (order.source, order.external_id, order.number) == ("bigcommerce", "10427", "BC-10427")
    assert order.placed_at == datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert (order.customer_name, order.customer_account) == ("Mara Quill", "US-058")
    assert (order.total, order.total_tax, order.shipping_cost) == (Decimal("125.82"), Decimal("9.32"), Decimal("7.5"))


def test_the_currency_is_the_one_the_shopper_pays_in_not_the_one_displayed():
    order = transformed(the_order(default_currency_code="USD", currency_code="EUR")).order

    assert order.currency == "USD"


def test_the_address_and_its_id_come_along():
    order = transformed().order

    assert order.lines[0].ship_to_id == order.ship_to.external_id == str(samples.address_id(10427))
    assert (order.ship_to.line1, order.ship_to.postal_code, order.ship_to.country) == ("12 Harbor Lane", "97205", "US")


def test_a_customer_whose_account_nobody_mapped_is_named():
    result = transformed(the_order(customer_id=59))

    assert [str(problem) for problem in result.problems] == [
        "customer_id = '59': this account of bigcommerce has no name in F&O; "
        "add it to bigcommerce.accounts of the id mappings"
    ]
    assert result.order.customer_account is None


def test_where_no_account_is_mapped_customers_need_none():
    result = transformed(the_order(customer_id=59), mappings=MAPPINGS.with_(accounts={}))

    assert (result.order.customer_account, result.problems) == (None, ())


def test_a_guest_has_no_customer_account():
    assert transformed(the_order(customer_id=0)).order.customer_account is None


def test_names_beyond_ascii_are_kept():
    parts = samples.order(7, country="DE")

    order = transformed(parts["order"], parts["products"], parts["shipping_addresses"]).order

    assert (order.customer_name, order.ship_to.city, order.ship_to.line1) == ("Jörg Weißmüller", "Köln", "Gärtnerweg 7")


@pytest.mark.parametrize("nothing", [None, "", "absent"])
def test_what_an_order_can_do_without_may_be_missing(nothing: str | None):
    optional = {"total_tax", "shipping_cost_ex_tax", "billing_address", "customer_id", "date_created", "total_inc_tax"}
    order = {name: value for name, value in the_order().items() if name not in optional}
    if nothing != "absent":
        order |= dict.fromkeys(optional, nothing)

    result = transformed(order)

    assert result.problems == ()
    assert (result.order.placed_at, result.order.total, result.order.bill_to) == (None, 0, Address())


def test_an_order_refunded_whole_is_told():
    result = transformed(products=the_products({"quantity_refunded": 2}, {"quantity_refunded": 1}))

    assert [str(problem) for problem in result.problems] == ["products = None: every line has been refunded"]


def test_an_order_without_lines_is_told():
    result = transformed(products=[])

    assert [str(problem) for problem in result.problems] == ["products = None: the order has no lines"]


@pytest.mark.parametrize("code", ["GBP", "dollars", "", None])
def test_a_currency_that_is_not_set_up_is_named(code: str | None):
    result = transformed(the_order(default_currency_code=code))

    assert complaints(result) == [("default_currency_code", code)]


@pytest.mark.parametrize("code", ["ZZ", "", None])
def test_a_country_orders_do_not_go_to_is_named(code: str | None):
    addresses = [the_addresses()[0] | {"country_iso2": code}]

    result = transformed(addresses=addresses)

    assert complaints(result) == [("shipping_addresses[0].country_iso2", code)]


def test_an_order_of_digital_lines_only_carries_the_billing_address():
    result = transformed(products=the_products({"type": "digital"}, {"type": "giftcertificate"}), addresses=[])

    assert result.problems == ()
    assert result.order.ship_to == result.order.bill_to
    assert result.order.ship_to.country == "US"


def test_a_physical_order_without_any_address_is_told():
    result = transformed(addresses=[])

    assert [problem.field for problem in result.problems] == [
        "products[0].order_address_id",
        "products[1].order_address_id",
    ]


def test_a_date_nobody_can_read_is_told():
    result = transformed(the_order(date_created="the day before"))

    assert complaints(result) == [("date_created", "the day before")]


def test_an_order_number_too_long_for_finance_is_told():
    result = transformed(the_order(id=123456789012345678))

    assert [problem.field for problem in result.problems] == ["id"]
    assert len(result.order.number) == 20


def test_every_problem_of_an_order_is_told_at_once():
    result = transformed(
        the_order(default_currency_code="XXX"),
        the_products({"sku": "", "price_ex_tax": "eight"}, {"quantity": 0}),
        [the_addresses()[0] | {"country_iso2": "ZZ"}],
    )

    assert {problem.field for problem in result.problems} == {
        "default_currency_code",
        "shipping_addresses[0].country_iso2",
        "products[0].sku",
        "products[0].price_ex_tax",
        "products[1].quantity",
    }


def test_text_that_cannot_be_stored_is_made_storable():
    order = transformed(products=the_products({"name": "half \ud83d a smile"})).order

    assert order.lines[0].name == "half ? a smile"


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["", "8", "0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
ROW = the_products()[0]


def odd_version_of(row: dict[str, Any]) -> st.SearchStrategy[Any]:
    return ODD | st.dictionaries(st.sampled_from(sorted(row)), ODD, max_size=8).map(lambda odd: row | odd)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(
    odd_version_of(the_order()).filter(lambda order: isinstance(order, dict)),
    st.lists(odd_version_of(ROW), max_size=3),
    st.lists(odd_version_of(the_addresses()[0]), max_size=2),
)
def test_no_order_is_too_odd_to_be_read_and_stored(order: dict[str, Any], products: list[Any], addresses: list[Any]):
    result = transformed(order, products, addresses, MAPPINGS)

    assert Order.model_validate_json(result.order.model_dump_json()) == result.order
    assert all(problem.model_dump_json() for problem in result.problems)
    assert len({line.line_id for line in result.order.lines}) == len(result.order.lines)
