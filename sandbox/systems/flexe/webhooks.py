"""The owner's webhooks and the events they get, one event per call."""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import uuid4

from sandbox.systems.flexe.config import LiveConfig, Webhook
from sandbox.systems.flexe.orders import Order, Shipment, timestamp
from sandbox.systems.kit import Callback, CallbackSender

# Seconds to wait after each failed attempt, 24 hours in all; then the event is lost.
RETRY_WAITS = (60, 240, 900, 1800, 3600, 7200, 14400, 28800, 29400)


class Webhooks:
    """Tells every registered webhook what happened to an order; no order of arrival is kept."""

    def __init__(self, live: LiveConfig, sender: CallbackSender) -> None:
        self._live = live
        self._sender = sender
        self._told: list[dict[str, Any]] = []
        self._registered: dict[str, Webhook] = {}
        self.keep_only_configured()

    def registered(self) -> list[dict[str, Any]]:
        """The registrations without their secrets."""
        return [
            {"id": webhook_id} | {name: value for name, value in asdict(webhook).items() if name != "secret"}
            for webhook_id, webhook in self._registered.items()
        ]

    def register(self, webhook: Webhook) -> str | None:
        """The new webhook's id; None when the name is taken."""
        if any(known.name == webhook.name for known in self._registered.values()):
            return None
        webhook_id = f"whk_{uuid4().hex[:12]}"
        self._registered[webhook_id] = webhook
        return webhook_id

    def unregister(self, webhook_id: str) -> bool:
        return self._registered.pop(webhook_id, None) is not None

    def keep_only_configured(self) -> None:
        """Forget every webhook but the configured ones."""
        self._registered = {f"whk_{uuid4().hex[:12]}": webhook for webhook in self._live.now.webhooks}

    def forget_events(self) -> None:
        """Forget the events that `resend` could send again."""
        self._told.clear()

    def tell(self, name: str, order: Order, shipment: Shipment | None = None) -> None:
        """Send `outbound_order.<name>` with the order's status as it is now."""
        event = {
            "id": _event_id(),
            "type": f"outbound_order.{name}",
            "occurred_at": timestamp(datetime.now(UTC)),
            "owner_id": order.wanted.owner_id,
            "data": {
                "outbound_order_id": order.id,
                "external_order_id": order.wanted.external_order_id,
                "status": self._live.now.status_words.get(order.status, order.status),
                **({"shipment": self._shown(shipment)} if shipment else {}),
            },
        }
        self._told.append(event)
        self._send(event)

    def resend(self, order_id: str, event_type: str, shipment_id: str | None, *, as_new: bool) -> bool:
        """Send the latest such event again, `as_new` under a new id; False when there is none.

        `order_id` is the order's own id or the external one; no `shipment_id`: of any shipment.
        """

        def is_meant(event: Mapping[str, Any]) -> bool:
            data = event["data"]
            return (
                event["type"] == event_type
                and order_id in (data["outbound_order_id"], data["external_order_id"])
                and shipment_id in (None, data.get("shipment", {}).get("id"))
            )

        event = next(filter(is_meant, reversed(self._told)), None)
        if event is not None:
            self._send(event | {"id": _event_id()} if as_new else event)
        return event is not None

    def _shown(self, shipment: Shipment) -> dict[str, Any]:
        config, facts = self._live.now, shipment.facts()
        if not config.event_shipment_lines:
            return facts
        spelled = str if config.event_quantities == "text" else int
        return facts | {"lines": [line | {"quantity": spelled(line["quantity"])} for line in shipment.lines]}

    def _send(self, event: Mapping[str, Any]) -> None:
        for webhook_id, webhook in self._registered.items():
            self._sender.send(self._callback(webhook_id, webhook, event))

    def _callback(self, webhook_id: str, webhook: Webhook, event: Mapping[str, Any]) -> Callback:
        body = json.dumps({**event, "webhook_name": webhook.name}, separators=(",", ":")).encode()
        return Callback(
            destination=webhook.url,
            label=event["type"],
            body=body,
            headers=lambda: {"Content-Type": "application/json", **self._proof(webhook, body)},
            wanted=lambda: webhook_id in self._registered,
        )

    def _proof(self, webhook: Webhook, body: bytes) -> dict[str, str]:
        """The headers a receiver can know the sender by."""
        if self._live.now.webhook_signing == "none":
            return {}
        secret = webhook.secret if self._live.now.webhook_signing == "right" else f"not-{webhook.secret}"
        proof = {webhook.secret_header: secret}
        if webhook.signature_encoding:
            proof[webhook.signature_header] = signature(secret, body, webhook.signature_encoding)
        return proof


def signature(secret: str, body: bytes, encoding: Literal["hex", "base64"]) -> str:
    """HMAC-SHA256 of the raw body; the key is the secret's UTF-8 bytes."""
    digest = hmac.digest(secret.encode(), body, "sha256")
    return digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()


def _event_id() -> str:
    return f"evt_{uuid4().hex[:16]}"
