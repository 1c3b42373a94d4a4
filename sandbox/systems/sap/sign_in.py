"""Who may call: a communication user by Basic, or a bearer token of the client credentials grant."""

import base64
import binascii
import secrets
from time import monotonic
from typing import Any

from sandbox.systems.sap.config import Config


class TokenRefused(Exception):
    """A refused token request; `status` and `error` are the answer."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error


class SignIn:
    """The system's one communication user and its one OAuth client."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._expiries: dict[str, float] = {}

    def accepts(self, authorization: str) -> bool:
        """Whether an `Authorization` header is good for the services."""
        scheme, _, value = authorization.partition(" ")
        match scheme.lower():
            case "basic":
                account = (self._config.user, self._config.password)
                return "basic" in self._config.sign_in and _same(_basic(value), account)
            case "bearer":
                return "oauth2" in self._config.sign_in and self._expiries.get(value, 0.0) > monotonic()
        return False

    def grant(self, authorization: str, grant_type: str) -> dict[str, Any]:
        """The token answer; the client signs in with Basic."""
        scheme, _, value = authorization.partition(" ")
        client = (self._config.client_id, self._config.client_secret)
        if scheme.lower() != "basic" or not _same(_basic(value), client):
            raise TokenRefused(401, "invalid_client")
        if grant_type != "client_credentials":
            raise TokenRefused(400, "unsupported_grant_type")
        now, token = monotonic(), secrets.token_urlsafe(32)
        self._expiries = {known: expiry for known, expiry in self._expiries.items() if expiry > now}
        self._expiries[token] = now + self._config.token_lifetime_seconds
        return {"access_token": token, "token_type": "Bearer", "expires_in": self._config.token_lifetime_seconds}

    def expire_tokens(self) -> None:
        self._expiries.clear()


def _basic(value: str) -> tuple[str, str]:
    try:
        name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, password


def _same(given: tuple[str, str], known: tuple[str, str]) -> bool:
    return secrets.compare_digest(":".join(given).encode(), ":".join(known).encode())
