"""What a call passes before it reaches a service: sign-in, CSRF, limits; and in which format answers come."""

from xml.etree import ElementTree

import pytest
import requests

from sandbox.systems.sap import Config
from tests.systems.sap.conftest import ROOT, SALES, SECONDS_TO_ANSWER, Sap, order_body, sap_with

ORDERS = f"{SALES}/A_SalesOrder"
TOKEN = "/sap/bc/sec/oauth2/token"
CLIENT = ("sandbox-oauth-client", "sandbox-oauth-secret")
GRANT = {"grant_type": "client_credentials"}


def call_as(sap: Sap, authorization: str) -> requests.Response:
    """A read with this `Authorization` header alone."""
    headers = {"Authorization": authorization, "Accept": "application/json"}
    return requests.get(f"{sap.url}{ROOT}/{ORDERS}", headers=headers, timeout=SECONDS_TO_ANSWER)


def test_a_wrong_or_missing_sign_in_is_401_with_a_page(sap: Sap) -> None:
    answers = [
        call_as(sap, "Basic bm90OnJpZ2h0"),
        call_as(sap, "Bearer x"),
        call_as(sap, "Basic %%%"),
        call_as(sap, ""),
    ]

    assert [answer.status_code for answer in answers] == [401] * 4
    assert answers[0].headers["Content-Type"].startswith("text/html")
    assert answers[0].headers["WWW-Authenticate"].startswith("Basic realm=")


def test_a_bearer_token_is_good_until_it_expires(sap: Sap) -> None:
    granted = requests.post(f"{sap.url}{TOKEN}", data=GRANT, auth=CLIENT, timeout=SECONDS_TO_ANSWER).json()
    bearer = f"Bearer {granted['access_token']}"

    good = call_as(sap, bearer)
    sap.control("POST", "/expire-tokens")
    expired = call_as(sap, bearer)

    assert (granted["token_type"], granted["expires_in"]) == ("Bearer", 3600)
    assert (good.status_code, expired.status_code) == (200, 401)


def test_a_token_is_refused_to_a_wrong_client_and_grant(sap: Sap) -> None:
    stranger = requests.post(f"{sap.url}{TOKEN}", data=GRANT, auth=("a", "b"), timeout=SECONDS_TO_ANSWER)
    password = {"grant_type": "password"}
    other = requests.post(f"{sap.url}{TOKEN}", data=password, auth=CLIENT, timeout=SECONDS_TO_ANSWER)

    assert (stranger.status_code, stranger.json()["error"]) == (401, "invalid_client")
    assert (other.status_code, other.json()["error"]) == (400, "unsupported_grant_type")


def test_only_the_configured_schemes_and_client_are_accepted(sap: Sap) -> None:
    with sap_with(sign_in=("oauth2",)) as oauth_only:
        assert oauth_only.raw("GET", ORDERS).status_code == 401
    assert sap.raw("GET", f"{ORDERS}?sap-client=100").status_code == 200
    assert sap.raw("GET", f"{ORDERS}?sap-client=200").status_code == 401


def test_a_write_needs_the_token_of_its_own_cookie_session(sap: Sap) -> None:
    token, cookies = sap.fetch_token(), sap.http.cookies.copy()
    good = sap.raw("POST", ORDERS, order_body(), x_csrf_token=token)
    sap.http.cookies.clear()
    other_token = sap.fetch_token()

    without_token = sap.raw("POST", ORDERS, order_body())
    of_another_session = sap.raw("POST", ORDERS, order_body(), x_csrf_token=token)
    sap.http.cookies.clear()
    without_cookies = sap.raw("POST", ORDERS, order_body(), x_csrf_token=other_token)

    refused = (without_token, of_another_session, without_cookies)
    assert any(name.startswith("SAP_SESSIONID") for name in cookies.get_dict())
    assert good.status_code == 201
    assert [answer.status_code for answer in refused] == [403] * 3
    assert {answer.headers["x-csrf-token"] for answer in refused} == {"Required"}
    assert {answer.text for answer in refused} == {"CSRF token validation failed"}
    assert len(sap.effects("sales_order_created")) == 1


def test_a_session_keeps_its_token_until_it_ends(sap: Sap) -> None:
    first, again = sap.fetch_token(), sap.fetch_token()
    sap.control("POST", "/expire-sessions")
    stale = sap.raw("POST", ORDERS, order_body(), x_csrf_token=first)
    new = sap.fetch_token()

    assert first == again
    assert (stale.status_code, stale.headers["x-csrf-token"]) == (403, "Required")
    assert new != first
    assert sap.raw("POST", ORDERS, order_body(), x_csrf_token=new).status_code == 201


def test_a_failed_answer_brings_no_token_and_head_does(sap: Sap) -> None:
    failed = sap.raw("GET", f"{SALES}/Nonsense", x_csrf_token="Fetch")
    head = sap.raw("HEAD", f"{SALES}/", x_csrf_token="fetch")

    assert (failed.status_code, "x-csrf-token" in failed.headers) == (404, False)
    assert (head.status_code, bool(head.headers["x-csrf-token"])) == (200, True)


@pytest.mark.parametrize(("form", "good", "bad"), [("slash", f"{SALES}/", SALES), ("no_slash", SALES, f"{SALES}/")])
def test_some_systems_answer_the_fetch_in_one_form_of_the_root_only(form: str, good: str, bad: str) -> None:
    with sap_with(csrf_fetch=form) as sap:
        answered, refused = (sap.raw("HEAD", path, x_csrf_token="Fetch") for path in (good, bad))

    assert (answered.status_code, refused.status_code) == (200, 404)
    assert ("x-csrf-token" in answered.headers, "x-csrf-token" in refused.headers) == (True, False)


def test_some_systems_need_no_token() -> None:
    with sap_with(csrf_fetch="off") as sap:
        fetched = sap.raw("GET", f"{SALES}/", x_csrf_token="Fetch")
        created = sap.raw("POST", ORDERS, order_body())

    assert ("x-csrf-token" in fetched.headers, created.status_code) == (False, 201)


def test_too_many_calls_are_answered_429_with_the_seconds_to_wait() -> None:
    with sap_with(request_limit=2) as sap:
        answers = [sap.raw("GET", ORDERS) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[2].headers["Retry-After"]) <= 60


def test_json_comes_only_to_who_asks_for_it(sap: Sap) -> None:
    number = sap.order()
    headers = {"Accept": "*/*"}

    feed = sap.raw("GET", f"{ORDERS}?$inlinecount=allpages&$expand=to_Item", **headers)
    entry = sap.raw("GET", f"{ORDERS}('{number}')", **headers)
    services = sap.raw("GET", f"{SALES}/", **headers)
    error = sap.raw("GET", f"{ORDERS}('999')", **headers)
    by_format = sap.raw("GET", f"{ORDERS}?$format=json", **headers)

    data = "{http://schemas.microsoft.com/ado/2007/08/dataservices}"
    meta = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"
    tree = ElementTree.fromstring(feed.content)  # noqa: S314 - the stand-in's own answer
    assert [node.text for node in tree.iter(f"{data}TotalNetAmount")] == ["109.00"]
    assert [node.text for node in tree.iter(f"{data}Material")] == ["BAG-CNV-OLV", "KTL-EN-1L"]
    assert [node.text for node in tree.iter(f"{meta}count")] == ["1"]
    assert entry.headers["Content-Type"].startswith("application/atom+xml;type=entry")
    assert services.headers["Content-Type"].startswith("application/atomsvc+xml")
    assert (error.status_code, b"<code>/IWBEP/CM_MGW_RT/020</code>" in error.content) == (404, True)
    assert len(by_format.json()["d"]["results"]) == 1


def test_unknown_services_methods_and_addresses_are_refused(sap: Sap) -> None:
    number = sap.order()

    assert sap.raw("GET", "API_NOTHING_SRV/A_Thing").status_code == 404
    assert sap.raw("GET", f"{ORDERS}('{number}')/to_Nothing").status_code == 404
    assert sap.raw("GET", f"{SALES}/A_SalesOrderItem('{number}')").status_code == 400
    assert sap.write("PUT", f"{ORDERS}('{number}')", {}, If_Match="*").status_code == 405
    assert sap.write("DELETE", ORDERS).status_code == 405
    assert sap.write("POST", "API_BILLING_DOCUMENT_SRV/A_BillingDocument", {}).status_code == 405
    assert sap.write("POST", f"{SALES}/A_SalesOrderItem", {}).status_code == 405


def test_maintenance_and_a_log_on_page_can_be_provoked(sap: Sap) -> None:
    page = {"status": 200, "headers": {"Content-Type": "text/html"}, "body": "<html>Log on</html>"}
    sap.control("POST", "/faults", {"call": "GET /A_SalesOrder", "fault": page})
    sap.control("POST", "/faults", {"call": "GET /A_SalesOrder", "fault": {"status": 503}})

    log_on, down, calm = (sap.raw("GET", ORDERS) for _ in range(3))

    assert (log_on.status_code, log_on.headers["Content-Type"]) == (200, "text/html")
    assert (down.status_code, calm.status_code) == (503, 200)


def test_the_configuration_is_read_strictly() -> None:
    config = Config.from_json({"user": "U", "materials": {"X": {"price": "1.50"}}, "redelivery_seconds": [0.5]})

    assert (config.user, str(config.materials["X"].price), config.redelivery_seconds) == ("U", "1.50", (0.5,))
    with pytest.raises(ValueError, match="usser"):
        Config.from_json({"usser": "U"})
