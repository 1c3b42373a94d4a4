"""The callbacks of the store: thin bodies, the hook's own headers, and a Standard Webhooks signature."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from itertools import count
from typing import Any

from sandbox.systems.bigcommerce.config import Config
from sandbox.systems.bigcommerce.hooks import Hook, Hooks
from sandbox.systems.bigcommerce.orders import StatusChange
from sandbox.systems.kit import Callback, CallbackSender

# Seconds to wait after each failed attempt; after the last one the hook is deactivated.
RETRY_WAITS = (60, 180, 300, 600, 900, 1800, 3600, 7200, 21600, 50400, 86400)


@dataclass(frozen=True)
class StoreEvent:
    """One event as every hook that hears it is told; `id` stays the same over retries and repeats."""

    id: str
    scope: str
    body: bytes


class StoreCallbacks:
    """Tells the hooks what has happened in the store."""

    def __init__(self, config: Config, hooks: Hooks, sender: CallbackSender) -> None:
        self._config = config
        self._hooks = hooks
        self._sender = sender
        self._serials = count(1)
        self._latest: dict[tuple[int, str], StoreEvent] = {}

    def forget(self) -> None:
        """Forget the events that `resend` could send again."""
        self._latest.clear()

    def order_created(self, order_id: int) -> None:
        self._tell("store/order/created", order_id, {"type": "order", "id": order_id})

    def order_updated(self, order_id: int, change: StatusChange | None) -> None:
        """`updated`, and `statusUpdated` too when the status has changed."""
        self._tell("store/order/updated", order_id, {"type": "order", "id": order_id})
        if change:
            status = {"previous_status_id": change.previous_id, "new_status_id": change.new_id}
            self._tell("store/order/statusUpdated", order_id, {"type": "order", "id": order_id, "status": status})

    def order_archived(self, order_id: int) -> None:
        self._tell("store/order/archived", order_id, {"type": "order", "id": order_id})

    def refund_created(self, order_id: int, refund_id: int) -> None:
        data = {"type": "order", "id": order_id, "refund": {"refund_id": refund_id}}
        self._tell("store/order/refund/created", order_id, data)

    def shipment_created(self, order_id: int, shipment_id: int) -> None:
        self._tell("store/shipment/created", order_id, {"type": "shipment", "id": shipment_id, "orderId": order_id})

    def shipment_updated(self, order_id: int, shipment_id: int) -> None:
        self._tell("store/shipment/updated", order_id, {"type": "shipment", "id": shipment_id, "orderId": order_id})

    def resend(self, order_id: int, scope: str) -> bool:
        """Send the order's latest callback of this scope again, body and hash unchanged; False when there is none."""
        event = self._latest.get((order_id, scope))
        if event:
            self._send(event)
        return event is not None

    def _tell(self, scope: str, order_id: int, data: dict[str, Any]) -> None:
        serial = next(self._serials)
        created_at = int(time.time())
        digest = hashlib.sha1(f"{serial} {created_at} {scope} {data}".encode(), usedforsecurity=False).hexdigest()
        body = {
            "scope": scope,
            "store_id": self._config.store_id,
            "data": data,
            "hash": digest,
            "created_at": created_at,
            "producer": f"stores/{self._config.store_hash}",
        }
        event = StoreEvent(f"msg_{digest[:24]}", scope, json.dumps(body, separators=(",", ":")).encode())
        self._latest[order_id, scope] = event
        self._send(event)

    def _send(self, event: StoreEvent) -> None:
        for hook in self._hooks.hearing(event.scope):
            self._sender.send(self._callback(hook, event))

    def _callback(self, hook: Hook, event: StoreEvent) -> Callback:
        return Callback(
            destination=hook.destination,
            label=event.scope,
            body=event.body,
            headers=lambda: {**(hook.headers or {}), "Content-Type": "application/json", **self._signed(event)},
            wanted=lambda: self._hooks.is_listening(hook),
            given_up=lambda _: self._hooks.deactivate(hook),
        )

    def _signed(self, event: StoreEvent) -> dict[str, str]:
        # Stamped anew for each attempt, else a late retry would be refused as too old.
        timestamp = int(time.time())
        return {
            "webhook-id": event.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(self._config.client_secret, event.id, timestamp, event.body),
        }


def signature(client_secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` value: the key is the client secret's raw UTF-8 bytes, the timestamp epoch seconds."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(client_secret.encode(), signed, "sha256")).decode()
