"""Outside systems quote what they refuse: no secret of a call comes back in what is said of it."""

import base64
from typing import Any
from urllib.parse import quote

import pytest

from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.orders import Order
from shared.domain.privacy import impersonal
from shared.providers.answers import Answer, RefusedCall
from shared.providers.discretion import discreet, secrets_of
from shared.providers.finops.errors import problem
from tests.providers.raw_server import Connect, Server, reply

TOKEN = "tok/3n+with=signs"
PASSWORD = "p4ss:wörd-of-ours"
BASIC = base64.b64encode(f"ORDERS:{PASSWORD}".encode()).decode()


def quoted_back(request: bytes) -> bytes:
    """The whole request, as some gateways do."""
    return request


@pytest.mark.parametrize("status", [400, 401, 503])
@pytest.mark.parametrize(
    "call",
    [
        {"headers": {"X-Auth-Token": TOKEN}},
        {"headers": {"Authorization": f"Bearer {TOKEN}"}},
        {"headers": {"Authorization": TOKEN, "Cookie": "MYSAPSSO2=abcdefgh"}},
        {"headers": {"Authorization": f"Basic {BASIC}"}},
        {"data": {"grant_type": "client_credentials", "client_secret": TOKEN}},
        {"json": {"client_assertion": TOKEN}},
        {"json": {"scope": "store/order/created", "headers": {"X-Webhook-Key": TOKEN}}},
        {"json": {"url": "https://app", "authvalue": TOKEN}},
    ],
    ids=str,
)
def test_a_refusal_that_quotes_the_request_keeps_its_secrets(
    server: Server, connect: Connect, call: dict[str, Any], status: int
):
    server.respond = lambda request: reply(status, quoted_back(request[-4000:]) + f" {TOKEN} {PASSWORD}".encode())
    known = secrets_of(call.get("headers", {}), call.get("json"), call.get("data"))

    with pytest.raises((RejectedByProvider, TransientProviderError)) as refusal:
        connect().post("/orders", **call)

    told = str(refusal.value) + (refusal.value.fault.message if isinstance(refusal.value, RefusedCall) else "")
    assert [secret for secret in known if secret in told] == []
    assert known


@pytest.mark.parametrize(
    "form",
    [TOKEN, quote(TOKEN, safe=""), base64.b64encode(TOKEN.encode()).decode(), f"Bearer {TOKEN}"],
)
def test_a_secret_is_masked_in_every_form_it_may_be_quoted_in(form: str):
    assert form not in discreet(f"bad token {form}!", secrets_of({"Authorization": f"Bearer {TOKEN}"}))


def test_of_basic_credentials_the_password_alone_is_masked_too():
    said = discreet(f"user ORDERS may not sign in with {PASSWORD}", secrets_of({"Authorization": f"Basic {BASIC}"}))

    assert said == "user ORDERS may not sign in with [secret]"


def test_what_every_call_says_is_no_secret():
    plain = {"Accept": "application/json", "Content-Type": "application/json", "Prefer": "odata.maxpagesize=500"}

    assert secrets_of(plain, {"grant_type": "client_credentials", "scope": "a scope"}, [1], "text", None) == frozenset()


def test_words_of_others_are_one_line(server: Server, connect: Connect):
    server.respond = lambda _: reply(400, b"no\r\nERROR forged line\x1b[2J\x00")

    with pytest.raises(RefusedCall) as refusal:
        connect().get("/orders")

    assert str(refusal.value).isprintable()


@pytest.mark.parametrize("status", [400, 503])
@pytest.mark.parametrize(
    "body", [b"no\r\nERROR forged line\x1b[2J\x00", b'{"error": {"code": "0x1", "message": "no\\nER"}}']
)
def test_words_of_others_are_one_line_in_a_part_of_a_batch_too(status: int, body: bytes):
    answer = Answer("Dataverse", "PATCH /salesorders(1) in $batch", status, {}, body)

    assert str(problem(answer)).isprintable()


def test_a_reason_cut_in_the_middle_of_a_name_names_nobody(server: Server, connect: Connect):
    server.respond = lambda _: reply(400, b"x" * 190 + b" Quintessa Oberholtzer")
    order = Order(order_id="1", source="shop", external_id="1", number="1", customer_name="Quintessa Oberholtzer")

    with pytest.raises(RefusedCall) as refusal:
        connect().get("/orders")

    assert impersonal(str(refusal.value), order).endswith("x [customer_name]")
