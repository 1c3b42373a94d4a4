"""What each answer of an outside system becomes."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.providers.answers import ProviderFault, RefusedCall, retry_after
from tests.providers.raw_server import Connect, Server, reply


@pytest.mark.parametrize("status", [408, 423, 425, 429, 499, 500, 502, 503, 504, 599])
def test_a_busy_or_broken_system_is_worth_another_try(server: Server, connect: Connect, status: int):
    server.respond = lambda _: reply(status)

    with pytest.raises(TransientProviderError):
        connect().get("/orders/1")


@pytest.mark.parametrize("status", [301, 302, 304, 400, 401, 403, 404, 409, 412, 415, 422, 501, 505, 507])
def test_what_trying_again_will_not_change_is_a_refusal(server: Server, connect: Connect, status: int):
    server.respond = lambda _: reply(status)

    with pytest.raises(RefusedCall) as refusal:
        connect().get("/orders/1")

    assert refusal.value.status == status


def test_a_refusal_says_who_answered_what_to_which_call_and_why(server: Server, connect: Connect):
    server.respond = lambda _: reply(404, b"The order\n was not found")

    with pytest.raises(RefusedCall) as refusal:
        connect().get("/v2/orders/1")

    assert str(refusal.value) == "BigCommerce answered 404 to GET /v2/orders/1: The order was not found"


def test_a_message_never_shows_query_token_or_a_long_body(server: Server, connect: Connect):
    server.respond = lambda _: reply(400, b"x" * 5000)

    with pytest.raises(RefusedCall) as refusal:
        connect(headers=lambda: {"X-Auth-Token": "the-token"}).get("/orders", params={"email": "mara@example.com"})

    message = str(refusal.value)
    assert "mara" not in message
    assert "the-token" not in message
    assert len(message) < 300
    assert len(refusal.value.fault.message) == 5000


def test_a_token_that_fits_no_header_is_refused_without_being_told(connect: Connect):
    session = connect(headers=lambda: {"X-Auth-Token": "the-token\nX-Evil: 1"})

    with pytest.raises(RejectedByProvider) as refusal:
        session.get("/orders")

    assert "the-token" not in str(refusal.value)
    assert refusal.value.__suppress_context__


def test_the_provider_may_call_a_refusal_transient_and_name_its_code(server: Server, connect: Connect):
    server.respond = lambda _: reply(400)

    with pytest.raises(TransientProviderError, match="deadlock"):
        connect(parse_error=lambda _: ProviderFault("deadlock", "0x80044150", transient=True)).post("/rows", json={})


def test_a_success_that_is_not_json_is_worth_another_try(server: Server, connect: Connect):
    server.respond = lambda _: reply(200, b"<html>one moment</html>")
    answer = connect().get("/orders/1")

    with pytest.raises(TransientProviderError, match="not JSON"):
        answer.json()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("2.5", 2.5), ("0", 0), ("-3", None), ("soon", None), ("nan", None), ("inf", None), ("", None)],
)
def test_retry_after_is_read_as_seconds(header: str, seconds: float | None):
    assert retry_after({"Retry-After": header}) == seconds


def test_retry_after_is_read_as_a_date():
    in_a_minute = format_datetime(datetime.now(UTC) + timedelta(seconds=60))
    long_ago = "Thu, 01 Jan 2015 00:00:00 GMT"

    assert retry_after({"Retry-After": in_a_minute}) == pytest.approx(60, abs=2)
    assert retry_after({"Retry-After": long_ago}) == 0


@pytest.mark.parametrize(
    "date", ["Mon, 01 Jan 99999999999 00:00:00 GMT", "Mon, 01 Jan 2024 00:00:00 +99999999999999999999"]
)
def test_a_date_of_no_calendar_asks_for_no_wait(server: Server, connect: Connect, date: str):
    server.respond = lambda _: reply(503, retry_after=date)

    with pytest.raises(TransientProviderError) as fault:
        connect().get("/orders")

    assert fault.value.retry_after is None


def test_a_busy_system_is_asked_again_no_sooner_than_it_wishes(server: Server, connect: Connect):
    server.respond = lambda _: reply(429, retry_after="12")

    with pytest.raises(TransientProviderError) as fault:
        connect().get("/orders")

    assert fault.value.retry_after == 12
