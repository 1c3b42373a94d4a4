"""The lines of a BigCommerce order as ours: prices, discounts, refunds, products and where they go."""

from decimal import Decimal
from typing import Any

import pytest

from sandbox.systems.bigcommerce import samples
from shared.domain.identity import line_id_for
from shared.domain.mappings import MappedProduct
from tests.providers.bigcommerce.examples import (
    MAPPINGS,
    complaints,
    the_addresses,
    the_products,
    transformed,
)


def test_lines_keep_their_order_ids_and_prices_without_tax():
    order = transformed().order
    bags, kettle = order.lines

    assert (bags.number, bags.sku, bags.product, bags.unit) == (1, "BAG-CNV-OLV", "P-BAG-CNV-OLV", "ea")
    assert (bags.quantity, bags.unit_price, bags.tax) == (2, Decimal("24.50"), Decimal("3.92"))
    assert bags.external_line_id == str(samples.line_id(10427, 1))
    assert bags.line_id == line_id_for(order.order_id, bags.external_line_id)
    assert (kettle.number, kettle.sku, kettle.quantity, kettle.unit_price) == (2, "KTL-EN-1L", 1, Decimal(60))


@pytest.mark.parametrize("text", ["8", "8.0", "8.0000000000", " 8.00 ", 8, 8.0])
def test_money_comes_with_or_without_decimals(text: Any):
    result = transformed(products=the_products({"price_ex_tax": text}))

    assert result.problems == ()
    assert result.order.lines[0].unit_price == Decimal(8)


@pytest.mark.parametrize(
    "text", ["eight", "1,000.50", "$8", "-8", "NaN", "Infinity", "1e3", "٨", True, [8], {}, "9" * 40]
)
def test_what_is_no_money_is_told_with_its_value_and_place(text: Any):
    result = transformed(products=the_products({}, {"price_ex_tax": text}))

    assert complaints(result) == [("products[1].price_ex_tax", str(text))]
    assert result.order.lines[1].unit_price == 0


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_line_cannot_do_without_a_price(nothing: str | None):
    result = transformed(products=the_products({"price_ex_tax": nothing}))

    assert complaints(result) == [("products[0].price_ex_tax", nothing)]


def test_every_discount_of_a_line_counts():
    discounts = [
        {"id": "coupon", "amount": "1.2100", "code": "S25", "target": "order"},
        {"id": "manual-discount", "amount": 2, "code": None, "target": "product"},
    ]

    result = transformed(products=the_products({"applied_discounts": discounts}))

    assert result.order.lines[0].discount == Decimal("3.21")


def test_a_discount_that_cannot_be_read_is_told_by_its_place():
    discounts = [{"amount": "1.2100"}, {"amount": "some"}, "none"]

    result = transformed(products=the_products({"applied_discounts": discounts}))

    assert complaints(result) == [
        ("products[0].applied_discounts[1].amount", "some"),
        ("products[0].applied_discounts[2]", "none"),
    ]


@pytest.mark.parametrize("quantity", [0, -1, 1.5, "1.5", "two", None, "", True])
def test_a_quantity_must_be_a_whole_number_above_zero(quantity: Any):
    result = transformed(products=the_products({"quantity": quantity}))

    assert [problem.field for problem in result.problems] == ["products[0].quantity"]
    assert len(result.order.lines) == 2


def test_units_refunded_before_shipping_are_not_shipped_nor_charged():
    change = {"quantity": 3, "quantity_refunded": 1, "total_tax": "9.0000", "applied_discounts": [{"amount": "1.00"}]}

    bags = transformed(products=the_products(change)).order.lines[0]

    assert (bags.quantity, bags.tax, bags.discount) == (2, Decimal("6.0000"), Decimal("0.6667"))


def test_a_line_refunded_whole_is_left_out_and_the_others_keep_their_numbers():
    result = transformed(products=the_products({"quantity_refunded": 2}))

    assert [(line.number, line.sku) for line in result.order.lines] == [(2, "KTL-EN-1L")]
    assert result.problems == ()


def test_more_refunded_than_ordered_is_told():
    result = transformed(products=the_products({"quantity_refunded": 3}))

    assert complaints(result) == [("products[0].quantity_refunded", "3")]


@pytest.mark.parametrize("nothing", ["", None, "   "])
def test_a_line_without_a_sku_is_told(nothing: str | None):
    result = transformed(products=the_products({}, {"sku": nothing}))

    assert [str(problem) for problem in result.problems] == [f"products[1].sku = {nothing!r}: the line has no SKU"]


def test_a_sku_that_nobody_mapped_is_named():
    result = transformed(products=the_products({"sku": "MUG-GRY"}))

    assert [str(problem) for problem in result.problems] == [
        "products[0].sku = 'MUG-GRY': this product of bigcommerce has no name in F&O; "
        "add it to bigcommerce.products of the id mappings"
    ]
    assert result.order.lines[0].product is None


def test_a_product_whose_row_names_no_unit_is_counted_in_that_of_the_store():
    bag, kettle = MappedProduct(product="P-BAG"), MappedProduct(product="P-KETTLE", unit="box")
    mappings = MAPPINGS.with_(products={"BAG-CNV-OLV": bag, "KTL-EN-1L": kettle}, units={"each": "pcs"})

    result = transformed(mappings=mappings)

    assert [line.unit for line in result.order.lines] == ["pcs", "box"]
    assert result.problems == ()


def test_a_unit_that_nobody_mapped_is_named_where_it_is_needed():
    mappings = MAPPINGS.with_(products={**MAPPINGS.products, "BAG-CNV-OLV": MappedProduct(product="P-BAG")})

    result = transformed(mappings=mappings)

    assert [str(problem) for problem in result.problems] == [
        "products[0].unit = 'each': this unit of bigcommerce has no name in F&O; "
        "add it to bigcommerce.units of the id mappings"
    ]
    assert result.order.lines[0].product == "P-BAG"


def test_lines_may_go_to_several_addresses():
    home = the_addresses()[0]
    office = home | {"id": 9121, "city": "Salem"}

    result = transformed(products=the_products({}, {"order_address_id": 9121}), addresses=[home, office])

    assert result.problems == ()
    assert [result.order.address_of(line).city for line in result.order.lines] == ["Portland", "Salem"]


def test_a_line_for_an_address_the_order_does_not_have_is_told():
    result = transformed(products=the_products({"order_address_id": 1}))

    assert complaints(result) == [("products[0].order_address_id", "1")]


@pytest.mark.parametrize("nothing", [0, None])
def test_a_line_without_an_address_goes_to_the_only_one(nothing: int | None):
    result = transformed(products=the_products({"order_address_id": nothing}))

    assert result.problems == ()
    assert result.order.lines[0].ship_to_id == str(samples.address_id(10427))


def test_with_two_addresses_a_line_must_name_one():
    home = the_addresses()[0]

    result = transformed(products=the_products({"order_address_id": None}), addresses=[home, home | {"id": 9121}])

    assert complaints(result) == [("products[0].order_address_id", None)]


def test_digital_lines_are_shipped_nowhere():
    result = transformed(products=the_products({"type": "digital", "order_address_id": 0}))

    assert result.problems == ()
    assert result.order.lines[0].ship_to_id == ""


def test_child_lines_of_a_bundle_are_lines_like_others():
    child = {"parent_order_product_id": samples.line_id(10427, 1), "is_bundled_product": True, "price_ex_tax": "0.0000"}

    result = transformed(products=the_products({}, child))

    assert result.problems == ()
    assert [line.unit_price for line in result.order.lines] == [Decimal("24.5"), 0]


def test_two_lines_cannot_share_an_id():
    same = samples.line_id(10427, 1)

    result = transformed(products=the_products({}, {"id": same}))

    assert complaints(result) == [("products[1].id", str(same))]
    assert len({line.line_id for line in result.order.lines}) == 2
