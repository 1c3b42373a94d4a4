"""The HTTP session every provider client talks through: pooled, bounded in time and size, its errors ours.

CircuitOpen               the system does not answer, so it was not asked
TransientProviderError    answers that may go better later
└── Unavailable           no connection, no whole answer in time, and answers that others would get as well: 429, 5xx
    └── ConnectionCut     the other side hung up before a whole answer: the call may or may not have been done
RejectedByProvider        a call that cannot be sent, an answer that is too large
└── RefusedCall           answers that trying again will not change (`shared/providers/answers.py` says which)

Messages carry method, path, status and the parsed reason; never a query, a header or a whole body, and no secret of
the call even where the reason quotes it.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter

from shared.domain.errors import OrderProblem, RejectedByProvider, TransientProviderError
from shared.domain.wording import one_line
from shared.providers.answers import Answer, ProviderFault, RefusedCall, is_transient, retry_after, text_fault
from shared.providers.circuit import Circuit, Unavailable
from shared.providers.discretion import discreet, secrets_of
from shared.telemetry.calls import outgoing

CONNECT_SECONDS = 5.0
POOLED_CONNECTIONS = 32
MAX_ANSWER_BYTES = 32 * 1024 * 1024
MAX_REASON_CHARACTERS = 200
_CHUNK_BYTES = 64 * 1024
_TOO_MANY = 429


class ConnectionCut(Unavailable):
    """The other side closed the connection before a whole answer had come."""


@dataclass(frozen=True)
class Exchange:
    """One HTTP exchange, for those who count or log them. `status` is None when no whole answer came."""

    call: str  # method and path, without the query
    status: int | None
    seconds: float


def _no_headers() -> Mapping[str, str]:
    return {}


class ProviderSession:
    """Calls to one outside system. Thread-safe: one session serves a process.

    `headers` is asked before every call, so that a token may change; `parse_error` reads an error answer, `wait` its
    headers for the seconds to wait; `on_exchange` hears of every exchange; sessions with one system may share a
    `circuit`; `secrets` are repeated from no answer. The environment's proxies and netrc are not used: a netrc entry
    would silently replace our credentials.
    """

    def __init__(
        self,
        base_url: str,
        *,
        name: str,
        timeout_seconds: float,
        headers: Callable[[], Mapping[str, str]] = _no_headers,
        parse_error: Callable[[Answer], ProviderFault] = text_fault,
        wait: Callable[[Mapping[str, str]], float | None] = retry_after,
        on_exchange: Callable[[Exchange], None] | None = None,
        circuit: Circuit | None = None,
        adapter: BaseAdapter | None = None,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
        secrets: frozenset[str] = frozenset(),
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._name = name
        self._timeout_seconds = timeout_seconds
        self._headers = headers
        self._parse_error = parse_error
        self._wait = wait
        self._on_exchange = on_exchange
        self._circuit = circuit
        self._max_answer_bytes = max_answer_bytes
        self._secrets = secrets
        self._http = _http_session(adapter or HTTPAdapter(pool_maxsize=POOLED_CONNECTIONS))

    def get(self, path: str, **options: Any) -> Answer:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> Answer:
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Any) -> Answer:
        return self.request("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> Answer:
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.request("DELETE", path, **options)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json: Any = None,
        data: bytes | str | Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The 2xx answer. `path` is appended to the base URL, or is a whole URL below it (a next-page link).

        Raises TransientProviderError or RejectedByProvider (mostly RefusedCall), see the module.
        """
        url = self._url(path)
        options = {"params": params, "json": json, "data": data, "headers": {**self._headers(), **(headers or {})}}
        with self._circuit.watching() if self._circuit else nullcontext():
            try:
                answer = self._exchange(method, url, options)
            except ConnectionCut:
                if method != "GET":
                    raise
                # A pooled connection may be closed by the other side just when it is used again; reading twice is
                # harmless.
                answer = self._exchange(method, url, options)
            if not answer.ok:
                raise self._problem(answer, self._secrets | secrets_of(options["headers"], json, data))
            return answer

    def discreet(self, answer: Answer) -> Answer:
        """The answer without our secrets, whatever it quotes."""
        return replace(answer, body=discreet(answer.text, self._secrets).encode("utf-8", "replace"))

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _url(self, path: str) -> str:
        if path.startswith("/"):
            return self._base_url + path
        if path.startswith((f"{self._base_url}/", f"{self._base_url}?")):
            return path
        raise RejectedByProvider(f"{self._name} pointed outside its own address; our credentials do not go there")

    def _exchange(self, method: str, url: str, options: dict[str, Any]) -> Answer:
        path = urlsplit(url).path.removeprefix(urlsplit(self._base_url).path)
        with outgoing(self._name, method, path) as seen:
            answer = self._answer(method, path, url, options)
            seen.answered(answer.status, None if answer.ok else self._wait(answer.headers))
            return answer

    def _answer(self, method: str, path: str, url: str, options: dict[str, Any]) -> Answer:
        call = f"{method} {path}"
        began, status, ambient = time.monotonic(), None, sys.exception()
        timeouts = (min(CONNECT_SECONDS, self._timeout_seconds), self._timeout_seconds)
        try:
            with self._http.request(method, url, timeout=timeouts, stream=True, **options) as response:
                body = self._read(call, response, began + self._timeout_seconds)
                status = response.status_code
                return Answer(self._name, call, status, response.headers, body, response.cookies.get_dict())
        except requests.RequestException as error:
            # Its text names the whole URL, or the header that could not be sent.
            raise self._unanswered(call, error, [*_causes(error, ambient)]) from None
        finally:
            if self._on_exchange:
                self._on_exchange(Exchange(call, status, time.monotonic() - began))

    def _read(self, call: str, response: requests.Response, deadline: float) -> bytes:
        body = bytearray()
        for chunk in response.iter_content(_CHUNK_BYTES):
            body += chunk
            if len(body) > self._max_answer_bytes:
                raise RejectedByProvider(f"{self._name} answered more than {self._max_answer_bytes} bytes to {call}")
            if time.monotonic() > deadline:
                raise requests.ReadTimeout
        return bytes(body)

    def _unanswered(self, call: str, error: requests.RequestException, causes: list[BaseException]) -> OrderProblem:
        if any(isinstance(cause, requests.Timeout | TimeoutError) for cause in causes):
            return Unavailable(f"{self._name} did not answer {call} in time")
        if any(isinstance(cause, ConnectionResetError | BrokenPipeError) for cause in causes):
            return ConnectionCut(f"{self._name} cut the connection during {call}")
        if isinstance(error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError):
            return ConnectionCut(f"{self._name} answered {call} with half a body")
        if isinstance(error, requests.ConnectionError):
            return Unavailable(f"{self._name} cannot be reached for {call}: {type(causes[-1]).__name__}")
        return RejectedByProvider(f"{call} cannot be sent to {self._name}: {type(error).__name__}")

    def _problem(self, answer: Answer, secrets: frozenset[str]) -> OrderProblem:
        told = self._parse_error(answer)
        fault = replace(told, message=discreet(told.message, secrets))
        reason = one_line(" ".join(fault.message.split())[:MAX_REASON_CHARACTERS])
        message = f"{answer}: {reason}" if reason else str(answer)
        if is_transient(answer.status) if fault.transient is None else fault.transient:
            wait = self._wait(answer.headers)
            if answer.status == _TOO_MANY or answer.status >= 500:
                return Unavailable(message, wait, in_short=str(answer))
            return TransientProviderError(message, wait)
        return RefusedCall(message, answer.status, fault)


class _Session(requests.Session):
    """A redirect is an answer like any other; reading where it points could fail, and reads its body without limits."""

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - the name it is called by
        return None


def _http_session(adapter: BaseAdapter) -> requests.Session:
    http = _Session()
    http.trust_env = False
    http.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # the one part of it that threads could spoil
    http.mount("https://", adapter)
    http.mount("http://", adapter)
    return http


def _causes(error: BaseException, ambient: BaseException | None) -> Iterator[BaseException]:
    """`error` and what led to it, without `ambient`, which was already being handled when the call began."""
    cause: BaseException | None = error
    while cause is not None and cause is not ambient:
        yield cause
        cause = cause.__cause__ or cause.__context__
