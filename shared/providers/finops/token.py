"""The access token: fetched with client credentials, kept until shortly before it expires."""

import json
from datetime import datetime, timedelta
from threading import Lock
from urllib.parse import urlsplit

from shared.domain.errors import TransientProviderError
from shared.domain.ports import Clock
from shared.providers.answers import Answer, ProviderFault
from shared.providers.finops.connection import DataverseConnection
from shared.providers.session import ProviderSession

_EARLY = timedelta(minutes=5)
_SIGN_IN_SECONDS = 30


class AccessToken:
    """The bearer token of the application user, shared by all threads: one of them fetches, the others wait for it."""

    def __init__(self, connection: DataverseConnection, now: Clock) -> None:
        address = urlsplit(str(connection.token_url))
        self._path = address.path
        self._form = {
            "grant_type": "client_credentials",
            "client_id": connection.client_id,
            "client_secret": connection.client_secret.get_secret_value(),
            "scope": f"{connection.environment}/.default",
        }
        self._http = ProviderSession(
            f"{address.scheme}://{address.netloc}",
            name="Entra ID",
            timeout_seconds=_SIGN_IN_SECONDS,
            parse_error=_read_fault,
        )
        self._now = now
        self._lock = Lock()
        self._value = ""
        self._good_until: datetime | None = None

    def value(self) -> str:
        """Raises RejectedByProvider when the credentials are refused."""
        with self._lock:
            if self._good_until is None or self._now() >= self._good_until:
                self._fetch()
            return self._value

    def drop(self, value: str) -> None:
        """Forget `value`, which Dataverse refused; a newer one that another thread has fetched meanwhile stays."""
        with self._lock:
            if self._value == value:
                self._good_until = None

    def close(self) -> None:
        self._http.close()

    def _fetch(self) -> None:
        asked_at = self._now()
        answer = self._http.post(self._path, data=self._form)
        granted = answer.json()
        try:
            self._value = str(granted["access_token"])
            lifetime = timedelta(seconds=float(granted["expires_in"]))
        except (KeyError, TypeError, ValueError) as error:
            raise TransientProviderError(f"{answer} without a token") from error
        # A token that lives shorter than twice the margin would otherwise be fetched for every call.
        self._good_until = asked_at + max(lifetime - _EARLY, lifetime / 2)


def _read_fault(answer: Answer) -> ProviderFault:
    """Reads `{"error": "invalid_client", "error_description": "AADSTS7000215: ..."}`."""
    try:
        error = json.loads(answer.body)
        return ProviderFault(str(error["error_description"]), str(error["error"]))
    except (ValueError, KeyError, TypeError):
        return ProviderFault(answer.text)
