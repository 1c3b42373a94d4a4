"""The merchant's and shopper's side of the store, and the faults a test can arm."""

import time
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox.systems.bigcommerce import samples

if TYPE_CHECKING:
    from tests.systems.conftest import Receiver, Shop

SHIPMENT = {
    "order_address_id": samples.address_id(10427),
    "items": [{"order_product_id": samples.line_id(10427, 1), "quantity": 2}],
}


def test_a_cancelled_order_says_so(shop: "Shop", receiver: "Receiver") -> None:
    shop.place(10427)
    shop.hook("store/order/statusUpdated", receiver.url)

    order = shop.control("POST", "/orders/10427/cancel").json()

    [callback] = receiver.wait_for(1)
    assert (order["status_id"], order["status"]) == (5, "Cancelled")
    assert callback.body["data"]["status"] == {"previous_status_id": 11, "new_status_id": 5}


@pytest.mark.parametrize(("amount", "status_id"), [(None, 4), (20.5, 14)])
def test_a_refund_moves_the_order(shop: "Shop", receiver: "Receiver", amount: float | None, status_id: int) -> None:
    shop.place(10427)
    shop.hook("store/order/*", receiver.url)

    refund = shop.control("POST", "/orders/10427/refund", {"total_amount": amount, "reason": "late"}).json()

    receiver.wait_for(3)
    assert set(receiver.scopes) == {"store/order/refund/created", "store/order/updated", "store/order/statusUpdated"}
    assert shop.call("GET", "/v2/orders/10427").json()["status_id"] == status_id
    assert shop.call("GET", "/v3/orders/10427/payment_actions/refunds").json()["data"] == [refund]
    assert refund["total_amount"] == (amount or 125.82)


def test_placing_an_order_again_replaces_it_and_keeps_its_shipments(shop: "Shop", receiver: "Receiver") -> None:
    shop.place(10427)
    shop.call("POST", "/v2/orders/10427/shipments", json=SHIPMENT)
    shop.hook("store/order/*", receiver.url)

    shop.place(10427, status_id=9, staff_notes="again")

    receiver.wait_for(2)
    everything = shop.control("GET", "/orders/10427").json()
    assert sorted(receiver.scopes) == ["store/order/statusUpdated", "store/order/updated"]
    assert (everything["order"]["staff_notes"], len(everything["shipments"])) == ("again", 1)
    assert everything.keys() >= {"products", "shipping_addresses", "transactions", "refunds"}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/orders", {"order": {"id": "10427"}}, 400),
        ("/orders", {"order": {"id": 1}, "lines": []}, 400),
        ("/orders/1/cancel", None, 404),
        ("/orders/10427/status", {"status_id": 99}, 400),
        ("/orders/10427/status", {"status": 2}, 400),
        ("/callbacks/resend", {"order_id": 10427, "scope": "store/order/archived"}, 404),
    ],
)
def test_a_control_call_that_makes_no_sense_is_refused(shop: "Shop", path: str, body: Any, status: int) -> None:
    shop.place(10427)

    answer = shop.control("POST", path, body)

    assert answer.status_code == status
    assert answer.json()["error"]


def test_the_merchants_own_changes_are_no_effects(shop: "Shop") -> None:
    shop.place(10427)

    shop.control("POST", "/orders/10427/cancel")

    assert shop.effects() == []


def test_whoever_has_read_some_effects_reads_on_behind_them(shop: "Shop") -> None:
    shop.place(10427)
    for status in (9, 2, 10):
        shop.call("PUT", "/v2/orders/10427", json={"status_id": status})

    behind = shop.control("GET", "/effects?kind=order_updated&after=1").json()["effects"]

    assert [(effect["n"], effect["status_id"]) for effect in behind] == [(2, 2), (3, 10)]
    assert shop.control("GET", "/effects?after=x").status_code == 400


def test_a_callback_can_be_sent_again_unchanged(shop: "Shop", receiver: "Receiver") -> None:
    shop.hook("store/order/created", receiver.url)
    shop.place(10427)
    receiver.wait_for(1)

    answer = shop.control("POST", "/callbacks/resend", {"order_id": 10427, "scope": "store/order/created"})

    first, again = receiver.wait_for(2)
    assert answer.status_code == 202
    assert (first.raw, first.headers["webhook-id"]) == (again.raw, again.headers["webhook-id"])


def test_a_lost_callback_can_be_told_apart_by_scope(shop: "Shop", receiver: "Receiver") -> None:
    shop.hook("store/order/*", receiver.url)
    shop.arm(callbacks={"lose": 1}, match="store/order/statusUpdated")

    shop.place(10427)
    shop.control("POST", "/orders/10427/cancel")

    shop.wait_until_idle()
    assert sorted(receiver.scopes) == ["store/order/created", "store/order/updated"]


def test_a_dropped_answer_leaves_the_shipment_in_the_store(shop: "Shop") -> None:
    shop.place(10427)
    shop.arm(call="POST /v2/orders/{id}/shipments", fault={"drop": "after"})

    with pytest.raises(requests.ConnectionError):
        shop.call("POST", "/v2/orders/10427/shipments", json=SHIPMENT)

    assert len(shop.call("GET", "/v2/orders/10427/shipments").json()) == 1
    assert len(shop.effects("shipment_created")) == 1


def test_a_rate_limit_fault_answers_as_told_and_only_so_often(shop: "Shop") -> None:
    shop.place(10427)
    shop.arm(call="GET /v2/orders/{id}", fault={"status": 429, "headers": {"X-Retry-After": "7"}}, times=2)

    answers = [shop.call("GET", "/v2/orders/10427") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["X-Retry-After"] == "7"
    assert "X-Rate-Limit-Time-Reset-Ms" not in answers[0].headers


def test_a_reset_keeps_the_hooks_unless_told_otherwise(shop: "Shop") -> None:
    shop.hook("store/order/created", "https://shop.example.com/hook")
    shop.place(10427)

    shop.control("POST", "/reset")
    kept = shop.call("GET", "/v3/hooks").json()["data"]
    shop.control("POST", "/reset", {"registrations": True})

    assert len(kept) == 1
    assert shop.call("GET", "/v3/hooks").json()["data"] == []
    assert shop.call("GET", "/v2/orders/10427").status_code == 404
    assert shop.effects() == []


def test_a_long_order_is_placed_and_read_in_a_moment(shop: "Shop") -> None:
    started = time.perf_counter()

    shop.control("POST", "/orders", samples.long_order(10427, 500))
    lines = [
        line
        for page in (1, 2)
        for line in shop.call("GET", "/v2/orders/10427/products", params={"limit": 250, "page": page}).json()
    ]

    assert len({line["id"] for line in lines}) == 500
    assert time.perf_counter() - started < 5
