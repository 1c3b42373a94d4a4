"""Signing in to Entra ID as an application, with client credentials."""

from urllib.parse import urlsplit

from pydantic import HttpUrl, SecretStr

from shared.domain.json_text import lenient_json
from shared.providers.answers import Answer, ProviderFault
from shared.providers.cached_token import Grant
from shared.providers.circuit import Circuit
from shared.providers.session import ProviderSession

SIGN_IN_SECONDS = 30


class EntraApplication:
    """Gives out tokens for one `scope`, each fetched anew (`CachedToken` keeps them)."""

    def __init__(
        self,
        token_url: HttpUrl,
        client_id: str,
        client_secret: SecretStr,
        scope: str,
        circuit: Circuit | None = None,
    ) -> None:
        """`circuit` is that of the system the tokens are for: without tokens it is out of reach."""
        address = urlsplit(str(token_url))
        self._path = address.path
        self._form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret.get_secret_value(),
            "scope": scope,
        }
        self._http = ProviderSession(
            f"{address.scheme}://{address.netloc}",
            name="Entra ID",
            timeout_seconds=SIGN_IN_SECONDS,
            parse_error=read_fault,
            circuit=circuit,
        )

    def grant(self) -> Grant:
        """Raises RejectedByProvider when the credentials are refused."""
        return Grant.read(self._http.post(self._path, data=self._form))

    def close(self) -> None:
        self._http.close()


def read_fault(answer: Answer) -> ProviderFault:
    """Reads `{"error": "invalid_client", "error_description": "AADSTS7000215: ..."}`."""
    try:
        error = lenient_json(answer.body)
        return ProviderFault(str(error["error_description"]), str(error["error"]))
    except (ValueError, KeyError, TypeError):
        return ProviderFault(answer.text)
