"""SAP's error answers in our words (reference: sap.md sections 1 and 2).

RejectedByProvider
└── RefusedCall         `fault.code` is SAP's message class and number, or CSRF_REQUIRED
TransientProviderError  also what was refused with 400 because somebody is working on the document
"""

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

from shared.domain.json_text import lenient_json
from shared.providers.answers import SEARCHED_CHARACTERS, Answer, ProviderFault, page_title

CSRF_REQUIRED = "csrf token required"

_LOCK_STATUSES = frozenset({400, 409})
# Locks come without a code of their own; how they are worded depends on the kind of document (assumed: English).
_LOCKED = re.compile(
    r"currently (?:being )?(?:processed|edited|used|locked)|(?:is|are) (?:being processed|locked|blocked) by",
    re.IGNORECASE,
)
# Neither holds a second beginning: each of many would otherwise be read on to the end of the text.
_XML_MESSAGE = re.compile(r"<(?:\w+:)?message\b[^<>]*>((?:[^<]|<(?!(?:\w+:)?message\b))*?)</(?:\w+:)?message>")
_XML_CODE = re.compile(r"<(?:\w+:)?code\b[^<>]*>((?:[^<]|<(?!(?:\w+:)?code\b))*?)</(?:\w+:)?code>")


def read_fault(answer: Answer) -> ProviderFault:
    """Reads an error that is JSON, XML, a page or plain text."""
    if answer.status == 403 and answer.headers.get("x-csrf-token", "").lower() == "required":
        return ProviderFault(answer.text, CSRF_REQUIRED)
    message, code = _json_error(answer.body) or _marked_up(answer.text)
    is_lock = answer.status in _LOCK_STATUSES and _LOCKED.search(message) is not None
    return ProviderFault(message, code, transient=True if is_lock else None)


def _json_error(body: bytes) -> tuple[str, str] | None:
    """Of `{"error": {"code", "message": {"value"}, "innererror": {"errordetails": [...]}}}`; None for anything else."""
    try:
        error = lenient_json(body)["error"]
        message = error["message"]
        text, code = str(message["value"] if isinstance(message, dict) else message), str(error["code"])
        return "; ".join(dict.fromkeys([text, *_details(error)])), code
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _details(error: Mapping[str, Any]) -> Iterator[str]:
    """The single errors behind a general one."""
    for detail in error.get("innererror", {}).get("errordetails", ()):
        if detail.get("severity", "error") == "error" and detail.get("message"):
            yield str(detail["message"])


def _marked_up(text: str) -> tuple[str, str]:
    """Message and code of an XML error; of a page its title, of plain text all."""
    searched = text[:SEARCHED_CHARACTERS]
    if message := _XML_MESSAGE.search(searched):
        code = _XML_CODE.search(searched)
        return html.unescape(message[1]), code[1] if code else ""
    return page_title(text) or text, ""
