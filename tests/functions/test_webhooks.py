"""What callers of the webhooks are answered: only what is genuine gets in, and nobody learns why not."""

from types import SimpleNamespace
from typing import Any

import pytest

from shared.domain.errors import TransientProviderError
from shared.providers.bigcommerce.webhooks import MalformedCallback
from shared.providers.bigcommerce.webhooks import NotAuthentic as ForgedCallback
from shared.providers.finops.messages import MalformedMessage, NotAuthentic
from tests.functions.conftest import Serve
from tests.functions.requests import a_request

WEBHOOKS = ("bigcommerce_webhook", "dataverse_webhook")


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


@pytest.mark.parametrize(
    ("function", "says", "status"),
    [
        *((function, None, 202) for function in WEBHOOKS),
        *((function, "another store", 204) for function in WEBHOOKS),
        ("bigcommerce_webhook", ForgedCallback("header X-Webhook-Key is wrong"), 401),
        ("dataverse_webhook", NotAuthentic("the webhook key is missing or wrong"), 401),
        ("bigcommerce_webhook", MalformedCallback("the body is not JSON"), 400),
        ("dataverse_webhook", MalformedMessage("MessageName is missing"), 400),
    ],
)
def test_a_caller_is_answered_by_what_he_sent(
    serve: Serve, call, function: str, says: str | Exception | None, status: int
):
    inbox = Inbox(says)
    serve(bigcommerce_inbox=inbox, dataverse_inbox=inbox)

    response = call(function, a_request(method="POST", body=b"{}"))

    assert response.status_code == status
    assert response.get_body() == (str(says).encode() if status == 400 else b"")


@pytest.mark.parametrize("function", WEBHOOKS)
def test_a_call_that_could_not_be_queued_fails_so_that_the_caller_repeats_it(serve: Serve, call, function: str):
    inbox = Inbox(TransientProviderError("the queue is out of reach"))
    serve(bigcommerce_inbox=inbox, dataverse_inbox=inbox)

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
    ("function", "puller"),
    [("pull_bigcommerce_orders", "bigcommerce_puller"), ("pull_dataverse_changes", "dataverse_sweep")],
)
def test_each_timer_makes_one_pass(serve: Serve, call, function: str, puller: str):
    passes: list[str] = []
    serve(**{puller: SimpleNamespace(run=lambda: passes.append(puller))})

    call(function, SimpleNamespace(past_due=False))

    assert passes == [puller]
