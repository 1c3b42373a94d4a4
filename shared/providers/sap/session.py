"""Calls to SAP's services: signed in, in JSON, past the CSRF check of all that writes (reference: sap.md section 1)."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from shared.domain.errors import TransientProviderError
from shared.domain.json_text import lenient_json
from shared.domain.wording import one_line
from shared.providers.answers import Answer, RefusedCall
from shared.providers.sap import odata
from shared.providers.sap.errors import CSRF_REQUIRED
from shared.providers.sap.sign_in import SignIn
from shared.providers.session import ProviderSession

log = logging.getLogger(__name__)

_JSON: Mapping[str, str] = {"Accept": "application/json"}
_FETCH: Mapping[str, str] = {**_JSON, "X-CSRF-Token": "Fetch"}


@dataclass(frozen=True)
class CsrfToken:
    """A token and the cookies it was handed out with: SAP takes them together or not at all."""

    value: str
    cookies: str

    @property
    def headers(self) -> Mapping[str, str]:
        return {"X-CSRF-Token": self.value, "Cookie": self.cookies} if self.value else {}


class SapSession:
    """Thread-safe. A CSRF token serves all writes until SAP refuses it; `root` is the service that hands them out.

    Methods raise TransientProviderError and RejectedByProvider (mostly RefusedCall).
    """

    def __init__(self, http: ProviderSession, sign_in: SignIn, root: str, sap_client: str = "") -> None:
        self._http = http
        self._sign_in = sign_in
        self._root = root
        self._sap_client = {"sap-client": sap_client} if sap_client else {}
        self._lock = Lock()
        self._token: CsrfToken | None = None

    def get(self, path: str, options: Mapping[str, str]) -> Any:
        """What is below `d`. A `path` with a query, as of a `__next` link, is asked as it is."""
        return _body(self._signed_in("GET", self._address(path, options), _JSON))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """What is below `d` of a 201. Raises TransientProviderError for any other success: it may be done or not."""
        address = self._address(path, {})
        token = self._csrf_token()
        try:
            answer = self._signed_in("POST", address, {**_JSON, **token.headers}, json=body)
        except RefusedCall as refusal:
            if refusal.fault.code != CSRF_REQUIRED:
                raise
            # A second refusal is a missing permission, whatever it says.
            answer = self._signed_in("POST", address, {**_JSON, **self._csrf_token(token).headers}, json=body)
        if answer.status != 201:
            raise TransientProviderError(f"{answer}, which does not say that anything was created")
        _log_warnings(answer)
        return _body(answer)

    def close(self) -> None:
        self._http.close()
        self._sign_in.close()

    def _address(self, path: str, options: Mapping[str, str]) -> str:
        client = {} if "sap-client=" in path else self._sap_client
        return odata.address(path, {**options, **client})

    def _csrf_token(self, refused: CsrfToken | None = None) -> CsrfToken:
        """The token in use; another one when it is the one that SAP `refused`."""
        with self._lock:
            if self._token is None or self._token is refused:
                self._token = self._fetch_token()
            return self._token

    def _fetch_token(self) -> CsrfToken:
        """Some systems answer at the root with a slash only, others without it only. No token: none is needed."""
        for root in (f"{self._root}/", self._root):
            try:
                answer = self._signed_in("GET", self._address(root, {}), _FETCH)
            except RefusedCall as refusal:
                if refusal.status != 404:
                    raise
                continue
            if token := answer.headers.get("x-csrf-token"):
                return CsrfToken(token, "; ".join(f"{name}={value}" for name, value in answer.cookies.items()))
        return CsrfToken("", "")

    def _signed_in(self, method: str, address: str, headers: Mapping[str, str], **options: Any) -> Answer:
        def call(authorization: str) -> Answer:
            with_sign_in = {**headers, "Authorization": authorization}
            return self._http.request(method, address, headers=with_sign_in, **options)

        return self._sign_in.send(call)


def _body(answer: Answer) -> Any:
    content_type = answer.headers.get("content-type", "")
    if "json" not in content_type.lower():
        kind = content_type.partition(";")[0] or "nothing"
        raise TransientProviderError(f"{answer} with {kind} instead of JSON: is that a log-on page?")
    try:
        return answer.json()["d"]
    except (KeyError, TypeError) as error:
        raise TransientProviderError(f"{answer} with JSON of another shape than documented") from error


def _log_warnings(answer: Answer) -> None:
    """The header `sap-message` comes with a success that SAP has something to say about."""
    if not (header := answer.headers.get("sap-message")):
        return
    try:
        said = lenient_json(header)
        log.warning("SAP says to %s: %s", answer.call, one_line(f"{said['message']} ({said.get('code', '')})"))
    except (ValueError, KeyError, TypeError, AttributeError):
        log.warning("SAP says to %s: %s", answer.call, one_line(header))
