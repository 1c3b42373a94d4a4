"""The events a webhook gets, how it knows the sender, and all that can go wrong with them."""

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.systems.flexe import Config, create_app
from sandbox.systems.flexe.webhooks import RETRY_WAITS
from sandbox.systems.kit import serve
from tests.systems.flexe.conftest import Flexe

if TYPE_CHECKING:
    from tests.systems.conftest import Received, Receiver

SECRET = "whs-demo-0001"


def types(callbacks: "list[Received]") -> list[str]:
    return [callback.body["type"].removeprefix("outbound_order.") for callback in callbacks]


def test_a_shipped_event_tells_the_parcel(flexe: Flexe, receiver: "Receiver") -> None:
    order_id = flexe.place()
    flexe.listen(receiver)

    parcel = {"lines": {"30911": 2}, "tracking_numbers": ["1ZDEMO0000000042"]}
    [shipment] = flexe.do(order_id, "ship", parcels=[parcel])["shipments"]

    [callback] = receiver.wait_for(1)
    assert callback.headers["content-type"] == "application/json"
    assert callback.body == {
        "id": callback.body["id"],
        "type": "outbound_order.shipped",
        "webhook_name": "orders-prod",
        "occurred_at": callback.body["occurred_at"],
        "owner_id": "own_7741",
        "data": {
            "outbound_order_id": order_id,
            "external_order_id": "BC-q7xk2demo-10427",
            "status": "partially_shipped",
            "shipment": {
                "id": shipment["id"],
                "shipped_at": shipment["shipped_at"],
                "carrier": "UPS",
                "service": "Ground",
                "tracking_numbers": ["1ZDEMO0000000042"],
                "lines": [{"external_line_id": "30911", "sku": "BAG-CNV-OLV", "quantity": 2}],
            },
        },
    }


def test_every_parcel_has_an_event_of_its_own(flexe: Flexe, receiver: "Receiver") -> None:
    order_id = flexe.place()
    flexe.listen(receiver)

    flexe.do(order_id, "ship", parcels=[{"lines": {"30911": 2}}, {}])

    events = [callback.body for callback in receiver.wait_for(2)]
    by_status = {event["data"]["status"]: event["data"]["shipment"]["lines"] for event in events}
    assert {status: [line["quantity"] for line in lines] for status, lines in by_status.items()} == {
        "partially_shipped": [2],
        "shipped": [1],
    }
    assert len({event["id"] for event in events}) == 2


@pytest.mark.parametrize(
    ("deeds", "event", "status"),
    [
        ([("reject", {"reason": "bad address"})], "rejected", "rejected"),
        ([("hold", {"status": "backordered"})], "on_hold", "backordered"),
        ([("hold", {}), ("accept", {})], "accepted", "accepted"),
        ([("cancel", {})], "cancelled", "cancelled"),
        ([("short", {})], "cancelled", "cancelled"),
        ([("ship", {}), ("deliver", {})], "delivered", "delivered"),
    ],
)
def test_what_happens_in_the_warehouse_is_told(
    flexe: Flexe, receiver: "Receiver", deeds: list[tuple[str, dict[str, Any]]], event: str, status: str
) -> None:
    order_id = flexe.place()
    flexe.listen(receiver)

    for deed, words in deeds:
        flexe.do(order_id, deed, **words)

    events = {callback.body["type"]: callback.body["data"] for callback in receiver.wait_for(len(deeds))}
    assert events[f"outbound_order.{event}"] == {
        "outbound_order_id": order_id,
        "external_order_id": "BC-q7xk2demo-10427",
        "status": status,
    }


def test_a_new_order_is_told_as_accepted(flexe: Flexe, receiver: "Receiver") -> None:
    flexe.listen(receiver)

    flexe.place()

    assert types(receiver.wait_for(1)) == ["accepted"]


def test_an_order_with_an_unknown_product_is_told_as_rejected(flexe: Flexe, receiver: "Receiver") -> None:
    flexe.switch(skus=[], unknown_skus="reject_later")
    flexe.listen(receiver)

    flexe.place()

    assert types(receiver.wait_for(1)) == ["rejected"]


def test_late_tracking_is_told_as_an_update_of_the_same_shipment(flexe: Flexe, receiver: "Receiver") -> None:
    order_id = flexe.place()
    [shipment] = flexe.do(order_id, "ship", parcels=[{"tracking_numbers": []}])["shipments"]
    flexe.listen(receiver)

    flexe.do(order_id, "track", shipment_id=shipment["id"], tracking_numbers=["1ZLATE"])

    [callback] = receiver.wait_for(1)
    told = callback.body["data"]["shipment"]
    assert types([callback]) == ["shipment_updated"]
    assert (told["id"], told["tracking_numbers"]) == (shipment["id"], ["1ZLATE"])


def test_picking_a_short_line_and_a_noted_cancellation_are_not_told(flexe: Flexe, receiver: "Receiver") -> None:
    flexe.switch(cancellation="on_request")
    picked, noted = flexe.place("BC-1"), flexe.place("BC-2")
    flexe.listen(receiver)

    flexe.do(picked, "pick")
    flexe.do(picked, "short", lines={"30911": 1})
    flexe.call("POST", f"/{noted}/cancel", {"reason": "late"})
    flexe.do(picked, "ship")

    flexe.wait_until_idle()
    assert types(receiver.wait_for(1)) == ["shipped"]


def test_our_own_cancellation_is_told_as_well(flexe: Flexe, receiver: "Receiver") -> None:
    order_id = flexe.place()
    flexe.listen(receiver)

    flexe.call("POST", f"/{order_id}/cancel", {"reason": "late"})

    assert types(receiver.wait_for(1)) == ["cancelled"]


def test_a_receiver_knows_the_sender_by_secret_and_signature(flexe: Flexe, receiver: "Receiver") -> None:
    flexe.listen(receiver)

    flexe.place()

    [callback] = receiver.wait_for(1)
    assert callback.headers["x-webhook-secret"] == SECRET
    expected = hmac.new(SECRET.encode(), callback.raw, hashlib.sha256).hexdigest()
    assert callback.headers["x-webhook-signature"] == expected


def test_header_names_and_encoding_of_the_signature_can_be_chosen(flexe: Flexe, receiver: "Receiver") -> None:
    flexe.listen(receiver, secret_header="X-Key", signature_header="X-Sum", signature_encoding="base64")

    flexe.place()

    [callback] = receiver.wait_for(1)
    digest = hmac.new(SECRET.encode(), callback.raw, hashlib.sha256).digest()
    assert (callback.headers["x-key"], base64.b64decode(callback.headers["x-sum"])) == (SECRET, digest)


def test_a_webhook_may_do_without_a_signature(flexe: Flexe, receiver: "Receiver") -> None:
    flexe.listen(receiver, signature_encoding=None)

    flexe.place()

    [callback] = receiver.wait_for(1)
    assert callback.headers["x-webhook-secret"] == SECRET
    assert "x-webhook-signature" not in callback.headers


def test_an_event_may_come_without_any_proof(flexe: Flexe, receiver: "Receiver") -> None:
    flexe.listen(receiver)
    flexe.switch(webhook_signing="none")

    flexe.place()

    [callback] = receiver.wait_for(1)
    assert not {"x-webhook-secret", "x-webhook-signature"} & callback.headers.keys()


def test_an_event_may_come_with_a_wrong_proof(flexe: Flexe, receiver: "Receiver") -> None:
    flexe.listen(receiver)
    flexe.switch(webhook_signing="wrong")

    flexe.place()

    [callback] = receiver.wait_for(1)
    right = hmac.new(SECRET.encode(), callback.raw, hashlib.sha256).hexdigest()
    assert callback.headers["x-webhook-secret"] != SECRET
    assert len(callback.headers["x-webhook-signature"]) == len(right)
    assert callback.headers["x-webhook-signature"] != right


def test_a_refused_event_is_tried_again_unchanged(flexe: Flexe, receiver: "Receiver") -> None:
    receiver.answers.extend([500, 404])
    flexe.listen(receiver)

    flexe.place()

    first, second, third = receiver.wait_for(3)
    assert first.raw == second.raw == third.raw


def test_an_event_nobody_takes_for_a_day_is_lost(flexe: Flexe, receiver: "Receiver") -> None:
    receiver.answers.extend([503] * (1 + len(RETRY_WAITS)))
    flexe.listen(receiver)

    order_id = flexe.place()
    receiver.wait_for(1 + len(RETRY_WAITS))
    flexe.wait_until_idle()
    flexe.do(order_id, "ship")

    assert types(receiver.wait_for(2 + len(RETRY_WAITS)))[-2:] == ["accepted", "shipped"]
    assert sum(RETRY_WAITS) == 24 * 3600


def test_an_event_is_sent_again_with_its_own_id_or_a_new_one(flexe: Flexe, receiver: "Receiver") -> None:
    flexe.listen(receiver)
    order_id = flexe.place()
    receiver.wait_for(1)
    wish = {"order_id": order_id, "type": "outbound_order.accepted"}

    same = flexe.control("POST", "/callbacks/resend", wish)
    receiver.wait_for(2)
    new = flexe.control("POST", "/callbacks/resend", wish | {"new_id": True})

    first, copy, other = (callback.body for callback in receiver.wait_for(3))
    assert (same.status_code, new.status_code) == (202, 202)
    assert first == copy
    assert other["id"] != first["id"]
    assert other | {"id": first["id"]} == first


def test_the_event_of_an_earlier_parcel_can_come_again_late(flexe: Flexe, receiver: "Receiver") -> None:
    order_id = flexe.place("BC-1")
    flexe.listen(receiver)
    first, _ = flexe.do(order_id, "ship", parcels=[{"lines": {"30911": 2}}, {}])["shipments"]
    receiver.wait_for(2)
    wish = {"order_id": "BC-1", "type": "outbound_order.shipped", "shipment_id": first["id"]}

    flexe.control("POST", "/callbacks/resend", wish)

    *earlier, again = (callback.body for callback in receiver.wait_for(3))
    assert again in earlier
    assert (again["data"]["shipment"]["id"], again["data"]["status"]) == (first["id"], "partially_shipped")


def test_only_what_was_sent_can_be_sent_again(flexe: Flexe) -> None:
    order_id = flexe.place()

    answer = flexe.control("POST", "/callbacks/resend", {"order_id": order_id, "type": "outbound_order.shipped"})

    assert answer.status_code == 404


@pytest.mark.parametrize(("fault", "expected"), [({"lose": 1}, ["delivered"]), ({"reorder": 2}, None)])
def test_events_can_be_lost_and_overtake_each_other(
    flexe: Flexe, receiver: "Receiver", fault: dict[str, int], expected: list[str] | None
) -> None:
    order_id = flexe.place()
    flexe.listen(receiver)
    flexe.arm(callbacks=fault, match="outbound_order.*")

    flexe.do(order_id, "ship")
    flexe.do(order_id, "deliver")

    wanted = expected or ["delivered", "shipped"]
    assert types(receiver.wait_for(len(wanted))) == wanted


def test_an_event_can_come_twice(flexe: Flexe, receiver: "Receiver") -> None:
    flexe.listen(receiver)
    flexe.arm(callbacks={"duplicate": 2}, match="outbound_order.accepted")

    flexe.place()

    first, second = receiver.wait_for(2)
    assert first.raw == second.raw


def test_events_can_be_sloppy_while_the_order_is_not(flexe: Flexe, receiver: "Receiver") -> None:
    order_id = flexe.place()
    flexe.listen(receiver)
    flexe.switch(event_quantities="text", status_words={"partially_shipped": "PARTIALLY-SHIPPED"})
    flexe.do(order_id, "ship", parcels=[{"lines": {"30911": 2}}])
    receiver.wait_for(1)
    flexe.switch(event_shipment_lines=False)
    flexe.do(order_id, "ship")

    texts, bare = (callback.body["data"] for callback in receiver.wait_for(2))
    quantities = [line["quantity"] for shipment in flexe.read(order_id)["shipments"] for line in shipment["lines"]]
    assert (texts["status"], texts["shipment"]["lines"][0]["quantity"]) == ("PARTIALLY-SHIPPED", "2")
    assert "lines" not in bare["shipment"]
    assert quantities == [2, 1]


def test_webhooks_are_listed_without_secrets_and_removed(flexe: Flexe, receiver: "Receiver") -> None:
    webhook_id = flexe.listen(receiver)

    listed = flexe.control("GET", "/webhooks").json()["webhooks"]
    removed = flexe.control("DELETE", f"/webhooks/{webhook_id}")
    again = flexe.control("DELETE", f"/webhooks/{webhook_id}")

    assert [(webhook["id"], webhook["name"], webhook["url"]) for webhook in listed] == [
        (webhook_id, "orders-prod", receiver.url)
    ]
    assert "secret" not in listed[0]
    assert (removed.status_code, again.status_code) == (204, 404)
    assert flexe.control("GET", "/webhooks").json() == {"webhooks": []}


def test_each_webhook_is_told_its_own_name_and_a_name_is_taken_once(flexe: Flexe, receiver: "Receiver") -> None:
    flexe.listen(receiver)
    flexe.listen(receiver, name="audit")

    taken = flexe.control("POST", "/webhooks", {"name": "audit", "url": receiver.url, "secret": "s"})
    flexe.place()

    callbacks = [callback.body for callback in receiver.wait_for(2)]
    assert taken.status_code == 409
    assert {callback["webhook_name"] for callback in callbacks} == {"orders-prod", "audit"}
    assert len({callback["id"] for callback in callbacks}) == 1


@pytest.mark.parametrize(
    ("change", "named"),
    [({"url": "ftp://x"}, "url"), ({"secret": ""}, "secret"), ({"name": None}, "name"), ({"events": []}, "events")],
)
def test_a_webhook_that_cannot_work_is_refused_by_name(flexe: Flexe, change: dict[str, Any], named: str) -> None:
    body = {"name": "orders-prod", "url": "http://127.0.0.1:1/", "secret": SECRET} | change

    answer = flexe.control("POST", "/webhooks", body)

    assert answer.status_code == 400
    assert named in answer.json()["error"]


def test_a_webhook_can_be_configured_from_the_start(receiver: "Receiver") -> None:
    webhook = {"name": "orders-prod", "url": receiver.url, "secret": SECRET}
    with serve(create_app(Config.from_json({"webhooks": [webhook]}))) as url:
        flexe = Flexe(url, Config())
        flexe.control("POST", "/reset", {"registrations": True})

        flexe.place()

        assert types(receiver.wait_for(1)) == ["accepted"]
        flexe.http.close()
