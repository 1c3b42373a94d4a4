"""Flexe's callbacks: only genuine ones are read, and nothing is taken from them but where to look."""

import base64
import hmac
import json
from typing import Any

import pytest

from shared.domain.errors import Malformed, NotAuthentic
from shared.providers.flexe.webhooks import Ignored, OrderNotice, authenticate, parse
from tests.providers.flexe.samples import REFERENCE, a_connection

SECRET, KEY = "whs-demo-0001", "signing-key-0002"
SIGNED = a_connection(webhook_signing_secret=KEY)


def an_event(kind: str = "outbound_order.shipped", data: Any = None, **facts: Any) -> dict[str, Any]:
    event = {
        "id": "evt_31f0a9",
        "type": kind,
        "webhook_name": "orders-prod",
        "occurred_at": "2026-01-02T09:30:05Z",
        "owner_id": "own_7741",
        "data": {"outbound_order_id": "obo_900184", "external_order_id": REFERENCE} if data is None else data,
    }
    return event | facts


def a_body(*args: Any, **facts: Any) -> bytes:
    return json.dumps(an_event(*args, **facts)).encode()


def digest(body: bytes, key: str = KEY) -> bytes:
    return hmac.digest(key.encode(), body, "sha256")


def test_a_callback_with_the_secret_is_genuine():
    authenticate({"x-webhook-secret": SECRET}, a_body(), a_connection())


@pytest.mark.parametrize(
    ("given", "what"), [({}, "missing"), ({"X-Webhook-Secret": "guess"}, "wrong"), ({"X-Webhook-Secret": "ü"}, "wrong")]
)
def test_a_callback_without_the_right_secret_is_refused(given: dict[str, str], what: str):
    with pytest.raises(NotAuthentic, match=f"header X-Webhook-Secret is {what}") as refusal:
        authenticate(given, a_body(), a_connection())

    assert SECRET not in str(refusal.value)


@pytest.mark.parametrize("encoded", [bytes.hex, lambda raw: base64.b64encode(raw).decode()], ids=["hex", "base64"])
def test_a_signature_in_either_encoding_is_genuine(encoded: Any):
    body = a_body()

    authenticate({"X-Webhook-Secret": SECRET, "X-Webhook-Signature": encoded(digest(body))}, body, SIGNED)


@pytest.mark.parametrize(
    "signature",
    [None, "", "guess", digest(a_body("outbound_order.delivered")).hex(), digest(a_body(), "other key").hex()],
)
def test_a_missing_or_foreign_signature_is_refused_in_spite_of_the_secret(signature: str | None):
    given = {"X-Webhook-Secret": SECRET} | ({} if signature is None else {"X-Webhook-Signature": signature})

    with pytest.raises(NotAuthentic, match="X-Webhook-Signature"):
        authenticate(given, a_body(), SIGNED)


def test_a_right_signature_does_not_make_up_for_the_secret():
    with pytest.raises(NotAuthentic, match="X-Webhook-Secret"):
        authenticate({"X-Webhook-Signature": digest(a_body()).hex()}, a_body(), SIGNED)


def test_a_body_changed_on_its_way_is_refused():
    body = a_body()
    given = {"X-Webhook-Secret": SECRET, "X-Webhook-Signature": digest(body).hex()}

    with pytest.raises(NotAuthentic):
        authenticate(given, body.replace(b"10427", b"10428"), SIGNED)


def test_the_secret_comes_in_the_header_that_is_set():
    connection = a_connection(webhook_secret_header="X-Flexe-Key")

    authenticate({"x-flexe-key": SECRET}, a_body(), connection)
    with pytest.raises(NotAuthentic):
        authenticate({"x-webhook-secret": SECRET}, a_body(), connection)


@pytest.mark.parametrize("kind", ["accepted", "rejected", "on_hold", "shipped", "shipment_updated", "brand_new"])
def test_whatever_happened_to_an_order_it_is_worth_a_look(kind: str):
    assert parse(a_body(f"outbound_order.{kind}"), a_connection()) == OrderNotice("obo_900184", REFERENCE)


def test_an_order_may_come_without_our_name_for_it():
    assert parse(a_body(data={"outbound_order_id": 900184}), a_connection()) == OrderNotice("900184", "")


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"owner_id": "own_1"}, "another owner, own_1"),
        ({"webhook_name": "orders-test"}, "another webhook, orders-test"),
        ({"type": "inventory.updated"}, "inventory.updated is not about"),
    ],
)
def test_what_is_none_of_our_business_is_passed_over_with_its_reason(facts: dict[str, str], why: str):
    answer = parse(a_body(**facts), a_connection())

    assert isinstance(answer, Ignored)
    assert why in answer.reason


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"[" * 100_000,
        a_body(kind=7),
        a_body(owner_id=None),
        a_body(webhook_name=""),
        a_body(data=[]),
        a_body(data={}),
        a_body(data={"outbound_order_id": ""}),
        a_body(data={"outbound_order_id": True}),
        a_body(data={"outbound_order_id": "../secrets"}),
        a_body(data={"outbound_order_id": ".."}),
        a_body(data={"outbound_order_id": "x" * 101}),
        a_body(data={"outbound_order_id": "obo_1", "external_order_id": 7}),
        a_body(data={"outbound_order_id": "obo_1", "external_order_id": "x" * 101}),
    ],
)
def test_what_cannot_be_read_is_refused(body: bytes):
    with pytest.raises(Malformed):
        parse(body, a_connection())
