"""Flexe's error answers. Their shape is assumed, so any other is read too (reference: flexe.md section 3)."""

from collections.abc import Iterator
from typing import Any

from shared.domain.json_text import lenient_json
from shared.providers.answers import Answer, ProviderFault, RefusedCall, page_title

_TEXTS = ("message", "detail", "title", "error", "description")


def read_fault(answer: Answer) -> ProviderFault:
    """Reads `{"errors": [{"code", "message", "field"}]}`, other JSON, a page or plain text, whichever it is."""
    try:
        body = lenient_json(answer.body)
    except ValueError:
        return ProviderFault(page_title(answer.text))
    return ProviderFault("; ".join(dict.fromkeys(_sentences(body))), _code(body))


def says_duplicate(refusal: RefusedCall) -> bool:
    """Whether a create was refused because there is an order with this external id: 409, or a 422 in such words."""
    words = f"{refusal.fault.code} {refusal.fault.message}".lower()
    return refusal.status == 409 or "duplicate" in words or "already exist" in words


def _sentences(fault: Any) -> Iterator[str]:
    """Every reason given, each with the field it is about."""
    if isinstance(fault, str):
        yield fault
    elif isinstance(fault, list):
        for each in fault:
            yield from _sentences(each)
    elif isinstance(fault, dict):
        yield from _of_object(fault)


def _of_object(fault: dict[str, Any]) -> Iterator[str]:
    if errors := fault.get("errors"):
        yield from _by_field(errors) if isinstance(errors, dict) else _sentences(errors)
        return
    reasons = [reason for name in _TEXTS for reason in _sentences(fault.get(name))]
    reason = reasons[0] if reasons else str(fault.get("code") or "")
    field = fault.get("field")
    yield f"{field}: {reason}" if field else reason


def _by_field(errors: dict[str, Any]) -> Iterator[str]:
    for field, reasons in errors.items():
        yield from (f"{field}: {reason}" for reason in _sentences(reasons))


def _code(body: Any) -> str:
    """The first code given."""
    if isinstance(body, list):
        return next(filter(None, map(_code, body)), "")
    if not isinstance(body, dict):
        return ""
    own = body.get("code")
    return str(own) if own else _code(body.get("errors")) or _code(body.get("error"))
