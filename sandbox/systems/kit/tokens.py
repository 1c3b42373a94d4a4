"""Entra ID's client credentials grant, and the bearer tokens it gives out (reference: dataverse.md section 1)."""

import secrets
from collections.abc import Mapping
from time import monotonic
from typing import Any
from uuid import uuid4


class TokenRefused(Exception):
    """A refused grant; `status` and `body` are the answer."""

    def __init__(self, status: int, error: str, code: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.body = {
            "error": error,
            "error_description": f"AADSTS{code}: {text}",
            "error_codes": [code],
            "trace_id": str(uuid4()),
            "correlation_id": str(uuid4()),
        }


class Tokens:
    """Gives out tokens for one registered application and knows which are still good."""

    def __init__(self, tenant: str, client_id: str, client_secret: str, lifetime_seconds: int) -> None:
        self._tenant = tenant
        self._client_id = client_id
        self._client_secret = client_secret
        self._lifetime_seconds = lifetime_seconds
        self._expiries: dict[str, float] = {}

    def grant(self, tenant: str, form: Mapping[str, str]) -> dict[str, Any]:
        """The token answer for a token request; raises `TokenRefused`."""
        if tenant.lower() != self._tenant.lower():
            raise TokenRefused(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
        if form.get("grant_type") != "client_credentials":
            raise TokenRefused(
                400,
                "unsupported_grant_type",
                70003,
                f"The app requested an unsupported grant type '{form.get('grant_type')}'.",
            )
        if form.get("client_id") != self._client_id:
            message = f"Application with identifier '{form.get('client_id')}' was not found in the directory."
            raise TokenRefused(400, "unauthorized_client", 700016, message)
        if not secrets.compare_digest(form.get("client_secret", "").encode(), self._client_secret.encode()):
            raise TokenRefused(401, "invalid_client", 7000215, "Invalid client secret provided.")
        if not form.get("scope", "").endswith("/.default"):
            raise TokenRefused(
                400, "invalid_scope", 1002012, f"The provided value for scope {form.get('scope')} is not valid."
            )
        return self._new_token()

    def accepts(self, authorization: str) -> bool:
        """Whether an `Authorization` header carries a token that is known and not expired."""
        scheme, _, token = authorization.partition(" ")
        return scheme.lower() == "bearer" and self._expiries.get(token, 0.0) > monotonic()

    def expire_all(self) -> None:
        self._expiries.clear()

    def _new_token(self) -> dict[str, Any]:
        now, token = monotonic(), secrets.token_urlsafe(48)
        self._expiries = {known: expiry for known, expiry in self._expiries.items() if expiry > now}
        self._expiries[token] = now + self._lifetime_seconds
        lifetime = self._lifetime_seconds
        return {"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime, "access_token": token}
