"""Orders with something wrong: kept, named, visible, and taken in once they are mended."""

from typing import Any

from tests.e2e.followed import INTAKE_FAILED, SENT, Followed, once
from tests.e2e.town import Town

Problems = list[tuple[str, str | None]]


def _bad(town: Town) -> list[tuple[dict[str, Any], Problems]]:
    """Orders as the store gives them, with the problems they must be held for."""
    unknown_sku, no_lines, bad_country, odd_money, many = (town.order() for _ in range(5))
    unknown_sku["products"][1]["sku"] = "NO-SUCH-SKU"
    no_lines["products"] = []
    no_lines["order"]["items_total"] = 0
    bad_country["shipping_addresses"][0]["country_iso2"] = "XX"
    odd_money["order"]["total_inc_tax"] = "about twelve"
    odd_money["products"][0]["price_ex_tax"] = "free"
    many["products"][0] |= {"sku": "", "quantity": "1.5"}
    many["products"][1] |= {"price_ex_tax": "24,50"}
    many["order"] |= {"default_currency_code": "DOGE"}
    many["shipping_addresses"][0] |= {"country_iso2": ""}
    return [
        (unknown_sku, [("products[1].sku", "NO-SUCH-SKU")]),
        (no_lines, [("products", None)]),
        (bad_country, [("shipping_addresses[0].country_iso2", "XX")]),
        (odd_money, [("total_inc_tax", "about twelve"), ("products[0].price_ex_tax", "free")]),
        (
            many,
            [
                ("default_currency_code", "DOGE"),
                ("shipping_addresses[0].country_iso2", ""),
                ("products[0].quantity", "1.5"),
                ("products[0].sku", ""),
                ("products[1].price_ex_tax", "24,50"),
            ],
        ),
    ]


def _mend(town: Town, order: Followed) -> None:
    """The merchant puts the order right; of that the store does not tell us."""
    right = town.order()
    right["order"]["id"] = int(order.external_id)
    town.shop.place(right)


def test_bad_orders_are_held_with_every_problem_named_and_go_on_once_mended(town: Town):
    bad = _bad(town)
    orders = [town.place(order) for order, _ in bad]
    for order in orders:
        order.reaches(INTAKE_FAILED)
    town.falls_quiet()  # nothing is tried again for ever
    problems = [order.problems() for order in orders]
    errors = [order.errors() for order in orders]

    for order in orders:
        _mend(town, order)
    answers = [order.operator.reprocess(order.order_id) for order in orders]
    for order in orders:
        order.reaches(SENT)
    orders[0].completes()

    town.falls_quiet()
    assert [sorted(found, key=str) for found in problems] == [sorted(wanted, key=str) for _, wanted in bad]
    for entries, (_, wanted) in zip(errors, bad, strict=True):
        [entry] = entries
        assert entry["kind"] == "inbound"
        assert all(field in entry["message"] and str(value) in entry["message"] for field, value in wanted)
    assert answers == [[202]] * len(orders)
    assert [order.problems() for order in orders] == [[]] * len(orders)
    assert [order.errors() for order in orders] == [[]] * len(orders)
    assert orders[0].received() == once()
    assert [order.received()["sales_orders"] for order in orders] == [1] * len(orders)


def test_a_mended_order_goes_on_by_itself_when_the_timer_finds_it(town: Town):
    bad = town.order()
    bad["products"][0]["sku"] = "NO-SUCH-SKU"
    order = town.place(bad).reaches(INTAKE_FAILED)

    bad["products"][0]["sku"] = "BAG-CNV-OLV"
    town.shop.place(bad)
    town.operator.runs("pull_bigcommerce_orders")

    order.reaches(SENT)
    assert order.errors() == []
    assert order.received()["sales_orders"] == 1
