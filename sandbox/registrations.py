"""Subscribes the app to what happens in the stand-ins, as an operator does in production, through their interfaces."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from sandbox.credentials import Addresses, Credentials
from sandbox.processes import Process

_ROOT = Path(__file__).parent.parent
_REGISTER_SECONDS = 60.0
BILLING_EVENTS = "sap.s4.beh.billingdocument.*"


class RegistrationRefused(RuntimeError):
    """A system will not send to the app; the message says which, and why."""


def register(app: str, at: Addresses, credentials: Credentials) -> None:
    """The app must be running: SAP asks its leave first. Raises RegistrationRefused."""
    with httpx.Client(timeout=30) as http:
        _create_flexe_webhook(http, app, at.flexe, credentials)
        _subscribe_to_sap(http, app, at.sap, credentials)


def register_by_command(settings: Mapping[str, str], log: Path) -> None:
    """`python -m shared.webhooks register`, by the app's settings. Raises RegistrationRefused, with what it said."""
    command = [sys.executable, "-m", "shared.webhooks", "register"]
    process = Process("register", command, log=log, cwd=_ROOT, env={**os.environ, **settings})
    if process.ends("registering webhooks", _REGISTER_SECONDS) != 0:
        raise RegistrationRefused(f"not every system sends to the app:\n{process.output()}")


def _create_flexe_webhook(http: httpx.Client, app: str, flexe: str, credentials: Credentials) -> None:
    """In production: a named webhook in the developer portal."""
    webhook = {
        "name": credentials.flexe_webhook_name,
        "url": f"{app}/api/webhooks/flexe",
        "secret": credentials.flexe_webhook_secret,
    }
    _post(http, "Flexe", f"{flexe}/_control/webhooks", webhook)


def _subscribe_to_sap(http: httpx.Client, app: str, sap: str, credentials: Credentials) -> None:
    """In production: a webhook subscription of Event Mesh, with the secret as a header of its own."""
    webhook = {
        "url": f"{app}/api/webhooks/sap",
        "types": [BILLING_EVENTS],
        "auth": {"kind": "header", "name": "X-Webhook-Secret", "value": credentials.sap_webhook_secret},
    }
    _post(http, "SAP", f"{sap}/_control/webhooks", webhook)


def _post(http: httpx.Client, system: str, url: str, body: Mapping[str, Any]) -> None:
    answer = http.post(url, json=body)
    if answer.is_error:
        raise RegistrationRefused(f"{system} does not send to the app: {answer.status_code}: {answer.text}")
