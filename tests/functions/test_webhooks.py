"""What callers of the webhooks are answered: only what is genuine gets in, and nobody learns why not."""

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from shared.domain.errors import Malformed, NotAuthentic, TransientProviderError
from tests.functions.conftest import Serve
from tests.functions.requests import a_request

WEBHOOKS = ("bigcommerce_webhook", "dataverse_webhook", "flexe_webhook", "sap_webhook")


class Inbox:
    """Says of whatever it is given what a test wants said."""

    def __init__(self, says: str | Exception | None) -> None:
        self._says = says
        self.received: list[tuple[Any, ...]] = []

    def receive(self, *given: Any) -> str | None:
        self.received.append(given)
        if isinstance(self._says, Exception):
            raise self._says
        return self._says


def everywhere(inbox: Inbox) -> dict[str, Any]:
    """The services of an app whose every call ends in `inbox`."""
    return {
        "bigcommerce_inbox": inbox,
        "dataverse_inbox": inbox,
        "provider_inbox": lambda _: inbox,
        "speaks_to": lambda _: True,
    }


@pytest.mark.parametrize(
    ("function", "says", "status"),
    [
        *((function, None, 202) for function in WEBHOOKS),
        *((function, "another store", 204) for function in WEBHOOKS),
        ("bigcommerce_webhook", NotAuthentic("header X-Webhook-Key is wrong"), 401),
        ("dataverse_webhook", NotAuthentic("the webhook key is missing or wrong"), 401),
        ("bigcommerce_webhook", Malformed("the body is not JSON"), 400),
        ("dataverse_webhook", Malformed("MessageName is missing"), 400),
        ("flexe_webhook", NotAuthentic("header X-Webhook-Secret is wrong"), 401),
        ("sap_webhook", Malformed("the body is not JSON"), 400),
    ],
)
def test_a_caller_is_answered_by_what_he_sent(
    serve: Serve, call, function: str, says: str | Exception | None, status: int
):
    inbox = Inbox(says)
    serve(**everywhere(inbox))

    response = call(function, a_request(method="POST", body=b"{}"))

    assert response.status_code == status
    assert response.get_body() == (str(says).encode() if status == 400 else b"")


@pytest.mark.parametrize("function", WEBHOOKS)
def test_a_call_that_could_not_be_queued_fails_so_that_the_caller_repeats_it(serve: Serve, call, function: str):
    inbox = Inbox(TransientProviderError("the queue is out of reach"))
    serve(**everywhere(inbox))

    with pytest.raises(TransientProviderError):
        call(function, a_request(method="POST", body=b"{}"))


def test_a_callback_is_checked_with_its_headers_and_the_very_bytes_of_its_body(serve: Serve, call):
    inbox = Inbox(None)
    serve(bigcommerce_inbox=inbox)

    call("bigcommerce_webhook", a_request(method="POST", body=b'{"a":  1}', headers={"webhook-id": "7"}))

    assert inbox.received == [({"webhook-id": "7"}, b'{"a":  1}')]


def test_a_change_is_checked_with_the_key_in_its_address(serve: Serve, call):
    inbox = Inbox(None)
    serve(dataverse_inbox=inbox)

    call("dataverse_webhook", a_request(method="POST", body=b"{}", params={"code": "key"}))

    assert inbox.received == [({"code": "key"}, {}, b"{}")]


@pytest.mark.parametrize(
    ("function", "method"), [("flexe_webhook", "POST"), ("sap_webhook", "POST"), ("sap_webhook", "OPTIONS")]
)
def test_a_system_that_is_not_configured_has_no_webhook(serve: Serve, call, function: str, method: str):
    serve(speaks_to=lambda _: False)

    assert call(function, a_request(method=method, body=b"{}")).status_code == 404


@pytest.mark.parametrize(("allowed", "status"), [({"WebHook-Allowed-Origin": "sap.example"}, 200), (None, 400)])
def test_a_broker_hears_whether_it_may_send_events(serve: Serve, call, allowed: dict[str, str] | None, status: int):
    serve(speaks_to=lambda _: True, sap_inbox=SimpleNamespace(handshake=lambda _: allowed))

    response = call("sap_webhook", a_request(method="OPTIONS", headers={"WebHook-Request-Origin": "sap.example"}))

    assert (response.status_code, dict(response.headers)) == (status, allowed or {})


@pytest.mark.parametrize("says", [None, "table account is not watched", NotAuthentic("wrong"), Malformed("no JSON")])
def test_the_key_in_dataverse_s_address_is_never_logged(
    serve: Serve, call, caplog: pytest.LogCaptureFixture, says: str | Exception | None
):
    serve(dataverse_inbox=Inbox(says))

    with caplog.at_level(logging.DEBUG):
        call("dataverse_webhook", a_request("webhooks/dataverse", method="POST", body=b"{}", params={"code": "k3y"}))

    assert "k3y" not in caplog.text
