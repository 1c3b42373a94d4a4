"""Long orders, odd orders: they all go the whole way."""

from typing import Any

from sandbox.systems.bigcommerce import samples
from tests.e2e.followed import all_complete, once
from tests.e2e.town import Town

ADDRESS = ("id", "first_name", "last_name", "street_1", "city", "zip", "country_iso2")


def test_orders_of_51_and_251_lines_go_all_the_way(town: Town):
    sizes = (51, 251)
    orders = {size: town.place(samples.long_order(next(town.numbers), size)) for size in sizes}

    all_complete(*orders.values())

    town.falls_quiet()
    for size, order in orders.items():
        [parcel] = town.shop.order(order.external_id)["shipments"]
        assert order.received() == once(lines=size)
        assert len(town.office.order(order.number)["lines"]) == size
        assert len(parcel["items"]) == size
        assert order.errors() == []


def test_an_order_with_only_what_is_needed_and_money_as_odd_text_goes_all_the_way(town: Town):
    order = town.place(_bare(town.order(lines=[("BAG-CNV-OLV", 1), ("KTL-EN-1L", 3)])))

    order.completes()

    facts = order.facts()
    assert (facts["total"], facts["total_tax"], facts["shipping_cost"]) == ("125.8200", "0", "0")
    assert [line["price"] for line in town.office.order(order.number)["lines"]] == [8, 60]
    assert order.received() == once()


def test_names_in_any_script_arrive_as_the_shopper_wrote_them(town: Town):
    written = town.order(country="DE")
    written["shipping_addresses"][0] |= {"first_name": "Łucja", "last_name": "Øster 東京 😀", "street_1": "Ægirsgade 1"}
    order = town.place(written)

    order.completes()

    header = town.office.order(order.number)["header"]
    assert header["DELIVERYADDRESSNAME"] == "Łucja Øster 東京 😀"
    assert header["DELIVERYADDRESSSTREET"] == "Ægirsgade 1"
    assert town.office.order(order.number)["company"] == "DEMF"
    assert order.received() == once()


def _bare(full: dict[str, Any]) -> dict[str, Any]:
    """Only what must be known; amounts as "8", "125.8200" and as a number."""
    header, [address] = full["order"], full["shipping_addresses"]
    kept = {name: header[name] for name in ("id", "status_id", "default_currency_code", "billing_address")}
    prices: list[Any] = ["8", 60]
    return {
        "order": kept | {"total_inc_tax": "125.8200"},
        "products": [
            {"id": line["id"], "sku": line["sku"], "quantity": line["quantity"], "price_ex_tax": price}
            for line, price in zip(full["products"], prices, strict=True)
        ],
        "shipping_addresses": [{name: address[name] for name in ADDRESS}],
    }
