"""Subscribes the app to what happens in the stand-ins, as an operator does in production, through their interfaces."""

from collections.abc import Mapping
from typing import Any

import httpx

from sandbox.credentials import Addresses, Credentials

ORDER_SCOPES = ("store/order/created", "store/order/statusUpdated")
WATCHED_COLUMNS = ("msdyn_processingstatus", "statecode", "statuscode")
BILLING_EVENTS = "sap.s4.beh.billingdocument.*"


class RegistrationRefused(RuntimeError):
    """A system will not send to the app; the message says which, and why."""


def register(app: str, at: Addresses, credentials: Credentials) -> None:
    """The app must be running: SAP asks its leave first. Raises RegistrationRefused."""
    with httpx.Client(timeout=30) as http:
        for scope in ORDER_SCOPES:
            _create_hook(http, app, credentials.store_url(at.bigcommerce), scope, credentials)
        _create_dataverse_webhook(http, app, at.finops, credentials)
        _create_flexe_webhook(http, app, at.flexe, credentials)
        _subscribe_to_sap(http, app, at.sap, credentials)


def _create_hook(http: httpx.Client, app: str, store: str, scope: str, credentials: Credentials) -> None:
    hook = {
        "scope": scope,
        "destination": f"{app}/api/webhooks/bigcommerce",
        "is_active": True,
        "headers": credentials.webhook_headers,
    }
    token = {"X-Auth-Token": credentials.access_token, "Accept": "application/json"}
    _post(http, "BigCommerce", f"{store}/v3/hooks", hook, token)


def _create_dataverse_webhook(http: httpx.Client, app: str, finops: str, credentials: Credentials) -> None:
    """In production: a service endpoint of type webhook with `WebhookKey` authentication, and its two steps."""
    webhook = {
        "url": f"{app}/api/webhooks/dataverse",
        "entity": "salesorder",
        "messages": ["Create", "Update"],
        "columns": list(WATCHED_COLUMNS),
        "auth": {"kind": "key", "value": credentials.dataverse_webhook_key},
    }
    _post(http, "Dataverse", f"{finops}/_control/webhooks", webhook)


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


def _post(
    http: httpx.Client, system: str, url: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> None:
    answer = http.post(url, json=body, headers=headers)
    if answer.is_error:
        raise RegistrationRefused(f"{system} does not send to the app: {answer.status_code}: {answer.text}")
