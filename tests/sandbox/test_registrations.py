"""Every stand-in that sends something is told where the app is, with the secret it must show there."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.credentials import Addresses, Credentials
from sandbox.registrations import RegistrationRefused, register
from sandbox.systems.__main__ import build
from sandbox.systems.kit import serve
from tests.sandbox.waiting import wait_until


class _App:
    """Takes what it is sent; answers SAP's question with `allowed`."""

    def __init__(self, allowed: str) -> None:
        self.heard: list[tuple[str, dict[str, str]]] = []
        self._allowed = allowed

    def routes(self) -> list[Route]:
        return [Route("/api/webhooks/{system}", self._answer, methods=["POST", "OPTIONS"])]

    async def _answer(self, request: Request) -> Response:
        if request.method == "POST":
            self.heard.append((request.path_params["system"], dict(request.headers)))
        return Response(status_code=200, headers={"WebHook-Allowed-Origin": self._allowed})


@contextmanager
def _running(app: _App, credentials: Credentials) -> Iterator[tuple[str, Addresses]]:
    """The app's address and those of all stand-ins."""
    with ExitStack() as running:
        systems = credentials.stand_ins()
        urls = {name: running.enter_context(serve(build(name, settings)[0])) for name, settings in systems.items()}
        yield running.enter_context(serve(Starlette(routes=app.routes()))), Addresses(**urls)


def _post(url: str, body: dict[str, Any]) -> None:
    httpx.post(url, json=body).raise_for_status()


def test_flexe_and_sap_send_their_events_with_the_app_s_secrets():
    credentials, app = Credentials(), _App(allowed="*")
    with _running(app, credentials) as (url, at):
        register(url, at, credentials)

        _order_at_flexe(at.flexe, credentials)
        _post(f"{at.sap}/_control/events", {"type": "sap.s4.beh.billingdocument.v1.BillingDocument.Created.v1"})
        wait_until(lambda: {system for system, _ in app.heard} == {"flexe", "sap"}, "an event of each")

    secrets = {system: headers["x-webhook-secret"] for system, headers in app.heard}
    assert secrets == {"flexe": credentials.flexe_webhook_secret, "sap": credentials.sap_webhook_secret}


def test_an_app_that_does_not_let_sap_send_is_not_registered():
    credentials, app = Credentials(), _App(allowed="somebody.else.example")

    with (
        _running(app, credentials) as (url, at),
        pytest.raises(RegistrationRefused, match=r"SAP does not send to the app: 409: .*somebody\.else\.example"),
    ):
        register(url, at, credentials)


def test_no_secret_is_the_same_in_two_runs():
    first, second = (Credentials().connections(Addresses(*[""] * 5)) for _ in range(2))

    for system, names in {
        "bigcommerce": ("access_token", "client_secret", "webhook_header"),
        "finops": ("client_secret", "webhook_key"),
        "flexe": ("api_token", "webhook_secret"),
        "sap": ("password", "webhook_secret"),
        "inventory": ("client_secret",),
    }.items():
        assert [name for name in names if first[system][name] == second[system][name]] == []


def _order_at_flexe(flexe: str, credentials: Credentials) -> None:
    order = {
        "owner_id": credentials.flexe_owner,
        "external_order_id": "BC-1",
        "order_type": "ecommerce",
        "ordered_at": "2026-01-01T12:00:00Z",
        "service_level": "ground",
        "ship_to": {"name": "Mara Quill", "address_1": "12 Harbor Lane", "city": "Portland", "country_code": "US"},
        "lines": [{"external_line_id": "1", "sku": "1000", "quantity": 1}],
    }
    token = {"Authorization": f"Bearer {credentials.flexe_token}"}
    httpx.post(f"{flexe}/v1/outbound_orders", json=order, headers=token).raise_for_status()
