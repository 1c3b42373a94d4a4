"""Who we are to SAP: the `Authorization` header of every call (reference: sap.md section 1)."""

import base64
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit

from shared.domain.ports import Clock
from shared.providers.answers import Answer
from shared.providers.cached_token import CachedToken, Grant
from shared.providers.circuit import Circuit
from shared.providers.sap.connection import SapConnection
from shared.providers.session import ProviderSession


class SignIn(Protocol):
    def send(self, call: Callable[[str], Answer]) -> Answer:
        """The answer to `call`, which is given the header; called again when another header may help."""
        ...

    def close(self) -> None: ...


class BasicSignIn:
    """The communication user's own name and password."""

    def __init__(self, user: str, password: str) -> None:
        self._authorization = _basic(user, password)

    def send(self, call: Callable[[str], Answer]) -> Answer:
        return call(self._authorization)

    def close(self) -> None:
        """Nothing is open."""


class BearerSignIn:
    """A token that is renewed once when SAP refuses it: it may expire between any two calls."""

    def __init__(self, token: CachedToken) -> None:
        self._token = token

    def send(self, call: Callable[[str], Answer]) -> Answer:
        return self._token.send(lambda token: call(f"Bearer {token}"))

    def close(self) -> None:
        self._token.close()


class SapTokens:
    """SAP's own token endpoint: the client credentials grant, the client signed in with Basic."""

    def __init__(
        self, token_url: str, client_id: str, client_secret: str, timeout_seconds: float, circuit: Circuit | None
    ) -> None:
        address = urlsplit(token_url)
        self._path = address.path or "/"
        self._headers = {"Authorization": _basic(client_id, client_secret), "Accept": "application/json"}
        base_url = f"{address.scheme}://{address.netloc}"
        name = "SAP's token endpoint"
        self._http = ProviderSession(base_url, name=name, timeout_seconds=timeout_seconds, circuit=circuit)

    def grant(self) -> Grant:
        """Raises RejectedByProvider when the client is refused."""
        form = {"grant_type": "client_credentials"}
        return Grant.read(self._http.post(self._path, data=form, headers=self._headers))

    def close(self) -> None:
        self._http.close()


def sign_in(connection: SapConnection, now: Clock, circuit: Circuit | None = None) -> SignIn:
    """In the one way that the connection is complete for."""
    if connection.token_url and connection.client_secret:
        secret, address = connection.client_secret.get_secret_value(), str(connection.token_url)
        tokens = SapTokens(address, connection.client_id, secret, connection.timeout_seconds, circuit)
        return BearerSignIn(CachedToken(tokens, now))
    password = connection.password.get_secret_value() if connection.password else ""
    return BasicSignIn(connection.user, password)


def _basic(name: str, secret: str) -> str:
    return f"Basic {base64.b64encode(f'{name}:{secret}'.encode()).decode()}"
