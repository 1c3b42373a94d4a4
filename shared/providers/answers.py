"""What an outside system answers, and how an error answer is read.

TransientProviderError    408, 423, 425, 429, 499, 5xx; a 2xx that is not JSON
RejectedByProvider
└── RefusedCall           any other answer that is not 2xx; 501, 505 and 507 too: trying again changes nothing
"""

import html
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.json_text import lenient_json

_BUSY = frozenset({408, 423, 425, 429, 499})
# Of an answer, however long it is: a search holds up every other thread.
SEARCHED_CHARACTERS = 64 * 1024
# Holds no second beginning: each of many would otherwise be read on to the end of the text.
_HTML_TITLE = re.compile(r"<title\b[^<>]*>((?:[^<]|<(?!title\b))*?)</title>", re.IGNORECASE)
_FINAL_SERVER_ERRORS = frozenset({501, 505, 507})


@dataclass(frozen=True)
class Answer:
    """What came back, read to its end. `headers` ignore case; `call` is method and path, without the query.

    `cookies` are those it sets, by name. The session sends none back: who needs to does so in a header of its own.
    """

    provider: str
    call: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.provider} answered {self.status} to {self.call}"

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The decoded body.

        Raises TransientProviderError when it is not JSON: a 2xx of that kind is a gateway's page or half an answer, so
        trying again is right (whoever writes looks first at what is already there).
        """
        try:
            return lenient_json(self.body)
        except ValueError as error:
            raise TransientProviderError(f"{self} with a body that is not JSON") from error


@dataclass(frozen=True)
class ProviderFault:
    """An error answer as its provider means it. `transient` overrules the status code, None leaves it to decide."""

    message: str = ""
    code: str = ""
    transient: bool | None = None


class RefusedCall(RejectedByProvider):
    """The provider refused one call. `fault.message` is the whole reason, the exception's own text a cut one."""

    def __init__(self, message: str, status: int, fault: ProviderFault) -> None:
        super().__init__(message)
        self.status = status
        self.fault = fault


def text_fault(answer: Answer) -> ProviderFault:
    """Reads an error of unknown shape: its text is the reason."""
    return ProviderFault(answer.text)


def is_transient(status: int) -> bool:
    """Whether a call answered with this error status may go better later."""
    return status in _BUSY or (status >= 500 and status not in _FINAL_SERVER_ERRORS)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The wait in seconds that the standard `Retry-After` header asks for, given as seconds or as a date."""
    value = headers.get("Retry-After", "")
    wait = number(value)
    return _seconds_until(value) if wait is None else wait


def number(value: str | None) -> float | None:
    """A header's count of seconds or milliseconds; None unless it is a finite number and not negative."""
    try:
        count = float(value or "")
    except ValueError:
        return None
    return count if math.isfinite(count) and count >= 0 else None


def _seconds_until(date: str) -> float | None:
    try:
        then = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (then.replace(tzinfo=then.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def page_title(text: str) -> str:
    """Of an HTML page, "" when it has none; any other text as it is."""
    if not text.lstrip().startswith("<"):
        return text
    title = _HTML_TITLE.search(text[:SEARCHED_CHARACTERS])
    return html.unescape(title[1]).strip() if title else ""
