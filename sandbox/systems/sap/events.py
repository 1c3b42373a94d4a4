"""Business events as CloudEvents: who gets them, in which mode, and what was given up (reference: sap.md section 5)."""

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, Literal
from urllib.parse import quote
from uuid import uuid4

import httpx

from sandbox.systems.kit import Callback, CallbackSender
from sandbox.systems.sap.config import Config
from sandbox.systems.sap.store import Row

Mode = Literal["structured", "json", "binary", "batch"]
_CONTENT_TYPES: Mapping[Mode, str] = {
    "structured": "application/cloudevents+json; charset=utf-8",
    "json": "application/json",
    "batch": "application/cloudevents-batch+json; charset=utf-8",
}
_BILLING_KEYS = ("BillingDocument", "BillingDocumentType", "BillingIssueType", "OverallBillingStatus")


@dataclass(frozen=True)
class Event:
    """What has happened, `type` exactly as in SAP's catalogue; `data` holds keys, all texts."""

    type: str
    data: Mapping[str, str]


def sales_order_event(happened: Literal["Created", "Changed", "Deleted"], number: str) -> Event:
    return Event(f"sap.s4.beh.salesorder.v1.SalesOrder.{happened}.v1", {"SalesOrder": number})


def billing_event(happened: Literal["Created", "Changed", "Canceled"], document: Row) -> Event:
    """Every category of billing document has the same events."""
    data = {name: document[name] for name in (*_BILLING_KEYS, "SDDocumentCategory")}
    return Event(f"sap.s4.beh.billingdocument.v1.BillingDocument.{happened}.v1", data)


@dataclass(frozen=True)
class WebhookAuth:
    """How a subscription signs in: `basic` (`name` is the user), a `header` of that name, or a `key` (`?code=`)."""

    kind: Literal["basic", "header", "key"]
    value: str
    name: str = ""


@dataclass(frozen=True)
class Webhook:
    """One subscription; `types` are globs on the event type, `validate` asks the endpoint's leave first."""

    url: str
    mode: Mode = "structured"
    types: tuple[str, ...] = ("*",)
    auth: WebhookAuth | None = None
    validate: bool = True

    def wants(self, event: Mapping[str, Any]) -> bool:
        return any(fnmatchcase(event["type"], pattern) for pattern in self.types)

    @property
    def address(self) -> str:
        if self.auth is None or self.auth.kind != "key":
            return self.url
        return f"{self.url}{'&' if '?' in self.url else '?'}code={quote(self.auth.value, safe='')}"

    def auth_headers(self) -> dict[str, str]:
        match self.auth:
            case WebhookAuth("header", value, name):
                return {name: value}
            case WebhookAuth("basic", value, name):
                return {"Authorization": f"Basic {base64.b64encode(f'{name}:{value}'.encode()).decode()}"}
        return {}


class ValidationFailed(Exception):
    """The endpoint did not allow the broker to send to it."""


class Events:
    """The event broker: keeps what was published, tells the webhooks, retries, and collects dead letters."""

    def __init__(self, sender: CallbackSender, config: Config) -> None:
        self._sender = sender
        self._config = config
        self._webhooks: dict[str, Webhook] = {}
        self.forget()

    def forget(self) -> None:
        """Forget what was published and what was given up; subscriptions stay."""
        self.published: list[dict[str, Any]] = []
        self.dead_letters: list[dict[str, Any]] = []

    def subscriptions(self) -> list[dict[str, Any]]:
        """Without their secrets."""
        return [
            {"id": webhook_id, **asdict(webhook), "auth": webhook.auth and webhook.auth.kind}
            for webhook_id, webhook in self._webhooks.items()
        ]

    async def subscribe(self, webhook: Webhook) -> str:
        """The new subscription's id; `ValidationFailed` when its endpoint does not agree."""
        if webhook.validate:
            await self._validate(webhook)
        webhook_id = str(uuid4())
        self._webhooks[webhook_id] = webhook
        return webhook_id

    def unsubscribe(self, webhook_id: str) -> bool:
        return self._webhooks.pop(webhook_id, None) is not None

    def unsubscribe_all(self) -> None:
        self._webhooks.clear()

    def publish(self, events: Iterable[Event]) -> None:
        """Publish what one piece of work has caused; events with no subscriber are lost, as in the broker."""
        self.send([self.envelope(event.type, self._shown(event.data)) for event in events])

    def _shown(self, data: Mapping[str, str]) -> dict[str, str]:
        padded = ("SalesOrder", "BillingDocument") if self._config.padded_numbers else ()
        return {name: value.zfill(10) if name in padded else value for name, value in data.items()}

    def envelope(self, event_type: str, data: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "type": event_type,
            "specversion": "1.0",
            "source": f"/default/sap.s4.beh/{self._config.system_id}",
            "id": str(uuid4()),
            "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "datacontenttype": "application/json",
            "data": dict(data),
        }

    def send(self, envelopes: Sequence[dict[str, Any]]) -> None:
        """Send finished CloudEvents, sound or not, to every webhook that wants them."""
        self.published += envelopes
        for webhook_id, webhook in self._webhooks.items():
            wanted = [envelope for envelope in envelopes if webhook.wants(envelope)]
            batches = [wanted] if webhook.mode == "batch" else [[envelope] for envelope in wanted]
            for batch in filter(None, batches):
                self._sender.send(self._callback(webhook_id, webhook, batch))

    def _callback(self, webhook_id: str, webhook: Webhook, batch: list[dict[str, Any]]) -> Callback:
        headers, body = _encoded(webhook.mode, batch)
        headers |= webhook.auth_headers()

        def given_up(status: int | None) -> None:
            self.dead_letters.append({"webhook": webhook_id, "http_status": status, "events": batch})

        return Callback(
            destination=webhook.address,
            label=_label(batch[0]["type"]),
            body=body,
            headers=lambda: headers,
            wanted=lambda: webhook_id in self._webhooks,
            given_up=given_up,
        )

    async def _validate(self, webhook: Webhook) -> None:
        """The CloudEvents webhook handshake."""
        asked = {
            "WebHook-Request-Origin": self._config.webhook_origin,
            "WebHook-Request-Rate": "120",
            **webhook.auth_headers(),
        }
        try:
            async with httpx.AsyncClient(timeout=self._config.webhook_timeout_seconds, trust_env=False) as http:
                answer = await http.options(webhook.address, headers=asked)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ValidationFailed(f"OPTIONS {webhook.url} failed: {error!r}") from error
        allowed = answer.headers.get("webhook-allowed-origin", "")
        if not answer.is_success or allowed not in ("*", self._config.webhook_origin):
            raise ValidationFailed(f"OPTIONS {webhook.url}: {answer.status_code}, allowed origin {allowed!r}")


def _encoded(mode: Mode, batch: list[dict[str, Any]]) -> tuple[dict[str, str], bytes]:
    """Headers and body of one delivery."""
    if mode == "batch":
        return {"Content-Type": _CONTENT_TYPES[mode]}, json.dumps(batch).encode()
    (event,) = batch
    if mode != "binary":
        return {"Content-Type": _CONTENT_TYPES[mode]}, json.dumps(event).encode()
    attributes = {f"ce-{name}": str(value) for name, value in event.items() if name not in ("data", "datacontenttype")}
    content_type = event.get("datacontenttype", "application/json")
    return {"Content-Type": content_type, **attributes}, json.dumps(event.get("data")).encode()


def _label(event_type: str) -> str:
    """`BillingDocument/Created` for an event of SAP's catalogue, else the type itself."""
    parts = event_type.split(".")
    return f"{parts[-3]}/{parts[-2]}" if event_type.startswith("sap.s4.beh.") and len(parts) >= 3 else event_type
