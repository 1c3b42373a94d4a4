"""The hooks of the store's API accounts: what may be registered, and which of them hear of an event."""

import time
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from sandbox.systems.bigcommerce.api_errors import ApiError

FIRST_HOOK_ID = 20001
HOOKS_PER_SCOPE = 10
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SCOPES = frozenset(
    [
        "store/order/*",
        "store/order/created",
        "store/order/updated",
        "store/order/archived",
        "store/order/statusUpdated",
        "store/order/message/created",
        "store/order/refund/created",
        "store/order/transaction/created",
        "store/order/transaction/updated",
        "store/shipment/*",
        "store/shipment/created",
        "store/shipment/updated",
        "store/shipment/deleted",
    ]
)
CHANGEABLE = ("scope", "destination", "is_active", "headers")


def _now() -> int:
    return int(time.time())


@dataclass
class Hook:
    """`client_id`: whose it is. `deactivated`: switched off by the store after its callbacks failed for too long."""

    id: int
    client_id: str
    scope: str
    destination: str
    is_active: bool = True
    headers: dict[str, str] | None = None
    deactivated: bool = False
    created_at: int = field(default_factory=_now)
    updated_at: int = field(default_factory=_now)

    @property
    def status(self) -> str:
        """As `GET /v3/hooks/admin` tells it."""
        if self.is_active:
            return "active"
        return "deactivated" if self.deactivated else "inactive"

    def hears(self, scope: str) -> bool:
        """Whether an active hook of this scope is called for an event of `scope`."""
        if not self.is_active:
            return False
        return scope == self.scope or (self.scope.endswith("/*") and scope.startswith(self.scope[:-1]))


class Hooks:
    """All hooks in the order of their creation, and who is mailed about them."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self._by_id: dict[int, Hook] = {}
        self._ids = count(FIRST_HOOK_ID)
        self.emails: list[str] = []

    def of(self, client_id: str) -> list[Hook]:
        """An account sees no hooks but its own."""
        return [hook for hook in self._by_id.values() if hook.client_id == client_id]

    def get(self, client_id: str, hook_id: int) -> Hook:
        found = next((hook for hook in self.of(client_id) if hook.id == hook_id), None)
        if found is None:
            raise ApiError(404, f"Webhook with id [{hook_id}] not found")
        return found

    def create(self, client_id: str, body: dict[str, Any]) -> Hook:
        """A new hook from a POST body; 422 names the field that is wrong, 409 for a scope and destination taken."""
        missing = {name: "error.path.missing" for name in ("scope", "destination") if name not in body}
        _refuse(missing or _wrong_fields(body))
        self._refuse_crowding(client_id, body["scope"], body["destination"])
        hook = Hook(id=next(self._ids), client_id=client_id, **body)
        self._by_id[hook.id] = hook
        return hook

    def change(self, client_id: str, hook_id: int, body: dict[str, Any]) -> Hook:
        """The hook with a PUT body applied; a deactivated one works again with `is_active` true."""
        hook = self.get(client_id, hook_id)
        _refuse(_wrong_fields(body) if body else {"body": "at least one field is needed"})
        place = body.get("scope", hook.scope), body.get("destination", hook.destination)
        if place != (hook.scope, hook.destination):
            self._refuse_crowding(client_id, *place)
        for name, value in body.items():
            setattr(hook, name, value)
        hook.deactivated = hook.deactivated and not hook.is_active
        hook.updated_at = _now()
        return hook

    def delete(self, client_id: str, hook_id: int) -> Hook:
        hook = self.get(client_id, hook_id)
        del self._by_id[hook_id]
        return hook

    def hearing(self, scope: str) -> list[Hook]:
        return [hook for hook in self._by_id.values() if hook.hears(scope)]

    def is_listening(self, hook: Hook) -> bool:
        """Whether the hook still exists and is active."""
        return hook.is_active and self._by_id.get(hook.id) is hook

    def deactivate(self, hook: Hook) -> None:
        """What the store does when the last retry has failed."""
        hook.is_active, hook.deactivated, hook.updated_at = False, True, _now()

    def _refuse_crowding(self, client_id: str, scope: str, destination: str) -> None:
        same_scope = [hook for hook in self.of(client_id) if hook.scope == scope]
        if any(hook.destination == destination for hook in same_scope):
            raise ApiError(409, "A webhook with this scope and destination already exists.")
        if len(same_scope) >= HOOKS_PER_SCOPE:
            raise ApiError(422, f"There are already {HOOKS_PER_SCOPE} webhooks for this scope.")


def _refuse(errors: dict[str, str]) -> None:
    if errors:
        raise ApiError(422, "JSON data is missing or invalid", errors)


def _wrong_fields(body: dict[str, Any]) -> dict[str, str]:
    errors = {name: "error.unexpected" for name in body if name not in CHANGEABLE}
    if "scope" in body and body["scope"] not in SCOPES:
        errors["scope"] = "is no event of orders or shipments"
    if "destination" in body and not _is_reachable(body["destination"]):
        errors["destination"] = "must be an https URL on port 443 (or any URL on loopback)"
    if "is_active" in body and not isinstance(body["is_active"], bool):
        errors["is_active"] = "must be a boolean"
    headers = body.get("headers")
    if headers is not None and not (
        isinstance(headers, dict) and all(isinstance(value, str) for value in headers.values())
    ):
        errors["headers"] = "must be null or an object of strings"
    return errors


def _is_reachable(destination: Any) -> bool:
    if not isinstance(destination, str):
        return False
    try:
        url = urlsplit(destination)
        port = url.port
    except ValueError:
        return False
    if url.hostname in LOOPBACK:
        return url.scheme in ("http", "https")
    return url.scheme == "https" and bool(url.hostname) and port in (None, 443)
