"""The store's hooks that lead to us: which there should be, and what is to be done about those there are.

Reference: bigcommerce.md section 2. A hook of which callbacks failed for two days, or that heard nothing for 90, is
switched off by the store, and stays off until somebody says `is_active`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from shared.domain.webhooks import Registration
from shared.providers.bigcommerce.client import BigCommerceClient, JsonObject
from shared.providers.bigcommerce.connection import BigCommerceConnection
from shared.providers.inbound import without_case

ORDER_SCOPES = ("store/order/created", "store/order/statusUpdated")
CALLBACK_PATH = "/api/webhooks/bigcommerce"


@dataclass(frozen=True)
class Finding:
    """The hook of one scope: `hook_id` None when there is none, and what a POST or PUT of it must say; {}: nothing."""

    scope: str
    hook_id: int | None
    changes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def registration(self) -> Registration:
        exists = self.hook_id is not None
        return Registration(self.scope, exists, tuple(self.changes) if exists else ())


def decide(hooks: Iterable[JsonObject], destination: str, headers: Mapping[str, str]) -> list[Finding]:
    """One for each scope. A hook is ours when scope and path are: the app may have moved to another host.

    The one that leads to the very destination comes first; a second one of the path may be another app's, and stays.
    """
    ours = [hook for hook in hooks if _path(hook.get("destination")) == _path(destination)]
    return [_finding(scope, [hook for hook in ours if hook["scope"] == scope], destination, headers)
            for scope in ORDER_SCOPES]  # fmt: skip


@dataclass(frozen=True)
class BigCommerceHooks:
    """`Registrar` of one store. The token sees the hooks of its own API account alone: each app needs one of its own.

    `public_url` has no slash at its end.
    """

    client: BigCommerceClient
    connection: BigCommerceConnection
    public_url: str

    def look(self) -> list[Registration]:
        return [finding.registration for finding in self._findings()]

    def restore(self) -> list[Registration]:
        findings = self._findings()
        for finding in findings:
            if finding.hook_id is None:
                self.client.create_hook(finding.changes)
            elif finding.changes:
                self.client.update_hook(finding.hook_id, finding.changes)
        return [finding.registration for finding in findings]

    def _findings(self) -> list[Finding]:
        return decide(self.client.hooks(), self.public_url + CALLBACK_PATH, self._headers())

    def _headers(self) -> dict[str, str]:
        secret = self.connection.webhook_header_secret
        return {self.connection.webhook_header_name: secret.get_secret_value()} if secret else {}


def _finding(scope: str, hooks: list[JsonObject], destination: str, headers: Mapping[str, str]) -> Finding:
    if not hooks:
        new = {"scope": scope, "destination": destination, "is_active": True}
        return Finding(scope, None, {**new, "headers": dict(headers)} if headers else new)
    hook = next((hook for hook in hooks if hook["destination"] == destination), hooks[0])
    changes: dict[str, Any] = {}
    if hook["destination"] != destination:
        changes["destination"] = destination
    if missing := _missing(headers, hook.get("headers") or {}):
        # A PUT replaces them all: those that somebody added for a gateway stay.
        changes["headers"] = _others(hook.get("headers") or {}, missing) | missing
    if hook.get("is_active") is not True:
        changes["is_active"] = True
    return Finding(scope, hook["id"], changes)


def _missing(wanted: Mapping[str, str], there: Mapping[str, str]) -> dict[str, str]:
    given = without_case(there)
    return {name: value for name, value in wanted.items() if given.get(name.lower()) != value}


def _others(there: Mapping[str, str], replaced: Mapping[str, str]) -> dict[str, str]:
    names = without_case(replaced)
    return {name: value for name, value in there.items() if name.lower() not in names}


def _path(url: object) -> str:
    return urlsplit(url).path.rstrip("/") if isinstance(url, str) else ""
