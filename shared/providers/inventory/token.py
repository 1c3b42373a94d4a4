"""The access token of Inventory Visibility: a token of Entra ID, exchanged at the security service."""

import re
from urllib.parse import SplitResult, urljoin, urlsplit

from shared.domain.errors import RejectedByProvider
from shared.domain.ports import Clock
from shared.providers import entra
from shared.providers.answers import Answer, ProviderFault, RefusedCall
from shared.providers.cached_token import CachedToken, Grant
from shared.providers.circuit import Circuit
from shared.providers.inventory.connection import InventoryConnection
from shared.providers.session import ProviderSession

API_VERSION = {"Api-Version": "1.0"}
_MOVED = frozenset({307, 308})
# Nothing that two readers of an address could understand differently: no user, no backslash, no brackets.
_PLAIN_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d+)?")


def access_token(connection: InventoryConnection, now: Clock, circuit: Circuit | None = None) -> CachedToken:
    return CachedToken(SecurityService(connection, circuit), now)


class SecurityService:
    """Gives out access tokens. Its general address sends callers on to their region."""

    def __init__(self, connection: InventoryConnection, circuit: Circuit | None = None) -> None:
        self._circuit = circuit
        self._url = str(connection.service_token_url)
        self._regional_domain = connection.regional_domain
        self._request = {
            "grant_type": "client_credentials",
            "client_assertion_type": "aad_app",
            "scope": connection.service_scope,
            "context": connection.environment_id,
            "context_type": "finops-env",
        }
        self._entra = entra.EntraApplication(
            connection.token_url, connection.client_id, connection.client_secret, connection.entra_scope, circuit
        )

    def grant(self) -> Grant:
        """Raises RejectedByProvider when the credentials are refused, or we are sent where our token must not go."""
        request = {**self._request, "client_assertion": self._entra.grant().token}
        try:
            answer = self._post(self._url, request)
        except RefusedCall as refusal:
            if refusal.status not in _MOVED:
                raise
            answer = self._post(self._regional(refusal.fault.code), request)
        return Grant.read(answer)

    def close(self) -> None:
        self._entra.close()

    def _post(self, url: str, request: dict[str, str]) -> Answer:
        """Once an hour, so no connection is kept."""
        address = urlsplit(url)
        with ProviderSession(
            f"{address.scheme}://{address.netloc}",
            name="the security service",
            timeout_seconds=entra.SIGN_IN_SECONDS,
            parse_error=_read_fault,
            circuit=self._circuit,
        ) as http:
            return http.post(address._replace(scheme="", netloc="").geturl(), json=request, headers=API_VERSION)

    def _regional(self, location: str) -> str:
        there = urlsplit(urljoin(self._url, location))
        if not self._may_have_our_token(there):
            wanted = f"neither its own host nor below {self._regional_domain} (regional_domain)"
            raise RejectedByProvider(f"the security service sends us to {there.hostname!r}, which is {wanted}")
        return there.geturl()

    def _may_have_our_token(self, there: SplitResult) -> bool:
        here = urlsplit(self._url)
        if there.scheme != here.scheme or not _PLAIN_HOST.fullmatch(there.netloc):
            return False
        return there.netloc.lower() == here.netloc or f".{there.hostname}".endswith(f".{self._regional_domain}")


def _read_fault(answer: Answer) -> ProviderFault:
    """As Entra ID's; the code of a redirect is the address it names."""
    if answer.status in _MOVED:
        return ProviderFault(code=answer.headers.get("Location", ""))
    return entra.read_fault(answer)
