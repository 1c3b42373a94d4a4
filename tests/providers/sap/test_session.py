"""Signing in and the CSRF check, through real HTTP."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.providers.answers import RefusedCall
from shared.providers.sap.client import SapClient
from shared.providers.sap.documents import SalesOrder
from shared.providers.sap.sales_order import to_sales_order
from tests.providers.sap.samples import MAPPINGS, Clock, Sap, an_order, connection, sap_with, shipped_whole

FETCH, POST = "GET /", "POST /A_SalesOrder"
LOG_ON_PAGE = {"status": 200, "headers": {"Content-Type": "text/html"}, "body": "<html><title>Logon</title></html>"}


def a_body() -> dict[str, Any]:
    return to_sales_order(shipped_whole(an_order()), MAPPINGS, connection()).body(connection())


def create(client: SapClient) -> SalesOrder:
    return client.create_sales_order(a_body())


def oauth(sap: Sap) -> dict[str, Any]:
    return {
        "user": "",
        "password": None,
        "token_url": f"{sap.url}/sap/bc/sec/oauth2/token",
        "client_id": "sandbox-oauth-client",
        "client_secret": "sandbox-oauth-secret",
    }


def test_one_csrf_token_with_its_cookies_serves_all_writes(sap):
    client = sap.client()

    made = [create(client).number, create(client).number]

    assert [order["SalesOrder"] for order in sap.created] == made
    assert sap.calls == [(FETCH, 200), (POST, 201), (POST, 201)]


def test_an_expired_csrf_token_is_fetched_once_more(sap):
    client = sap.client()
    create(client)
    sap.control("POST", "/expire-sessions")

    create(client)

    assert sap.calls[2:] == [(POST, 403), (FETCH, 200), (POST, 201)]


def test_a_second_refusal_of_the_csrf_token_is_final(sap):
    required = {"status": 403, "headers": {"x-csrf-token": "Required"}, "body": "CSRF token validation failed"}
    sap.break_call("POST /A_SalesOrder", times=9, **required)

    with pytest.raises(RefusedCall, match="403"):
        create(sap.client())

    assert [call for call, _ in sap.calls] == [FETCH, POST, FETCH, POST]


def test_a_missing_permission_is_not_taken_for_a_missing_token(sap):
    sap.break_call("POST /A_SalesOrder", times=9, status=403, body="No authorization")

    with pytest.raises(RefusedCall, match="No authorization"):
        create(sap.client())

    assert [call for call, _ in sap.calls] == [FETCH, POST]


def test_a_write_refused_for_its_token_was_not_done(sap):
    client = sap.client()
    create(client)
    sap.control("POST", "/expire-sessions")

    create(client)

    assert len(sap.created) == 2


@pytest.mark.parametrize(
    ("form", "calls"),
    [
        ("slash", [("GET /", 200), (POST, 201)]),
        ("no_slash", [("GET /", 404), ("GET ", 200), (POST, 201)]),
        ("off", [("GET /", 200), ("GET ", 200), (POST, 201)]),
    ],
)
def test_tokens_are_had_from_either_form_of_the_root_and_done_without_where_there_are_none(form, calls):
    with sap_with(csrf_fetch=form) as own:
        create(own.client())

        assert own.calls == calls


def test_many_threads_share_one_csrf_token(sap):
    client = sap.client()

    with ThreadPoolExecutor(8) as pool:
        made = {order.number for order in pool.map(lambda _: create(client), range(24))}

    assert len(made) == 24
    assert sap.calls.count((FETCH, 200)) == 1


def test_threads_whose_token_was_refused_fetch_one_together(sap):
    client = sap.client()
    create(client)
    sap.control("POST", "/expire-sessions")

    with ThreadPoolExecutor(8) as pool:
        made = {order.number for order in pool.map(lambda _: create(client), range(8))}

    assert len(made) == 8
    assert sap.calls.count((FETCH, 200)) == 2


def test_an_oauth_token_is_renewed_before_sap_would_refuse_it(sap):
    clock = Clock()
    client = sap.client(clock, **oauth(sap))
    client.sales_order("1")
    sap.control("POST", "/expire-tokens")
    clock.forward(timedelta(minutes=56))

    client.sales_order("1")

    assert [status for _, status in sap.calls] == [404, 404]


def test_an_oauth_token_refused_between_csrf_fetch_and_write_is_renewed_once(sap):
    client = sap.client(**oauth(sap))
    create(client)
    sap.control("POST", "/expire-tokens")

    create(client)

    assert sap.calls[2:] == [(POST, 401), (POST, 201)]
    assert len(sap.created) == 2


def test_an_oauth_client_that_is_refused_is_a_case_for_a_person(sap):
    client = sap.client(**{**oauth(sap), "client_secret": "wrong"})

    with pytest.raises(RejectedByProvider, match="invalid_client"):
        client.sales_order("1")


def test_a_wrong_password_is_tried_once_so_that_sap_does_not_lock_the_user(sap):
    with pytest.raises(RefusedCall, match=r"401.*Logon Error Message"):
        sap.client(password="wrong").sales_order("1")

    assert len(sap.exchanges) == 1


def test_an_on_premise_system_is_told_the_client_to_work_in(sap):
    assert sap.client(sap_client="100").sales_order("1") is None

    with pytest.raises(RefusedCall, match="401"):
        sap.client(sap_client="200").sales_order("1")


def test_the_client_to_work_in_goes_with_every_page_and_every_write():
    with sap_with(page_size=1) as own:
        client = own.client(sap_client="100")
        create(client)
        create(client)

        assert len(client.sales_orders_of("USMF-000123", "10100555")) == 2


@pytest.mark.parametrize("read", [lambda client: client.sales_order("1"), lambda client: client.billing_items_of("1")])
def test_a_log_on_page_is_not_an_answer(sap, read: Callable[[SapClient], Any]):
    sap.break_call("GET /**", times=2, **LOG_ON_PAGE)

    with pytest.raises(TransientProviderError, match="text/html instead of JSON"):
        read(sap.client())


@pytest.mark.parametrize("answer", [LOG_ON_PAGE, {"status": 202, "body": ""}, {"status": 200, "body": {"d": {}}}])
def test_only_a_201_says_that_an_order_was_created(sap, answer):
    sap.break_call("POST /A_SalesOrder", **answer)

    with pytest.raises(TransientProviderError, match="does not say that anything was created"):
        create(sap.client())


def test_what_sap_remarks_on_a_success_is_logged(sap, caplog):
    sap.enter_order()

    with caplog.at_level(logging.WARNING, "shared.providers.sap"):
        create(sap.client())

    (record,) = caplog.records
    assert "POST /API_SALES_ORDER_SRV/A_SalesOrder" in record.getMessage()
    assert "V4/115" in record.getMessage()


def test_a_remark_that_cannot_be_read_is_logged_as_it_is(sap, caplog):
    answer = {"d": {"SalesOrder": "7"}}
    sap.break_call(
        "POST /A_SalesOrder",
        status=201,
        headers={"sap-message": "<x>", "Content-Type": "application/json"},
        body=answer,
    )

    with caplog.at_level(logging.WARNING, "shared.providers.sap"):
        made = create(sap.client())

    assert made.number == "7"
    assert caplog.records[0].getMessage().endswith("<x>")
