"""BigCommerce callbacks: are they genuine, and what do they say (reference: bigcommerce.md section 2)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr
from standardwebhooks import Webhook

from shared.domain.errors import Malformed, NotAuthentic
from shared.domain.ports import Clock
from shared.providers.bigcommerce.connection import BigCommerceConnection
from shared.providers.inbound import Ignored, bytes_of, check_header, is_one_of, json_object, without_case


@dataclass(frozen=True)
class Callback:
    """Something happened to an order. `status_id` is a hint: callbacks come late, twice and out of order."""

    external_order_id: str
    scope: str
    status_id: int | None = None


_ORDER_KEYS = (
    (re.compile(r"store/order/(created|updated|statusUpdated|archived|refund/created)"), "id"),
    (re.compile(r"store/order/transaction/(created|updated)"), "order_id"),
    (re.compile(r"store/shipment/(created|updated|deleted)"), "orderId"),
    (re.compile(r"store/channel/[0-9]+/order/(created|updated|statusUpdated|archived|refund/created)"), "order_id"),
)
_SECONDS = re.compile(r"[0-9]{1,10}")
_ID = re.compile(r"[1-9][0-9]{0,17}")


@dataclass(frozen=True)
class BigCommerceCallbacks:
    """Reads the callbacks of one store."""

    connection: BigCommerceConnection
    now: Clock

    def read(self, headers: Mapping[str, str], raw_body: bytes) -> Callback | Ignored:
        """Raises NotAuthentic, Malformed."""
        verify(headers, raw_body, self.connection, self.now())
        return parse(raw_body, self.connection)


def verify(headers: Mapping[str, str], raw_body: bytes, connection: BigCommerceConnection, now: datetime) -> None:
    """Every check the connection has a secret for must pass: a forger must not choose the weaker one.

    Raises NotAuthentic.
    """
    given = without_case(headers)
    if connection.webhook_header_secret:
        check_header(given, connection.webhook_header_name, connection.webhook_header_secret.get_secret_value())
    if connection.webhook_client_secret:
        _verify_signature(given, raw_body, connection.webhook_client_secret)
        _verify_time(given, connection.webhook_tolerance_seconds, now)


def parse(raw_body: bytes, connection: BigCommerceConnection) -> Callback | Ignored:
    """What the callback says. Raises Malformed."""
    envelope = json_object(raw_body)
    scope, producer = envelope.get("scope"), envelope.get("producer")
    if not isinstance(scope, str) or not isinstance(producer, str):
        raise Malformed("scope and producer must be text")
    if producer != f"stores/{connection.store_hash}":
        return Ignored(f"comes from {producer[:100]}, which is another store")
    key = next((key for pattern, key in _ORDER_KEYS if pattern.fullmatch(scope)), None)
    if key is None:
        return Ignored(f"{scope[:100]} is not about what happens to an order")
    data = _single(envelope.get("data"))
    return Callback(_order_id(data, key), scope, _new_status(data))


def _verify_signature(given: Mapping[str, str], raw_body: bytes, secret: SecretStr) -> None:
    """Compares with what the library signs: its own `verify` fixes the tolerance and trips over odd signatures."""
    expected = _signed(given, raw_body, secret)
    if not is_one_of(expected, *given.get("webhook-signature", "").split()):
        raise NotAuthentic("no signature fits the body")


def _signed(given: Mapping[str, str], raw_body: bytes, secret: SecretStr) -> str:
    """BigCommerce's key is the client secret's plain bytes; the library would decode a text key as base64."""
    try:
        body = raw_body.decode()
    except UnicodeDecodeError:
        raise NotAuthentic("the body is not UTF-8") from None
    return Webhook(bytes_of(secret.get_secret_value())).sign(given.get("webhook-id", ""), _time(given), body)


def _verify_time(given: Mapping[str, str], tolerance_seconds: float, now: datetime) -> None:
    """A genuine callback that somebody kept must not work later."""
    if abs((now - _time(given)).total_seconds()) > tolerance_seconds:
        raise NotAuthentic(f"signed more than {tolerance_seconds:g} s from now")


def _time(given: Mapping[str, str]) -> datetime:
    text = given.get("webhook-timestamp", "")
    if not _SECONDS.fullmatch(text):
        raise NotAuthentic("webhook-timestamp is missing or malformed")
    return datetime.fromtimestamp(int(text), UTC)


def _single(data: Any) -> dict[str, Any]:
    """`data` as an object; some scopes wrap it in a list."""
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    if not isinstance(data, dict):
        raise Malformed("data is not one object")
    return data


def _order_id(data: Mapping[str, Any], key: str) -> str:
    """Ids come as numbers in most scopes and as digits in some."""
    value = data.get(key)
    if isinstance(value, bool) or not isinstance(value, int | str) or not _ID.fullmatch(str(value)):
        raise Malformed(f"data.{key} is not an order id")
    return str(value)


def _new_status(data: Mapping[str, Any]) -> int | None:
    status = data.get("status")
    new = status.get("new_status_id") if isinstance(status, dict) else None
    return new if isinstance(new, int) else None
