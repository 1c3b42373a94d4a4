"""Callbacks: only genuine ones of our store get in, whatever they look like."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from standardwebhooks import Webhook

from shared.domain.errors import Malformed, NotAuthentic
from shared.providers.bigcommerce.connection import BigCommerceConnection
from shared.providers.bigcommerce.webhooks import BigCommerceCallbacks, Callback, Ignored, parse, verify
from tests.providers.bigcommerce.examples import CLIENT_SECRET, a_connection

BODY = (
    b'{"scope":"store/order/created","store_id":"1000456789","data":{"type":"order","id":10427},'
    b'"hash":"5f0c3e2ab9d84716c5e2f1a0b3c4d5e6f7081920","created_at":1767268800,"producer":"stores/q7xk2demo"}'
)
SIGNED = {
    "webhook-id": "msg_demo_0001",
    "webhook-timestamp": "1767268801",
    "webhook-signature": "v1,vGBXS/olNfdhyWw6PjoJkUgxaomsHaQOKZmiFl5CO/c=",
}
NOW = datetime.fromtimestamp(1767268801, UTC)
KEYED = {"X-Webhook-Key": "a random header secret"}


def keyed_connection(**settings: Any) -> BigCommerceConnection:
    return a_connection(webhook_header_secret=SecretStr(KEYED["X-Webhook-Key"]), **settings)


def a_callback(scope: str, data: Any, **envelope: Any) -> bytes:
    return json.dumps({"scope": scope, "data": data, "producer": "stores/q7xk2demo", **envelope}).encode()


def test_the_published_signature_is_accepted():
    verify(SIGNED, BODY, a_connection(), NOW)


def test_header_names_may_come_in_any_case():
    verify({name.title(): value for name, value in SIGNED.items()}, BODY, a_connection(), NOW)


def test_one_fitting_signature_among_several_is_enough():
    several = f"v1,AAAA v1a,{'B' * 44} garbage {SIGNED['webhook-signature']}"

    verify(SIGNED | {"webhook-signature": several}, BODY, a_connection(), NOW)


@pytest.mark.parametrize("missing", sorted(SIGNED))
def test_each_signature_header_is_needed(missing: str):
    headers = {name: value for name, value in SIGNED.items() if name != missing}

    with pytest.raises(NotAuthentic):
        verify(headers, BODY, a_connection(), NOW)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("webhook-signature", "v1,AAAA"),
        ("webhook-signature", "v2,vGBXS/olNfdhyWw6PjoJkUgxaomsHaQOKZmiFl5CO/c="),
        ("webhook-signature", "vGBXS/olNfdhyWw6PjoJkUgxaomsHaQOKZmiFl5CO/c="),
        ("webhook-signature", "v1,ünïcode"),
        ("webhook-signature", ""),
        ("webhook-id", "msg_demo_0002"),
        ("webhook-timestamp", "1767268802"),
        ("webhook-timestamp", "1767268801.0"),
        ("webhook-timestamp", "yesterday"),
        ("webhook-timestamp", "9" * 40),
    ],
)
def test_an_altered_signature_header_is_refused(header: str, value: str):
    with pytest.raises(NotAuthentic):
        verify(SIGNED | {header: value}, BODY, a_connection(), NOW)


@pytest.mark.parametrize("body", [BODY.replace(b":", b": ", 1), BODY + b"\n", b"", b"\xff\xfe", BODY[:-1]])
def test_a_body_altered_by_a_single_blank_is_refused(body: bytes):
    with pytest.raises(NotAuthentic):
        verify(SIGNED, body, a_connection(), NOW)


def test_the_wrong_client_secret_is_refused():
    with pytest.raises(NotAuthentic):
        verify(SIGNED, BODY, a_connection(webhook_client_secret=SecretStr("another")), NOW)


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_a_signature_of_another_time_is_refused(seconds: int):
    with pytest.raises(NotAuthentic, match="300 s"):
        verify(SIGNED, BODY, a_connection(), NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_clocks_may_differ_by_five_minutes(seconds: int):
    verify(SIGNED, BODY, a_connection(), NOW + timedelta(seconds=seconds))


def test_the_tolerance_is_a_setting():
    verify(SIGNED, BODY, a_connection(webhook_tolerance_seconds=86_400), NOW + timedelta(hours=23))


def test_the_shared_header_alone_is_enough_where_no_client_secret_is_set():
    connection = keyed_connection(webhook_client_secret=None)

    verify({"x-webhook-key": KEYED["X-Webhook-Key"]}, BODY, connection, NOW)

    for headers in ({}, {"X-Webhook-Key": ""}, {"X-Webhook-Key": "a random header secre"}, {"X-Webhook-Key": "ü"}):
        with pytest.raises(NotAuthentic, match="X-Webhook-Key"):
            verify(headers, BODY, connection, NOW)


def test_with_both_secrets_both_checks_must_pass():
    connection = keyed_connection()

    verify(SIGNED | KEYED, BODY, connection, NOW)

    for headers in (SIGNED, KEYED, SIGNED | {"X-Webhook-Key": "wrong"}, KEYED | SIGNED | {"webhook-id": "other"}):
        with pytest.raises(NotAuthentic):
            verify(headers, BODY, connection, NOW)


def test_a_refusal_never_shows_a_secret():
    with pytest.raises(NotAuthentic) as refusal:
        verify({"X-Webhook-Key": "wrong"}, BODY, keyed_connection(), NOW)

    assert KEYED["X-Webhook-Key"] not in str(refusal.value)


@pytest.mark.parametrize(
    ("scope", "data", "expected"),
    [
        ("store/order/created", {"type": "order", "id": 10427}, None),
        ("store/order/updated", {"type": "order", "id": "10427"}, None),
        ("store/order/updated", [{"type": "order", "id": 10427}], None),
        ("store/order/archived", {"type": "order", "id": 10427}, None),
        ("store/order/refund/created", {"type": "order", "id": 10427, "refund": {"refund_id": 3}}, None),
        (
            "store/order/statusUpdated",
            {"type": "order", "id": 10427, "status": {"previous_status_id": 0, "new_status_id": 11}},
            11,
        ),
        ("store/order/statusUpdated", {"type": "order", "id": 10427}, None),
        ("store/order/statusUpdated", {"type": "order", "id": 10427, "status": {"new_status_id": "x"}}, None),
        (
            "store/order/transaction/created",
            {"type": "transaction", "order_id": "10427", "transaction_id": "77"},
            None,
        ),
        ("store/shipment/created", {"type": "shipment", "id": 12, "orderId": 10427}, None),
        ("store/channel/3/order/updated", {"order_id": 10427}, None),
    ],
)
def test_every_scope_names_its_order_in_its_own_way(scope: str, data: Any, expected: int | None):
    assert parse(a_callback(scope, data), a_connection()) == Callback("10427", scope, expected)


def test_unknown_keys_are_no_trouble():
    body = a_callback("store/order/created", {"type": "order", "id": 1, "new": {}}, created_at=None, more=[1])

    assert parse(body, a_connection()) == Callback("1", "store/order/created")


@pytest.mark.parametrize(
    "scope", ["store/product/updated", "store/order/message/created", "store/order/metafield/created", "", "nonsense"]
)
def test_a_scope_that_is_not_ours_is_ignored(scope: str):
    assert isinstance(parse(a_callback(scope, {"type": "order", "id": 10427}), a_connection()), Ignored)


def test_a_callback_of_another_store_is_ignored():
    body = a_callback("store/order/created", {"type": "order", "id": 10427}, producer="stores/other")

    ignored = parse(body, a_connection())

    assert isinstance(ignored, Ignored)
    assert "stores/other" in ignored.reason


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b'"text"',
        b"\xff",
        b"[" * 100_000,
        b'{"scope": "store/order/created", "data": {"id": 1}}',
        b'{"scope": 7, "data": {"id": 1}, "producer": "stores/q7xk2demo"}',
        *(
            a_callback("store/order/created", data)
            for data in (None, 7, [], [{"id": 1}, {"id": 2}], {}, {"id": None}, {"id": -1}, {"id": 0}, {"id": 1.5})
        ),
        *(a_callback("store/order/created", {"id": value}) for value in (True, "", "1x", "١", "1/../2", "9" * 30)),
        a_callback("store/order/transaction/created", {"id": 10427}),
    ],
)
def test_a_malformed_callback_is_refused_as_such(body: bytes):
    with pytest.raises(Malformed):
        parse(body, a_connection())


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps).map(str.encode)
)
def test_no_body_makes_the_parser_stumble(body: bytes):
    with pytest.raises(Malformed):
        parse(body, a_connection())


def test_the_store_s_callbacks_are_verified_then_read():
    callbacks = BigCommerceCallbacks(a_connection(), lambda: NOW)

    assert callbacks.read(SIGNED, BODY) == Callback("10427", "store/order/created")
    with pytest.raises(NotAuthentic):
        callbacks.read({}, b"not json")


def test_what_the_library_signs_with_our_key_is_what_we_accept():
    body = a_callback("store/order/created", {"id": 1, "name": "Jörg"})
    headers = {"webhook-id": "msg_2", "webhook-timestamp": "1767268801"}
    signature = Webhook(CLIENT_SECRET.encode()).sign("msg_2", NOW, body.decode())

    verify(headers | {"webhook-signature": signature}, body, a_connection(), NOW)
