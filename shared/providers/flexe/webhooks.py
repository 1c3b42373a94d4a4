"""Flexe's callbacks: are they genuine, and which order is worth a look (all assumed; reference: flexe.md section 6).

A callback is only a hint: it may come late, twice, out of order or not at all, so nothing is taken from it but which
order it speaks of.
"""

import base64
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from shared.domain.errors import Malformed
from shared.providers.flexe.connection import FlexeConnection
from shared.providers.inbound import Ignored, check_header, json_object, without_case

_OF_AN_ORDER = "outbound_order."
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:~-]{0,99}")  # it becomes a part of a path
_MAX_REFERENCE_CHARACTERS = 100


@dataclass(frozen=True)
class OrderNotice:
    """Something happened to an outbound order. `external_order_id` is "" when the callback does not say it."""

    outbound_order_id: str
    external_order_id: str


def authenticate(headers: Mapping[str, str], raw_body: bytes, connection: FlexeConnection) -> None:
    """Every check the connection has a secret for must pass. Raises NotAuthentic."""
    given = without_case(headers)
    check_header(given, connection.webhook_secret_header, connection.webhook_secret.get_secret_value())
    if connection.webhook_signing_secret:
        right = _signatures(raw_body, connection.webhook_signing_secret)
        check_header(given, connection.webhook_signature_header, *right)


def parse(raw_body: bytes, connection: FlexeConnection) -> OrderNotice | Ignored:
    """Which order the callback speaks of. Raises Malformed."""
    event = json_object(raw_body)
    kind, owner_id, name = (_text(event, key) for key in ("type", "owner_id", "webhook_name"))
    if owner_id != connection.owner_id:
        return Ignored(f"it is about an order of another owner, {owner_id[:100]}")
    if name != connection.webhook_name:
        return Ignored(f"it was sent by another webhook, {name[:100]}")
    if not kind.startswith(_OF_AN_ORDER):
        return Ignored(f"{kind[:100]} is not about what happens to an order")
    data = event.get("data")
    if not isinstance(data, dict):
        raise Malformed("data is not an object")
    return OrderNotice(_order_id(data), _reference(data))


def _signatures(raw_body: bytes, secret: SecretStr) -> tuple[str, str]:
    """In hex and in base64."""
    digest = hmac.digest(secret.get_secret_value().encode(), raw_body, "sha256")
    return digest.hex(), base64.b64encode(digest).decode()


def _text(event: Mapping[str, Any], key: str) -> str:
    value = event.get(key)
    if not isinstance(value, str) or not value:
        raise Malformed(f"{key} is not text")
    return value


def _order_id(data: Mapping[str, Any]) -> str:
    value = data.get("outbound_order_id")
    if isinstance(value, bool) or not isinstance(value, int | str) or not _ID.fullmatch(str(value)):
        raise Malformed("data.outbound_order_id is not an order id")
    return str(value)


def _reference(data: Mapping[str, Any]) -> str:
    value = data.get("external_order_id")
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _MAX_REFERENCE_CHARACTERS:
        raise Malformed("data.external_order_id is not an order's name")
    return value
