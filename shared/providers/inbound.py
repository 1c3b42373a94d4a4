"""Calls that outside systems make to us: what every provider does to believe and to read one."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, SecretStr

from shared.domain.errors import Malformed, NotAuthentic
from shared.domain.json_text import strict_json


def _fits_a_header(secret: SecretStr) -> SecretStr:
    value = secret.get_secret_value()
    if not value or not value.isascii() or not value.isprintable() or value.strip() != value:
        raise ValueError("must be one line of ASCII text without spaces around it")
    return secret


HeaderSecret = Annotated[SecretStr, AfterValidator(_fits_a_header)]


@dataclass(frozen=True)
class Ignored:
    """A genuine call that is none of our business."""

    reason: str


def without_case(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def check_header(headers: Mapping[str, str], name: str, *right: str) -> None:
    """Raises NotAuthentic unless the header is one of the `right` values. `headers` by names in lower case."""
    value = headers.get(name.lower(), "")
    if not is_one_of(value, *right):
        raise NotAuthentic(f"header {name} is {'wrong' if value else 'missing'}")


def is_one_of(given: str, *right: str) -> bool:
    """In a time that tells nothing: all are compared, whichever fits."""
    return any([hmac.compare_digest(bytes_of(given), bytes_of(each)) for each in right])


def bytes_of(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")  # compare_digest refuses text that is not ASCII


def json_body(raw_body: bytes) -> Any:
    """Raises Malformed."""
    try:
        return strict_json(raw_body)
    except ValueError as error:
        raise Malformed("the body is not JSON") from error


def json_object(raw_body: bytes) -> dict[str, Any]:
    """Raises Malformed."""
    body = json_body(raw_body)
    if not isinstance(body, dict):
        raise Malformed("the body is not a JSON object")
    return body
