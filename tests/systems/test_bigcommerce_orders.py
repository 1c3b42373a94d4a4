"""Reading, filtering and writing orders as Orders V2 does it."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.systems.bigcommerce import samples

if TYPE_CHECKING:
    from tests.systems.conftest import Shop

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def listed(shop: "Shop", **query: Any) -> list[int]:
    answer = shop.call("GET", "/v2/orders", params=query)
    return [] if answer.status_code == 204 else [order["id"] for order in answer.json()]


def test_an_order_is_served_back_exactly_as_it_was_placed(shop: "Shop") -> None:
    sample = samples.order(10427, customer_message="Grüße, 送料")

    shop.control("POST", "/orders", sample)

    order = shop.call("GET", "/v2/orders/10427").json()
    assert {name: order[name] for name in sample["order"]} == sample["order"]
    assert shop.call("GET", "/v2/orders/10427/products").json() == sample["products"]
    assert shop.call("GET", "/v2/orders/10427/shipping_addresses").json() == sample["shipping_addresses"]


def test_an_odd_order_is_served_back_as_odd_as_it_is(shop: "Shop") -> None:
    odd = {
        "id": 7,
        "status_id": "eleven",
        "total_inc_tax": "a lot",
        "date_modified": "yesterday",
        "billing_address": None,
    }

    shop.control("POST", "/orders", {"order": odd, "products": [{"id": 1, "quantity": "many"}]})

    order = shop.call("GET", "/v2/orders/7").json()
    assert {name: order[name] for name in odd} == odd
    assert listed(shop) == [7]
    assert listed(shop, min_date_modified="2020-01-01T00:00:00Z") == []
    assert listed(shop, email="a@example.com") == []
    assert listed(shop, min_total="0") == []


def test_missing_links_and_counts_are_added(shop: "Shop") -> None:
    shop.control(
        "POST", "/orders", {"order": {"id": 7}, "products": [{"id": 1, "quantity": 2}, {"id": 2, "quantity": 1}]}
    )

    order = shop.call("GET", "/v2/orders/7").json()
    assert order["shipping_addresses"] == {
        "url": f"{shop.url}/stores/q7xk2demo/v2/orders/7/shippingaddresses",
        "resource": "/orders/7/shippingaddresses",
    }
    assert (order["items_total"], order["items_shipped"], order["shipping_address_count"]) == (3, 0, 0)


def test_the_sample_order_adds_up(shop: "Shop") -> None:
    order = shop.place(10427)

    assert (order["subtotal_ex_tax"], order["total_tax"], order["total_inc_tax"]) == ("109.0000", "9.3200", "125.8200")


def test_a_list_without_orders_has_no_content(shop: "Shop") -> None:
    answer = shop.call("GET", "/v2/orders")

    assert (answer.status_code, answer.content) == (204, b"")


def test_orders_come_by_id_fifty_at_a_time(shop: "Shop") -> None:
    for number in range(160, 100, -1):
        shop.place(number)

    assert listed(shop) == list(range(101, 151))
    assert listed(shop, page=2) == list(range(151, 161))
    assert listed(shop, page=3) == []
    assert listed(shop, limit=250) == list(range(101, 161))


@pytest.mark.parametrize(("query", "status"), [({"limit": 251}, 413), ({"limit": 0}, 400), ({"page": "two"}, 400)])
def test_a_page_that_cannot_be_had_is_refused(shop: "Shop", query: dict[str, Any], status: int) -> None:
    assert shop.call("GET", "/v2/orders", params=query).status_code == status


def test_lines_come_fifty_at_a_time(shop: "Shop") -> None:
    shop.control("POST", "/orders", samples.long_order(10427, 251))

    pages = [shop.call("GET", "/v2/orders/10427/products", params={"page": page, "limit": 250}) for page in (1, 2, 3)]

    assert len(shop.call("GET", "/v2/orders/10427/products").json()) == 50
    assert [len(page.json()) for page in pages[:2]] == [250, 1]
    assert pages[2].status_code == 204


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"min_id": 2}, [2, 3]),
        ({"max_id": 2}, [1, 2]),
        ({"status_id": 11}, [1, 3]),
        ({"email": "joerg.weissmueller@example.com"}, [2]),
        ({"customer_id": 58}, [1, 2, 3]),
        ({"channel_id": 2}, []),
        ({"external_order_id": "SO-3"}, [3]),
        ({"cart_id": "none"}, []),
        ({"payment_method": "Test Payment Gateway", "max_id": 1}, [1]),
        ({"min_total": "200"}, [3]),
        ({"max_total": "125.82"}, [1, 2]),
        ({"min_date_modified": "2026-01-01T13:00:00+00:00"}, [2, 3]),
        ({"min_date_modified": "2026-01-01T14:00:00.000+01:00", "max_date_modified": "2026-01-01T13:00:00Z"}, [2]),
        ({"min_date_created": "Thu, 01 Jan 2026 14:00:00 +0000"}, [3]),
        ({"max_date_created": "Thu, 01 Jan 2026 08:00:00 -0400"}, [1]),
        ({"sort": "date_modified:desc"}, [3, 2, 1]),
        ({"sort": "status_id:asc"}, [2, 1, 3]),
    ],
)
def test_the_list_can_be_filtered_and_sorted(shop: "Shop", query: dict[str, Any], found: list[int]) -> None:
    shop.place(1, placed_at=NOON)
    shop.place(2, placed_at=NOON + timedelta(hours=1), status_id=7, country="DE")
    shop.place(3, placed_at=NOON + timedelta(hours=2), lines=[("KTL-EN-1L", 4)], external_order_id="SO-3")

    assert listed(shop, **query) == found


@pytest.mark.parametrize(
    "query",
    [
        {"min_modified_date": "2026-01-01T00:00:00Z"},
        {"min_date_modified": "2026-01-01T00:00:00 00:00"},
        {"min_date_modified": "2026-01-01T00:00:00"},
        {"status_id": "paid"},
        {"sort": "colour"},
    ],
)
def test_a_filter_that_cannot_be_understood_is_refused_by_name(shop: "Shop", query: dict[str, str]) -> None:
    shop.place()

    answer = shop.call("GET", "/v2/orders", params=query)

    assert answer.status_code == 400
    assert next(iter(query)) in answer.json()[0]["message"]


def test_orders_are_counted_by_status(shop: "Shop") -> None:
    for number, status_id in ((1, 11), (2, 11), (3, 5)):
        shop.place(number, status_id=status_id)

    counts = shop.call("GET", "/v2/orders/count").json()

    assert counts["count"] == 3
    assert {status["id"]: status["count"] for status in counts["statuses"] if status["count"]} == {11: 2, 5: 1}


def test_the_fifteen_statuses_are_listed(shop: "Shop") -> None:
    statuses = shop.call("GET", "/v2/order_statuses").json()

    assert [status["id"] for status in statuses] == list(range(15))
    assert {"name": "Awaiting Fulfillment", "order": 3}.items() <= statuses[11].items()


def test_a_status_write_moves_the_order_and_its_date(shop: "Shop") -> None:
    shop.place(10427, placed_at=NOON)

    answer = shop.call("PUT", "/v2/orders/10427", json={"status_id": 9})

    assert answer.status_code == 200
    assert (answer.json()["status_id"], answer.json()["status"]) == (9, "Awaiting Shipment")
    assert answer.json() == shop.call("GET", "/v2/orders/10427").json()
    assert answer.json()["date_modified"] != format_datetime(NOON)
    [effect] = shop.effects()
    assert (effect["kind"], effect["status_id"], effect["fields"]) == ("order_updated", 9, ["status_id"])


def test_an_order_set_to_shipped_has_all_its_units_shipped(shop: "Shop") -> None:
    shop.place(10427)

    order = shop.call("PUT", "/v2/orders/10427", json={"status_id": 2}).json()

    assert order["items_shipped"] == order["items_total"] == 3
    assert order["date_shipped"]
    assert [line["quantity_shipped"] for line in shop.call("GET", "/v2/orders/10427/products").json()] == [2, 1]


def test_a_status_written_twice_is_seen_twice_by_whoever_counts(shop: "Shop") -> None:
    shop.place(10427)

    answers = [shop.call("PUT", "/v2/orders/10427", json={"status_id": 9}).status_code for _ in range(2)]

    assert answers == [200, 200]
    assert [effect["status_id"] for effect in shop.effects("order_updated")] == [9, 9]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"status_id": 99}, "status_id"),
        ({"status_id": "2"}, "status_id"),
        ({"status": "Shipped"}, "status"),
        ({"date_modified": "Thu, 01 Jan 2026 12:00:00 +0000"}, "date_modified"),
        ({"colour": "green"}, "colour"),
        ({}, "at least one"),
    ],
)
def test_a_field_that_cannot_be_written_is_named(shop: "Shop", body: dict[str, Any], named: str) -> None:
    shop.place(10427)

    answer = shop.call("PUT", "/v2/orders/10427", json=body)

    assert (answer.status_code, answer.json()[0]["status"]) == (400, 400)
    assert named in answer.json()[0]["message"]
    assert shop.effects() == []


def test_echoing_a_whole_order_back_is_refused(shop: "Shop") -> None:
    order = shop.place(10427)

    assert shop.call("PUT", "/v2/orders/10427", json={**order, "status_id": 2}).status_code == 400


def test_what_the_stand_in_does_not_imitate_is_refused_loudly(shop: "Shop") -> None:
    shop.place(10427)

    assert shop.call("PUT", "/v2/orders/10427", json={"products": []}).status_code == 501
    assert shop.call("PUT", "/v2/orders/10427", json={"items_shipped": 3}).status_code == 501
    assert shop.call("GET", "/v2/orders/10427", params={"include": "consignments"}).status_code == 501


def test_the_merchant_id_can_be_set_once(shop: "Shop") -> None:
    shop.place(10427)

    answers = [
        shop.call("PUT", "/v2/orders/10427", json={"external_merchant_id": merchant_id}).status_code
        for merchant_id in ("M-1", "M-1", "M-2")
    ]

    assert answers == [200, 200, 400]


def test_notes_are_written_without_a_status_change(shop: "Shop") -> None:
    shop.place(10427)

    shop.call("PUT", "/v2/orders/10427", json={"staff_notes": "3PL", "external_order_id": "FLX-1"})

    [effect] = shop.effects("order_updated")
    assert effect["fields"] == ["staff_notes", "external_order_id"]
    assert "status_id" not in effect


def test_an_archived_order_leaves_the_list_but_can_be_read(shop: "Shop") -> None:
    shop.place(10427)

    answer = shop.call("DELETE", "/v2/orders/10427")

    assert answer.status_code == 204
    assert listed(shop) == []
    assert shop.call("GET", "/v2/orders/10427").json()["is_deleted"] is True
    assert [effect["kind"] for effect in shop.effects()] == ["order_archived"]


def test_payments_are_shown_with_numbers(shop: "Shop") -> None:
    payment = {"id": 1, "order_id": "10427", "event": "purchase", "amount": 125.82, "status": "ok"}
    shop.control("POST", "/orders", {**samples.order(10427), "transactions": [payment]})
    shop.place(10428)

    paid = shop.call("GET", "/v3/orders/10427/transactions").json()

    assert paid["data"] == [payment]
    assert paid["meta"]["pagination"]["total"] == 1
    assert shop.call("GET", "/v3/orders/10428/transactions").status_code == 204
    assert shop.call("GET", "/v3/orders/1/transactions").json()["status"] == 404
