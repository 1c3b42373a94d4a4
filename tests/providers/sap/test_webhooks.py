"""CloudEvents from SAP: who may send them, and which billing documents they speak of."""

import json
from typing import Any

import pytest

from shared.domain.errors import Malformed, NotAuthentic
from shared.providers.sap.webhooks import Delivery, authenticate, handshake, parse
from tests.providers.sap.samples import connection

BILLING = "sap.s4.beh.billingdocument.v1.BillingDocument"
STRUCTURED = {"Content-Type": "application/cloudevents+json; charset=utf-8"}
BATCH = {"Content-Type": "application/cloudevents-batch+json; charset=utf-8"}


def an_event(document: Any = "90000318", happened: str = "Created", **changes: Any) -> dict[str, Any]:
    event = {
        "type": f"{BILLING}.{happened}.v1",
        "specversion": "1.0",
        "source": "/default/sap.s4.beh/900100200",
        "id": "fa163e5b-7c1e-1eec-9f0a-0c2d4e6f8a10",
        "time": "2026-01-02T09:45:02Z",
        "datacontenttype": "application/json",
        "data": {"BillingDocument": document, "SDDocumentCategory": "M"},
    }
    return event | changes


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in an_event().items() if key != name}


def read(event: Any, headers: dict[str, str] | None = None) -> Delivery:
    return parse(STRUCTURED if headers is None else headers, json.dumps(event).encode())


def in_binary(event: dict[str, Any], content_type: str = "application/json") -> tuple[dict[str, str], bytes]:
    attributes = {
        f"Ce-{name.title()}": value for name, value in event.items() if name not in ("data", "datacontenttype")
    }
    return {"Content-Type": content_type, **attributes}, json.dumps(event["data"]).encode()


@pytest.mark.parametrize("happened", ["Created", "Changed", "Canceled"])
@pytest.mark.parametrize("headers", [STRUCTURED, {"content-type": "application/json"}, {}])
def test_every_billing_event_names_its_document(happened, headers):
    assert read(an_event(happened=happened), headers) == Delivery(documents=("90000318",))


def test_an_event_may_come_in_headers_with_its_data_as_body():
    assert parse(*in_binary(an_event())) == Delivery(documents=("90000318",))


def test_a_batch_names_each_document_once():
    batch = [an_event("90000318"), an_event("0090000318", id="another"), an_event("90000319")]

    assert read(batch, BATCH) == Delivery(documents=("90000318", "90000319"))


def test_the_content_type_decides_against_stray_headers():
    assert read(an_event(), {**STRUCTURED, "ce-id": "1"}) == Delivery(documents=("90000318",))


def test_unknown_keys_are_passed_over_and_missing_ones_not_missed():
    event = an_event(data={"BillingDocument": "90000318", "Novelty": [1]}, subject=None, xsapextension="x")

    assert read({name: value for name, value in event.items() if name != "time"}) == Delivery(documents=("90000318",))


@pytest.mark.parametrize(
    "kind",
    [
        "sap.s4.beh.salesorder.v1.SalesOrder.Created.v1",
        f"{BILLING}.Created.v2",
        f"{BILLING}.Cancelled.v1",
        f"{BILLING}.created.v1",
        "test",
    ],
)
def test_events_of_other_types_are_not_for_us(kind):
    assert read(an_event(type=kind, data=None)) == Delivery(ignored=(f"{kind} is not about a billing document",))


@pytest.mark.parametrize("name", ["id", "source", "type", "specversion"])
def test_an_event_without_a_required_attribute_is_none(name):
    (problem,) = read(without(name)).malformed
    (in_headers,) = parse(*in_binary(without(name))).malformed

    assert problem == in_headers == f"not a CloudEvent: {name} is missing"


@pytest.mark.parametrize(
    "wrong",
    [
        {"specversion": "0.3"},
        {"specversion": "2.0"},
        {"specversion": 1.0},
        {"id": ""},
        {"source": 5},
        {"time": "yesterday"},
        {"time": 5},
        {"data": None, "data_base64": "%"},
        {"data": None},
        {"data": "90000318"},
        {"data": {}},
        {"data": {"BillingDocument": 90000318}},
        {"data": {"BillingDocument": ""}},
        {"data": {"BillingDocument": "90000318')/to_Item"}},
        {"data": {"BillingDocument": "12345678901"}},
    ],
)
def test_an_event_that_is_not_as_documented_is_malformed(wrong):
    delivery = read(an_event(**wrong))

    assert len(delivery.malformed) == 1
    assert delivery.documents == ()


@pytest.mark.parametrize("version", ["0.3", "2.0"])
def test_another_version_is_refused_in_headers_too(version):
    (problem,) = parse(*in_binary(an_event(specversion=version))).malformed

    assert "specversion" in problem


def test_a_body_in_binary_mode_that_is_no_json_is_malformed():
    headers, _ = in_binary(an_event())

    assert len(parse(headers, b"\xff{").malformed) == 1


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_is_malformed(body):
    with pytest.raises(Malformed, match="not JSON"):
        parse(STRUCTURED, body)


@pytest.mark.parametrize("event", [5, None, "text", [[]]])
def test_a_body_that_is_no_object_is_malformed(event):
    assert read(event).malformed == ("not a CloudEvent: no JSON object",)


def test_one_bad_event_does_not_spoil_its_batch():
    delivery = read([an_event("1"), an_event({}), an_event(type="other"), an_event("2")], BATCH)

    assert (delivery.documents, len(delivery.malformed), len(delivery.ignored)) == (("1", "2"), 1, 1)


@pytest.mark.parametrize("name", ["X-Webhook-Secret", "x-webhook-secret"])
def test_the_shared_secret_opens_the_door(name):
    authenticate({name: "s3crét"}, connection())


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        ({}, "missing"),
        ({"X-Webhook-Secret": ""}, "missing"),
        ({"X-Webhook-Secret": "guess"}, "wrong"),
        ({"X-Webhook-Secret": "\udcff"}, "wrong"),
    ],
)
def test_without_it_nobody_comes_in(headers, problem):
    with pytest.raises(NotAuthentic, match=problem) as refused:
        authenticate(headers, connection())

    assert "guess" not in str(refused.value)


def test_the_secret_may_come_in_another_header():
    authenticate({"authorization": "s3crét"}, connection(webhook_secret_header="Authorization"))


@pytest.mark.parametrize(
    ("allowed", "answer"),
    [(("*",), "*"), (("other.example", "mesh.example"), "mesh.example")],
)
def test_a_broker_is_given_leave_to_send(allowed, answer):
    asked = {"webhook-request-origin": "mesh.example"}

    assert handshake(asked, connection(webhook_allowed_origins=allowed)) == {"WebHook-Allowed-Origin": answer}


def test_a_broker_that_asks_for_a_rate_is_told_one():
    asked = {"WebHook-Request-Origin": "mesh.example", "WebHook-Request-Rate": "120"}

    assert handshake(asked, connection()) == {"WebHook-Allowed-Origin": "*", "WebHook-Allowed-Rate": "*"}


@pytest.mark.parametrize("asked", [{}, {"WebHook-Request-Origin": "evil.example"}])
def test_a_stranger_is_not(asked):
    assert handshake(asked, connection(webhook_allowed_origins=("mesh.example",))) is None
