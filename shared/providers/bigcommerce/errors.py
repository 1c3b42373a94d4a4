"""BigCommerce's error answers and rate limits (reference: bigcommerce.md section 1)."""

from collections.abc import Mapping
from typing import Any

from shared.domain.json_text import lenient_json
from shared.providers.answers import Answer, ProviderFault, number, page_title, retry_after


def read_fault(answer: Answer) -> ProviderFault:
    """Reads a V2 array, a V3 object, an HTML page or plain text, whichever it is; V2 paths may answer any of them."""
    try:
        body = lenient_json(answer.body)
    except ValueError:
        return ProviderFault(page_title(answer.text))
    fault = body[0] if isinstance(body, list) and body else body
    return ProviderFault(_sentence(fault) if isinstance(fault, dict) else "")


def wait(headers: Mapping[str, str]) -> float | None:
    """Seconds until the quota is refilled: the longest wait that any header names, None when none does."""
    reset_ms = number(headers.get("X-Rate-Limit-Time-Reset-Ms"))
    waits = (
        None if reset_ms is None else reset_ms / 1000,
        number(headers.get("X-Retry-After")),
        retry_after(headers),
    )
    return max((seconds for seconds in waits if seconds is not None), default=None)


def _sentence(fault: dict[str, Any]) -> str:
    reason = str(fault.get("title") or fault.get("message") or "")
    fields = fault.get("errors")
    if not isinstance(fields, dict) or not fields:
        return reason
    return f"{reason} ({'; '.join(f'{field}: {why}' for field, why in fields.items())})"
