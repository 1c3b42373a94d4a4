"""Subscribes the app to what happens in the stand-ins, as an operator does in production, through their interfaces."""

import httpx

from sandbox.credentials import Credentials

ORDER_SCOPES = ("store/order/created", "store/order/statusUpdated")
WATCHED_COLUMNS = ("msdyn_processingstatus", "statecode", "statuscode")


def register(app: str, bigcommerce: str, finops: str, credentials: Credentials) -> None:
    """Raises httpx.HTTPStatusError when a stand-in refuses."""
    with httpx.Client(timeout=10) as http:
        for scope in ORDER_SCOPES:
            _create_hook(http, app, credentials.store_url(bigcommerce), scope, credentials)
        _create_dataverse_webhook(http, app, finops, credentials)


def _create_hook(http: httpx.Client, app: str, store: str, scope: str, credentials: Credentials) -> None:
    hook = {
        "scope": scope,
        "destination": f"{app}/api/webhooks/bigcommerce",
        "is_active": True,
        "headers": credentials.webhook_headers,
    }
    token = {"X-Auth-Token": credentials.access_token, "Accept": "application/json"}
    http.post(f"{store}/v3/hooks", json=hook, headers=token).raise_for_status()


def _create_dataverse_webhook(http: httpx.Client, app: str, finops: str, credentials: Credentials) -> None:
    """In production: a service endpoint of type webhook with `WebhookKey` authentication, and its two steps."""
    webhook = {
        "url": f"{app}/api/webhooks/dataverse",
        "entity": "salesorder",
        "messages": ["Create", "Update"],
        "columns": list(WATCHED_COLUMNS),
        "auth": {"kind": "key", "value": credentials.dataverse_webhook_key},
    }
    http.post(f"{finops}/_control/webhooks", json=webhook).raise_for_status()
