"""Signing in, and what every answer carries."""

import pytest

from sandbox.systems.finops import Config, create_app
from sandbox.systems.kit import serve
from tests.systems.finops.conftest import Organization


def test_a_token_opens_the_web_api(finops: Organization) -> None:
    token = finops.token().json()

    assert token["token_type"] == "Bearer"
    assert token["expires_in"] == token["ext_expires_in"] == 3599
    assert finops.call("GET", "WhoAmI").json().keys() >= {"UserId", "BusinessUnitId", "OrganizationId"}


@pytest.mark.parametrize(
    ("wrong", "status", "error", "code"),
    [
        ({"client_secret": "guess"}, 401, "invalid_client", 7000215),
        ({"client_id": "somebody"}, 400, "unauthorized_client", 700016),
        ({"scope": "https://contoso.crm.dynamics.com"}, 400, "invalid_scope", 1002012),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        ({"tenant": "elsewhere"}, 400, "invalid_request", 90002),
    ],
)
def test_a_wrong_token_request_is_told_why(
    finops: Organization, wrong: dict[str, str], status: int, error: str, code: int
) -> None:
    answer = finops.token(**wrong)

    assert answer.status_code == status
    assert (answer.json()["error"], answer.json()["error_codes"]) == (error, [code])


@pytest.mark.parametrize("authorization", ["", "Bearer made-up", "Basic YTpi"])
def test_without_a_good_token_nothing_is_answered(finops: Organization, authorization: str) -> None:
    answer = finops.call("GET", "salesorders", Authorization=authorization)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer authorization_uri=")


def test_an_expired_token_is_refused_and_a_new_one_works(finops: Organization) -> None:
    finops.control("POST", "/expire-tokens")

    expired = finops.call("GET", "WhoAmI")
    finops.sign_in()

    assert expired.status_code == 401
    assert finops.call("GET", "WhoAmI").status_code == 200


def test_every_answer_names_its_request_and_its_version(finops: Organization) -> None:
    answers = [finops.call("GET", "WhoAmI"), finops.call("GET", "nonsense")]

    assert [answer.status_code for answer in answers] == [200, 404]
    assert all(answer.headers["REQ_ID"] and answer.headers["OData-Version"] == "4.0" for answer in answers)


def test_the_request_limit_answers_429_with_the_seconds_to_wait() -> None:
    config = Config(request_limit=2)
    with serve(create_app(config)) as url:
        organization = Organization(url, config)
        organization.sign_in()

        answers = [organization.call("GET", "WhoAmI") for _ in range(3)]

        organization.http.close()
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["error"]["code"] == "0x80072322"
    assert 0 < int(answers[2].headers["Retry-After"]) <= 300
    assert answers[0].headers["x-ms-ratelimit-burst-remaining-xrm-requests"] == "1"


@pytest.mark.parametrize("code", ["0x80072322", "0x80072321", "0x80072326"])
def test_each_kind_of_429_can_be_provoked(finops: Organization, code: str) -> None:
    body = {"error": {"code": code, "message": "Slow down."}}
    fault = {"status": 429, "headers": {"Retry-After": "7"}, "body": body}
    finops.control("POST", "/faults", {"call": "GET /api/data/v9.2/salesorders", "fault": fault})

    throttled, calm = finops.call("GET", "salesorders"), finops.call("GET", "salesorders")

    assert (throttled.status_code, throttled.headers["Retry-After"], throttled.json()) == (429, "7", body)
    assert calm.status_code == 200


def test_the_configuration_is_read_strictly() -> None:
    config = Config.from_json({"tenant": "t", "webhooks": [{"url": "http://127.0.0.1:1/x", "entity": "salesorder"}]})

    assert (config.tenant, config.webhooks[0].messages) == ("t", ("Create", "Update"))
    with pytest.raises(ValueError, match="tenannt"):
        Config.from_json({"tenannt": "t"})
