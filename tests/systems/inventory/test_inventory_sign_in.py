"""Signing in, and what every call must carry."""

import pytest
import requests

from sandbox.systems.inventory import Config
from tests.systems.inventory.conftest import SECONDS_TO_ANSWER, Service, index_query

QUERY = index_query(["1"], ["11"])


def test_an_entra_token_is_exchanged_for_an_access_token(inventory: Service) -> None:
    entra = inventory.entra_token().json()

    access = inventory.access_token(entra["access_token"]).json()

    assert (entra["token_type"], access["token_type"], access["expires_in"]) == ("Bearer", "bearer", 3600)
    answer = inventory.post("/onhand/indexquery", QUERY, Authorization=f"Bearer {access['access_token']}")
    assert (answer.status_code, answer.json()) == (200, [])


def test_the_security_service_redirects_to_its_region(inventory: Service) -> None:
    answer = requests.post(f"{inventory.url}/token", json={}, allow_redirects=False, timeout=SECONDS_TO_ANSWER)

    assert (answer.status_code, answer.headers["Location"]) == (307, f"{inventory.url}/securityservice/token")


@pytest.mark.parametrize(
    ("wrong", "status", "error"),
    [
        ({"client_secret": "guess"}, 401, "invalid_client"),
        ({"client_id": "somebody"}, 400, "unauthorized_client"),
        ({"scope": "https://contoso.crm.dynamics.com/.default"}, 400, "invalid_resource"),
        ({"scope": "0cdb527f-a8d1-4bf8-9436-b352c68682b2"}, 400, "invalid_scope"),
    ],
)
def test_a_wrong_request_to_entra_is_told_why(
    inventory: Service, wrong: dict[str, str], status: int, error: str
) -> None:
    answer = inventory.entra_token(**wrong)

    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize("name", ["grant_type", "client_assertion_type", "scope", "context", "context_type"])
def test_a_wrong_request_to_the_security_service_is_told_why(inventory: Service, name: str) -> None:
    assertion = inventory.entra_token().json()["access_token"]

    answer = inventory.access_token(assertion, **{name: "wrong"})

    assert (answer.status_code, answer.json()["error_description"]) == (400, f"wrong or missing: {name}")


def test_the_security_service_wants_its_api_version(inventory: Service) -> None:
    assertion = inventory.entra_token().json()["access_token"]

    answer = inventory.access_token(assertion, api_version=None)

    assert (answer.status_code, "Api-Version" in answer.json()["error_description"]) == (400, True)


def test_a_made_up_entra_token_is_not_exchanged(inventory: Service) -> None:
    answer = inventory.access_token("made-up")

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_an_entra_token_alone_opens_nothing(inventory: Service) -> None:
    entra = inventory.entra_token().json()["access_token"]

    answer = inventory.post("/onhand/indexquery", QUERY, Authorization=f"Bearer {entra}")

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_an_expired_token_is_refused_and_a_new_one_works(inventory: Service) -> None:
    inventory.control("POST", "/expire-tokens")

    expired = inventory.post("/onhand/indexquery", QUERY)
    inventory.sign_in()

    assert (expired.status_code, expired.json()["statusCode"]) == (401, 401)
    assert inventory.post("/onhand/indexquery", QUERY).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Api_Version": None}, 400),
        ({"Api_Version": "2.0"}, 400),
        ({"Content_Type": "text/plain"}, 415),
        ({"Authorization": None}, 401),
    ],
)
def test_a_call_needs_its_headers(inventory: Service, headers: dict[str, str | None], status: int) -> None:
    answer = inventory.post("/onhand/indexquery", QUERY, **headers)

    assert (answer.status_code, answer.json()["processingStatus"]) == (status, "failed")


def test_another_environment_is_closed(inventory: Service) -> None:
    address = f"{inventory.url}/api/environment/elsewhere/onhand/indexquery"

    answer = inventory.http.post(address, json=QUERY, timeout=SECONDS_TO_ANSWER)

    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/onhand/changeschedule", "/onhand/changeschedule/bulk", "/allocation/consume"])
def test_what_is_not_imitated_says_so(inventory: Service, path: str) -> None:
    assert inventory.post(path, {}).status_code == 501


def test_an_unknown_path_is_answered_in_the_shape_of_the_service(inventory: Service) -> None:
    answer = inventory.post("/onhand/guess", {})

    assert (answer.status_code, answer.json()["statusCode"]) == (404, 404)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"environment": "e"}, "environment"),
        ({"formulas": {"iv.availabletoreserve": {"fno.nonsense": 1}}}, "fno.nonsense"),
        ({"reservations": {"iv.softreservordered": "iv.nonsense"}}, "iv.nonsense"),
        ({"reservations": {"iv.nonsense": "iv.availabletoreserve"}}, "iv.nonsense"),
        ({"reservation_hierarchy": ["siteid", "colorid"]}, "must start with siteid, locationid"),
        ({"reservation_hierarchy": ["siteid", "locationid", "shade"]}, "shade"),
    ],
)
def test_the_configuration_is_read_strictly(wrong: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Config.from_json(wrong)


def test_names_are_configured_without_regard_to_case() -> None:
    config = Config.from_json({"reservation_hierarchy": ["siteId", "locationId", "ColorId"]})

    assert config.reservation_hierarchy == ("siteid", "locationid", "colorid")
