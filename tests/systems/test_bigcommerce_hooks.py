"""Registering hooks, and the callbacks they get."""

from typing import TYPE_CHECKING, Any

import pytest
from standardwebhooks.webhooks import Webhook

from sandbox.systems.bigcommerce import samples
from sandbox.systems.bigcommerce.callbacks import RETRY_WAITS, signature

if TYPE_CHECKING:
    from tests.systems.conftest import Receiver, Shop

PUBLIC = "https://shop.example.com/hook"
SECRET = "acct-client-secret-EXAMPLE-0001"


def test_a_hook_is_created_read_changed_and_deleted(shop: "Shop") -> None:
    hook = shop.hook("store/order/created", PUBLIC, headers={"X-Webhook-Key": "k"})
    path = f"/v3/hooks/{hook['id']}"

    changed = shop.call("PUT", path, json={"is_active": False}).json()["data"]
    deleted = shop.call("DELETE", path)

    assert {"scope": "store/order/created", "destination": PUBLIC, "is_active": True}.items() <= hook.items()
    assert (hook["client_id"], hook["store_hash"]) == ("sandbox-client-id", "q7xk2demo")
    assert isinstance(hook["created_at"], int)
    assert changed["is_active"] is False
    assert (deleted.status_code, deleted.json()["data"]["id"]) == (200, hook["id"])
    assert shop.call("GET", path).status_code == 404
    assert [effect["kind"] for effect in shop.effects()] == ["hook_created", "hook_updated", "hook_deleted"]


def test_hooks_are_listed_by_page_and_filter(shop: "Shop") -> None:
    for number in range(3):
        shop.hook("store/order/created", f"{PUBLIC}/{number}", is_active=number != 1)

    page = shop.call("GET", "/v3/hooks", params={"limit": 2}).json()
    active = shop.call("GET", "/v3/hooks", params={"is_active": "true"}).json()
    one = shop.call("GET", "/v3/hooks", params={"destination": f"{PUBLIC}/1", "scope": "store/order/created"}).json()

    assert page["meta"]["pagination"] == {
        "total": 3,
        "count": 2,
        "per_page": 2,
        "current_page": 1,
        "total_pages": 2,
        "links": {"current": "?page=1&limit=2", "next": "?page=2&limit=2"},
    }
    assert [hook["destination"][-1] for hook in active["data"]] == ["0", "2"]
    assert [hook["destination"][-1] for hook in one["data"]] == ["1"]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"destination": PUBLIC}, "scope"),
        ({"scope": "store/order/created"}, "destination"),
        ({"scope": "store/order/exploded", "destination": PUBLIC}, "scope"),
        ({"scope": "store/order/*", "destination": "http://shop.example.com/hook"}, "destination"),
        ({"scope": "store/order/*", "destination": "https://shop.example.com:8443/hook"}, "destination"),
        ({"scope": "store/order/*", "destination": PUBLIC, "headers": {"X-Key": 1}}, "headers"),
        ({"scope": "store/order/*", "destination": PUBLIC, "is_active": "yes"}, "is_active"),
        ({"scope": "store/order/*", "destination": PUBLIC, "secret": "s"}, "secret"),
    ],
)
def test_a_hook_that_cannot_work_is_refused_by_name(shop: "Shop", body: dict[str, Any], named: str) -> None:
    answer = shop.call("POST", "/v3/hooks", json=body)

    assert answer.status_code == 422
    assert named in answer.json()["errors"]


def test_the_same_hook_cannot_be_created_twice(shop: "Shop") -> None:
    shop.hook("store/order/created", PUBLIC)

    answer = shop.call("POST", "/v3/hooks", json={"scope": "store/order/created", "destination": PUBLIC})

    assert answer.status_code == 409


def test_a_scope_has_room_for_ten_hooks(shop: "Shop") -> None:
    for number in range(10):
        shop.hook("store/order/created", f"{PUBLIC}/{number}")

    answer = shop.call("POST", "/v3/hooks", json={"scope": "store/order/created", "destination": f"{PUBLIC}/11"})

    assert answer.status_code == 422


def test_the_signature_is_the_documented_one() -> None:
    body = (
        b'{"scope":"store/order/created","store_id":"1000456789","data":{"type":"order","id":10427},'
        b'"hash":"5f0c3e2ab9d84716c5e2f1a0b3c4d5e6f7081920","created_at":1767268800,"producer":"stores/q7xk2demo"}'
    )

    assert signature(SECRET, "msg_demo_0001", 1767268801, body) == "v1,vGBXS/olNfdhyWw6PjoJkUgxaomsHaQOKZmiFl5CO/c="


def test_a_callback_tells_the_event_and_never_the_order(shop: "Shop", receiver: "Receiver") -> None:
    shop.hook("store/order/created", receiver.url, headers={"X-Webhook-Key": "k-123"})

    shop.place(10427)

    [callback] = receiver.wait_for(1)
    assert list(callback.body) == ["scope", "store_id", "data", "hash", "created_at", "producer"]
    assert callback.body["data"] == {"type": "order", "id": 10427}
    assert (callback.body["store_id"], callback.body["producer"]) == ("1000456789", "stores/q7xk2demo")
    assert len(callback.body["hash"]) == 40
    assert callback.headers["x-webhook-key"] == "k-123"
    assert callback.headers["content-type"] == "application/json"


def test_a_callback_is_signed_over_its_raw_bytes(shop: "Shop", receiver: "Receiver") -> None:
    shop.hook("store/order/created", receiver.url)

    shop.place(10427)

    [callback] = receiver.wait_for(1)
    assert Webhook(SECRET.encode()).verify(callback.raw, callback.headers) == callback.body


def test_a_status_change_fires_updated_and_status_updated(shop: "Shop", receiver: "Receiver") -> None:
    shop.place(10427, status_id=0)
    shop.hook("store/order/*", receiver.url)

    shop.control("POST", "/orders/10427/status", {"status_id": 11})

    callbacks = {callback.body["scope"]: callback.body["data"] for callback in receiver.wait_for(2)}
    assert callbacks == {
        "store/order/updated": {"type": "order", "id": 10427},
        "store/order/statusUpdated": {
            "type": "order",
            "id": 10427,
            "status": {"previous_status_id": 0, "new_status_id": 11},
        },
    }


def test_our_own_shipment_fires_as_well(shop: "Shop", receiver: "Receiver") -> None:
    shop.place(10427)
    for scope in ("store/shipment/created", "store/order/statusUpdated", "store/order/updated"):
        shop.hook(scope, receiver.url)
    items = [{"order_product_id": samples.line_id(10427, 1), "quantity": 1}]

    made = shop.call(
        "POST",
        "/v2/orders/10427/shipments",
        json={"order_address_id": samples.address_id(10427), "items": items},
    ).json()

    callbacks = {callback.body["scope"]: callback.body["data"] for callback in receiver.wait_for(3)}
    assert callbacks["store/shipment/created"] == {"type": "shipment", "id": made["id"], "orderId": 10427}
    assert callbacks["store/order/statusUpdated"]["status"] == {"previous_status_id": 11, "new_status_id": 3}


def test_our_own_status_write_fires_as_well(shop: "Shop", receiver: "Receiver") -> None:
    shop.place(10427)
    shop.hook("store/order/statusUpdated", receiver.url)

    shop.call("PUT", "/v2/orders/10427", json={"status_id": 9})

    [callback] = receiver.wait_for(1)
    assert callback.body["data"]["status"] == {"previous_status_id": 11, "new_status_id": 9}


def test_only_active_hooks_of_the_scope_are_called(shop: "Shop", receiver: "Receiver") -> None:
    shop.hook("store/order/created", f"{receiver.url}/off", is_active=False)
    shop.hook("store/order/archived", receiver.url)
    shop.hook("store/shipment/*", receiver.url)
    shop.hook("store/order/created", f"{receiver.url}/on")

    shop.place(10427)

    shop.wait_until_idle()
    assert receiver.scopes == ["store/order/created"]


def test_a_refused_callback_is_tried_again_with_a_new_stamp(shop: "Shop", receiver: "Receiver") -> None:
    receiver.answers.extend([500, 404])
    shop.hook("store/order/created", receiver.url)

    shop.place(10427)

    first, second, third = receiver.wait_for(3)
    assert first.raw == second.raw == third.raw
    assert first.headers["webhook-id"] == third.headers["webhook-id"]
    assert {"webhook-timestamp", "webhook-signature"} <= third.headers.keys()
    shop.wait_until_idle()
    assert [attempt["status"] for attempt in shop.control("GET", "/callbacks").json()["attempts"]] == [500, 404, 200]


def test_a_hook_that_fails_for_two_days_is_deactivated_until_switched_on(shop: "Shop", receiver: "Receiver") -> None:
    receiver.answers.extend([503] * (1 + len(RETRY_WAITS)))
    hook = shop.hook("store/order/created", receiver.url)

    shop.place(10427)
    receiver.wait_for(1 + len(RETRY_WAITS))
    shop.wait_until_idle()
    overview = shop.call("GET", "/v3/hooks/admin").json()["data"]["hooks_list"]
    shop.place(10428)
    shop.call("PUT", f"/v3/hooks/{hook['id']}", json={"is_active": True})
    shop.place(10429)

    *_, last = receiver.wait_for(2 + len(RETRY_WAITS))
    assert [(row["is_active"], row["status"]) for row in overview] == [(False, "deactivated")]
    assert last.body["data"]["id"] == 10429


def test_the_documented_waits_take_two_days() -> None:
    assert sum(RETRY_WAITS) == 173_040


def test_nobody_listening_is_a_failed_attempt(shop: "Shop") -> None:
    shop.hook("store/order/created", "http://127.0.0.1:1/closed")

    shop.place(10427)

    shop.wait_until_idle()
    attempts = shop.control("GET", "/callbacks").json()["attempts"]
    assert len(attempts) == 1 + len(RETRY_WAITS)
    assert all(attempt["status"] is None and "Connect" in attempt["error"] for attempt in attempts)


def test_mail_addresses_for_trouble_are_kept(shop: "Shop") -> None:
    answer = shop.call("PUT", "/v3/hooks/admin", json={"emails": ["ops@example.com"]})

    assert answer.status_code == 204
    assert shop.call("GET", "/v3/hooks/admin").json()["data"]["emails"] == ["ops@example.com"]
