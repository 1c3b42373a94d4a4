"""Two steps to an access token, and where the first one's token may go."""

import json
from datetime import timedelta

import pytest
from pydantic import HttpUrl, SecretStr

from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.providers.answers import RefusedCall
from shared.providers.inventory.client import InventoryClient
from shared.providers.inventory.token import access_token
from tests.providers.inventory.samples import BAG, SEATTLE
from tests.providers.raw_server import Server, reply

ENTRA, GENERAL, REGIONAL = "POST /{tenant}/oauth2/v2.0/token", "^POST /token$", "POST /securityservice/token"


def ask(stock):
    return stock.available("USMF", [SEATTLE], [BAG])


def test_signing_in_happens_once_for_many_calls(warehouses, stock):
    ask(stock)
    warehouses.break_call(ENTRA, status=500)
    warehouses.break_call(GENERAL, status=500)

    assert ask(stock) == {"Seattle": {}}


def test_a_token_is_renewed_shortly_before_it_expires(warehouses, stock, clock):
    ask(stock)
    warehouses.break_call(REGIONAL, status=503)

    clock.now += timedelta(seconds=3600 - 301)
    ask(stock)
    clock.now += timedelta(seconds=2)

    with pytest.raises(TransientProviderError, match="the security service answered 503 to POST /securityservice/tok"):
        ask(stock)


def test_an_expired_token_is_replaced(warehouses, stock, exchanges):
    ask(stock)
    warehouses.control("POST", "/expire-tokens")

    ask(stock)

    assert [exchange.status for exchange in exchanges] == [200, 401, 200]


def test_wrong_credentials_are_a_matter_for_a_person(connect):
    with pytest.raises(RejectedByProvider, match=r"Entra ID answered 401 .* AADSTS7000215") as refused:
        ask(connect(client_secret=SecretStr("wr0ng")))

    assert "wr0ng" not in str(refused.value)


def test_a_wrong_environment_is_a_matter_for_a_person(connect):
    with pytest.raises(RejectedByProvider, match=r"the security service answered 400 .* wrong or missing: context"):
        ask(connect(environment_id="another"))


def test_a_service_without_a_token_is_worth_asking_again(warehouses, stock):
    warehouses.break_call(REGIONAL, status=200, body={"token_type": "bearer"})

    with pytest.raises(TransientProviderError, match="without a token"):
        ask(stock)


def test_our_token_goes_to_a_region_below_the_domain_that_is_set(warehouses, clock, server: Server):
    server.respond = lambda _: reply(200, b'{"access_token": "regional", "expires_in": "3600"}')
    there = f"{server.url}/securityservice/token?region=us"
    warehouses.break_call(GENERAL, status=307, headers={"Location": there})
    token = access_token(warehouses.connection(regional_domain="0.0.1"), clock)

    value = token.value()

    token.close()
    assert value == "regional"
    [request] = server.requests
    assert request.startswith(b"POST /api/securityservice/token?region=us HTTP/1.1\r\n")
    assert b"Api-Version: 1.0" in request


@pytest.mark.parametrize(
    "location",
    [
        "{server}/securityservice/token",  # the same host, but another port
        "https://gateway.prod.island.powerapps.com.example.com/token",
        "https://evil-gateway.prod.island.powerapps.com.example/token",
        "//example.com/token",
        "ftp://127.0.0.1/token",
        "http://example.com\\.gateway.prod.island.powerapps.com/token",
        "http://example.com\\@gw.gateway.prod.island.powerapps.com/token",
        "http://a:b@gw.gateway.prod.island.powerapps.com/token",
        "https://gw.gateway.prod.island.powerapps.com/token",  # not the scheme we were told to use
    ],
)
def test_our_token_goes_nowhere_else(warehouses, stock, server: Server, location: str):
    warehouses.break_call(GENERAL, status=307, headers={"Location": location.replace("{server}", server.url)})

    with pytest.raises(RejectedByProvider, match="the security service sends us to"):
        ask(stock)

    assert server.requests == []


def test_going_in_circles_ends(warehouses, stock):
    warehouses.break_call(REGIONAL, status=307, headers={"Location": f"{warehouses.url}/token"})

    with pytest.raises(RefusedCall, match="the security service answered 307"):
        ask(stock)


def test_a_redirect_to_nowhere_ends(warehouses, stock):
    warehouses.break_call(GENERAL, times=2, status=307)

    with pytest.raises(RefusedCall, match="the security service answered 307"):
        ask(stock)


def test_no_token_shows_in_what_goes_wrong(warehouses, connect, server: Server):
    assertion = "eyJ0-entra"
    server.respond = lambda _: reply(200, json.dumps({"access_token": assertion, "expires_in": 3599}).encode())
    stock = connect(token_url=HttpUrl(f"{server.url}/oauth2/v2.0/token"))

    with pytest.raises(RejectedByProvider, match="the security service answered 401") as refused:
        ask(stock)

    assert assertion not in str(refused.value)


def test_a_connection_is_tested_by_one_read_that_wants_the_right_secret(warehouses, clock, exchanges):
    right, wrong = (
        InventoryClient.connect(warehouses.connection(**changes), clock, exchanges.append)
        for changes in ({}, {"client_secret": SecretStr("wrong")})
    )

    right.check_connection()
    with pytest.raises(RejectedByProvider):
        wrong.check_connection()

    right.close()
    wrong.close()
    assert [exchange.call for exchange in exchanges] == ["POST /onhand/exactquery"]
