"""Business events: their modes, the handshake, sign-in, retries, and everything that can go wrong on the way."""

import json
from typing import Any

import pytest

from tests.systems.sap.conftest import SALES, Endpoint, Sap, sap_with

INVOICED = "sap.s4.beh.billingdocument.v1.BillingDocument.Created.v1"
CANCELED = "sap.s4.beh.billingdocument.v1.BillingDocument.Canceled.v1"
CHANGED = "sap.s4.beh.billingdocument.v1.BillingDocument.Changed.v1"
ONLY_BILLING = ["sap.s4.beh.billingdocument.*"]


def test_an_invoice_is_told_with_its_keys_and_no_order_number(sap: Sap, endpoint: Endpoint) -> None:
    sap.subscribe(endpoint, types=ONLY_BILLING)

    sap.done(f"/orders/{sap.order()}/invoice")

    (received,) = endpoint.wait_for(1)
    event = received.body
    assert received.headers["content-type"].startswith("application/cloudevents+json")
    assert (event["type"], event["specversion"], event["source"]) == (INVOICED, "1.0", "/default/sap.s4.beh/900100200")
    assert event["data"] == {
        "BillingDocument": "90000000",
        "BillingDocumentType": "F2",
        "BillingIssueType": "",
        "OverallBillingStatus": "A",
        "SDDocumentCategory": "M",
    }


def test_each_change_of_an_order_is_told(sap: Sap, endpoint: Endpoint) -> None:
    sap.subscribe(endpoint)
    number = sap.order()
    path = f"{SALES}/A_SalesOrder('{number}')"

    sap.write("PATCH", path, {"ShippingCondition": "01"}, If_Match="*")
    sap.write("DELETE", path, If_Match="*")

    happened = {received.body["type"].split(".")[-2] for received in endpoint.wait_for(3)}
    assert happened == {"Created", "Changed", "Deleted"}


def test_binary_mode_puts_the_attributes_into_headers(sap: Sap, endpoint: Endpoint) -> None:
    sap.subscribe(endpoint, mode="binary", types=ONLY_BILLING)

    sap.done(f"/orders/{sap.order()}/invoice")

    (received,) = endpoint.wait_for(1)
    headers = received.headers
    assert (headers["ce-type"], headers["ce-specversion"], headers["content-type"]) == (
        INVOICED,
        "1.0",
        "application/json",
    )
    assert headers["ce-id"]
    assert headers["ce-time"].endswith("Z")
    assert received.body["BillingDocument"] == "90000000"


def test_json_mode_sends_the_same_object_as_plain_json(sap: Sap, endpoint: Endpoint) -> None:
    sap.subscribe(endpoint, mode="json", types=ONLY_BILLING)

    sap.done(f"/orders/{sap.order()}/invoice")

    (received,) = endpoint.wait_for(1)
    assert (received.headers["content-type"], received.body["type"]) == ("application/json", INVOICED)


def test_a_batch_holds_all_that_one_piece_of_work_has_caused(sap: Sap, endpoint: Endpoint) -> None:
    number = sap.order()
    sap.done(f"/orders/{number}/invoice")
    sap.subscribe(endpoint, mode="batch")

    sap.done(f"/orders/{number}/cancel-invoice")

    (received,) = endpoint.wait_for(1)
    events: list[Any] = json.loads(received.raw)
    assert received.headers["content-type"].startswith("application/cloudevents-batch+json")
    told = [(event["type"], event["data"]["BillingDocument"], event["data"]["SDDocumentCategory"]) for event in events]
    assert told == [(INVOICED, "90000001", "N"), (CANCELED, "90000000", "M")]


def test_the_endpoint_is_asked_before_anything_is_sent(sap: Sap, endpoint: Endpoint) -> None:
    agreed = sap.control("POST", "/webhooks", {"url": endpoint.url})
    endpoint.allowed_origin = "somebody.else.example"
    refused = sap.control("POST", "/webhooks", {"url": endpoint.url})
    unasked = sap.control("POST", "/webhooks", {"url": endpoint.url, "validate": False})
    nobody = sap.control("POST", "/webhooks", {"url": "http://127.0.0.1:1/"})

    assert [answer.status_code for answer in (agreed, refused, unasked, nobody)] == [201, 409, 201, 409]
    assert [asked["webhook-request-origin"] for asked in endpoint.handshakes] == ["sandbox.event-mesh.example"] * 2
    assert len(sap.control("GET", "/webhooks").json()["webhooks"]) == 2


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ({"kind": "basic", "name": "mesh", "value": "pw"}, "authorization", "Basic bWVzaDpwdw=="),
        ({"kind": "header", "name": "x-shared-secret", "value": "s"}, "x-shared-secret", "s"),
    ],
)
def test_a_subscription_signs_in(sap: Sap, endpoint: Endpoint, auth: dict[str, str], header: str, value: str) -> None:
    sap.subscribe(endpoint, auth=auth)

    sap.order()

    assert endpoint.wait_for(1)[0].headers[header] == value
    assert endpoint.handshakes[0][header] == value
    assert sap.control("GET", "/webhooks").json()["webhooks"][0]["auth"] == auth["kind"]


def test_a_function_key_goes_into_the_address(sap: Sap, endpoint: Endpoint) -> None:
    sap.subscribe(endpoint, auth={"kind": "key", "value": "k/1"})

    sap.order()

    endpoint.wait_for(1)
    sap.settle()
    (attempt,) = sap.control("GET", "/callbacks").json()["attempts"]
    assert attempt["destination"].endswith("?code=k%2F1")
    assert attempt["label"] == "SalesOrder/Created"


def test_an_event_not_taken_comes_again_and_then_is_a_dead_letter(sap: Sap, endpoint: Endpoint) -> None:
    sap.subscribe(endpoint)
    endpoint.answers.extend([500, 400, 503])

    sap.order()

    received = endpoint.wait_for(3)
    sap.settle()
    (letter,) = sap.control("GET", "/dead-letters").json()["dead_letters"]
    assert len({event.body["id"] for event in received}) == 1
    assert (letter["http_status"], letter["events"][0]["data"]) == (503, {"SalesOrder": "1"})


def test_events_are_doubled_and_lost_when_armed(sap: Sap, endpoint: Endpoint) -> None:
    sap.subscribe(endpoint)
    sap.control("POST", "/faults", {"callbacks": {"duplicate": 2}, "match": "SalesOrder/Created"})
    sap.control("POST", "/faults", {"callbacks": {"lose": 1}, "match": "BillingDocument/*"})

    sap.done(f"/orders/{sap.order()}/invoice")

    received = endpoint.wait_for(2)
    sap.settle()
    assert len(endpoint.wait_for(2)) == 2
    assert received[0].raw == received[1].raw


def test_the_cancellation_can_come_before_the_invoice(sap: Sap, endpoint: Endpoint) -> None:
    number = sap.order()
    sap.subscribe(endpoint, types=ONLY_BILLING)
    sap.control("POST", "/faults", {"callbacks": {"reorder": 3}})

    sap.done(f"/orders/{number}/invoice")
    sap.done(f"/orders/{number}/cancel-invoice")

    assert [received.body["type"] for received in endpoint.wait_for(3)] == [CANCELED, INVOICED, INVOICED]


def test_events_without_a_subscriber_are_lost_and_unsubscribing_stops_them(sap: Sap, endpoint: Endpoint) -> None:
    sap.order()
    webhook_id = sap.subscribe(endpoint)
    removed = sap.control("DELETE", f"/webhooks/{webhook_id}")
    again = sap.control("DELETE", f"/webhooks/{webhook_id}")
    sap.order()

    sap.settle()
    assert (removed.status_code, again.status_code) == (204, 404)
    assert endpoint.wait_for(0) == []
    assert len(sap.control("GET", "/events").json()["events"]) == 2


def test_a_storm_of_changes_and_a_repeat_under_the_same_or_a_new_id(sap: Sap, endpoint: Endpoint) -> None:
    sap.done(f"/orders/{sap.order()}/invoice")
    sap.subscribe(endpoint)

    sap.control("POST", "/billing-documents/90000000/touch", {"times": 20})
    storm = endpoint.wait_for(20)
    same = sap.control("POST", "/events/resend", {"document": "90000000", "type": INVOICED}).json()
    other = sap.control("POST", "/events/resend", {"document": "0090000000", "new_id": True}).json()
    nothing = sap.control("POST", "/events/resend", {"document": "7"})

    endpoint.wait_for(22)
    published = sap.control("GET", "/events").json()["events"]
    assert {received.body["type"] for received in storm} == {CHANGED}
    assert len({received.body["id"] for received in storm}) == 20
    assert same["id"] in {event["id"] for event in published[:2]}
    assert other["id"] not in {event["id"] for event in published[:-1]}
    assert nothing.status_code == 404


def test_an_event_of_any_kind_can_be_sent(sap: Sap, endpoint: Endpoint) -> None:
    sap.subscribe(endpoint)

    sent = sap.control("POST", "/events", {"type": "some.other.Thing.v9", "specversion": "0.3", "data": {"A": "1"}})
    refused = sap.control("POST", "/events", {"specversion": "1.0"})

    event = endpoint.wait_for(1)[0].body
    assert (sent.status_code, refused.status_code) == (201, 400)
    assert (event["type"], event["specversion"], event["data"]) == ("some.other.Thing.v9", "0.3", {"A": "1"})


def test_a_reset_keeps_subscriptions_unless_told_otherwise(sap: Sap, endpoint: Endpoint) -> None:
    sap.subscribe(endpoint)

    sap.control("POST", "/reset")
    kept = sap.control("GET", "/webhooks").json()["webhooks"]
    sap.control("POST", "/reset", {"registrations": True})
    gone = sap.control("GET", "/webhooks").json()["webhooks"]

    assert (len(kept), gone) == (1, [])
    assert sap.control("GET", "/events").json()["events"] == []


def test_some_systems_pad_the_numbers_in_events(endpoint: Endpoint) -> None:
    with sap_with(padded_numbers=True) as sap:
        sap.subscribe(endpoint)
        sap.order()

        assert endpoint.wait_for(1)[0].body["data"] == {"SalesOrder": "0000000001"}
