"""Talking to Flexe over real HTTP: lists to their end, errors in whatever shape they come."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.providers.answers import Answer, RefusedCall
from shared.providers.flexe.client import FlexeClient
from shared.providers.flexe.errors import read_fault
from shared.providers.session import Exchange
from tests.providers.flexe.conftest import Connect
from tests.providers.flexe.samples import REFERENCE, raw_order
from tests.systems.flexe.conftest import ORDERS, Flexe

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def page(*orders: dict[str, Any], cursor: Any = None) -> dict[str, Any]:
    return {"status": 200, "body": {"outbound_orders": [*orders], "next_cursor": cursor}}


def test_every_page_of_changed_orders_is_read(flexe: Flexe, connect: Connect, exchanges: list[Exchange]):
    placed = [flexe.place(f"BC-{number}") for number in range(5)]

    changed = [order.id for order in connect(page_size=2).updated_since(LONG_AGO)]

    assert changed == placed
    assert len(exchanges) == 3


def test_only_orders_changed_since_are_read(flexe: Flexe, client: FlexeClient):
    flexe.place()

    assert [*client.updated_since(datetime.now(UTC) + timedelta(hours=1))] == []


def test_orders_are_found_by_their_external_id_alone(flexe: Flexe, client: FlexeClient):
    flexe.place("BC-1")
    wanted = flexe.place("BC-2")

    assert [order.id for order in client.find_orders("BC-2")] == [wanted]
    assert client.find_orders("BC-3") == []


def test_orders_of_another_name_are_not_found_though_flexe_passes_the_filter_over(flexe: Flexe, client: FlexeClient):
    flexe.arm(call=f"GET {ORDERS}", fault=page(raw_order(external_order_id="BC-9"), raw_order(id="obo_7")))

    assert [order.id for order in client.find_orders(REFERENCE)] == ["obo_7"]


def test_the_oldest_order_of_a_name_comes_first(flexe: Flexe, client: FlexeClient):
    older, younger = raw_order(id="obo_9", created_at="2026-01-01T12:00:00Z"), raw_order(id="obo_1")
    flexe.arm(call=f"GET {ORDERS}", fault=page(younger, older))

    assert [order.id for order in client.find_orders(REFERENCE)] == ["obo_9", "obo_1"]


def test_a_cursor_that_leads_in_a_circle_does_not_last_for_ever(flexe: Flexe, client: FlexeClient):
    flexe.arm(call=f"GET {ORDERS}", fault=page(cursor="again"), times=3)

    with pytest.raises(TransientProviderError, match="in a circle"):
        list(client.updated_since(LONG_AGO))


@pytest.mark.parametrize("settings", [{"owner_id": "own_1"}, {"api_token": "wrong"}])
def test_what_belongs_to_others_is_refused(flexe: Flexe, connect: Connect, settings: dict[str, str]):
    with pytest.raises(RejectedByProvider, match=r"40[13]"):
        connect(**settings).find_orders(REFERENCE)


def test_an_order_that_is_not_there_is_a_refusal(client: FlexeClient):
    with pytest.raises(RefusedCall, match="there is no outbound order obo_0") as refusal:
        client.order("obo_0")

    assert refusal.value.status == 404


def test_an_id_cannot_lead_to_another_path(flexe: Flexe, client: FlexeClient, exchanges: list[Exchange]):
    with pytest.raises(RefusedCall):
        client.order("obo_1/cancel?x=1")

    assert exchanges[0].call == f"GET {ORDERS}/obo_1%2Fcancel%3Fx%3D1"


@pytest.mark.parametrize("body", ["[]", "{}", '{"id": null}', '"obo_1"', "<html></html>"])
def test_an_answer_of_another_shape_is_worth_another_try(flexe: Flexe, client: FlexeClient, body: str):
    flexe.arm(call=f"GET {ORDERS}/{{id}}", fault={"status": 200, "body": body})

    with pytest.raises(TransientProviderError):
        client.order("obo_1")


@pytest.mark.parametrize("body", [[], {"outbound_orders": {}}, {"outbound_orders": ["obo_1"]}, {"orders": []}])
def test_a_list_of_another_shape_is_worth_another_try(flexe: Flexe, client: FlexeClient, body: Any):
    flexe.arm(call=f"GET {ORDERS}", fault={"status": 200, "body": body})

    with pytest.raises(TransientProviderError, match="another shape"):
        client.find_orders(REFERENCE)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            {
                "errors": [
                    {"code": "a", "message": "is unknown", "field": "lines[1].sku"},
                    {"code": "b", "message": "no"},
                ]
            },
            "lines[1].sku: is unknown; no",
        ),
        ({"errors": [{"code": "rate_limited", "field": None}]}, "rate_limited"),
        ({"errors": ["first", "second", "first"]}, "first; second"),
        ({"errors": {"ship_to.city": ["is missing", "is short"]}}, "ship_to.city: is missing; ship_to.city: is short"),
        ({"error": "out of order"}, "out of order"),
        ({"error": {"code": "x", "message": "nested"}}, "nested"),
        ({"message": "no such thing", "code": 17}, "no such thing"),
        ({"detail": [{"message": "deep"}]}, "deep"),
        ([{"message": "listed"}], "listed"),
        ("just text", "just text"),
        (None, ""),
        (42, ""),
    ],
)
def test_a_reason_is_found_in_json_of_any_shape(body: Any, reason: str):
    answer = Answer("Flexe", "POST /v1/outbound_orders", 422, {}, json.dumps(body).encode())

    assert read_fault(answer).message == reason


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html><head><title>Bad Gateway</title></head><body>x</body></html>", "Bad Gateway"),
        (b"<html>without a title</html>", ""),
        (b"upstream reset", "upstream reset"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"[" * 100_000, "[" * 100_000),
    ],
)
def test_a_reason_is_found_in_pages_and_text(body: bytes, reason: str):
    assert read_fault(Answer("Flexe", "GET /", 502, {}, body)).message == reason


def test_the_code_of_the_first_error_is_kept():
    body = {"errors": [{"message": "?"}, {"code": "duplicate_external_order_id"}]}

    assert (
        read_fault(Answer("Flexe", "POST /", 422, {}, json.dumps(body).encode())).code == "duplicate_external_order_id"
    )


def test_a_connection_is_tested_by_one_read_that_wants_the_right_token_and_owner(
    client: FlexeClient, connect: Connect, exchanges: list[Exchange]
):
    client.check_connection()
    for wrong in ({"api_token": "wrong"}, {"owner_id": "own_none"}):
        with pytest.raises(RejectedByProvider):
            connect(**wrong).check_connection()

    assert [exchange.call for exchange in exchanges] == [f"GET {ORDERS}"] * 3
