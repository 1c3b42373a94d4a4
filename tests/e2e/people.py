"""Those outside the app: the shop, the people in F&O, the operator, and whoever reaches into the queues."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from azure.storage.queue import QueueServiceClient, TextBase64EncodePolicy

from sandbox.credentials import Credentials
from sandbox.demo.world import App, BigCommerce, FinOps, StandIn


class _Faulty(StandIn):
    """What both stand-ins can be told to do wrong."""

    def fails(self, call: str, times: int = 1, **fault: Any) -> None:
        """The next `times` calls like `call` meet the fault: `status=503`, `drop="after"`, `delay_seconds=2`..."""
        self._post("/_control/faults", {"call": call, "fault": fault, "times": times})

    def callbacks(self, match: str, **fault: int) -> None:
        """The next callback of that label is treated so: `lose=1`, `duplicate=5`, `delay_seconds=2`..."""
        self._post("/_control/faults", {"callbacks": fault, "match": match})

    def armed(self) -> list[dict[str, Any]]:
        return self._get("/_control/faults")["faults"]

    def mended(self) -> None:
        """No fault is armed any more."""
        self._http.delete("/_control/faults").raise_for_status()

    def callbacks_under_way(self) -> int:
        return self._get("/_control/callbacks")["pending"]


class Shop(_Faulty, BigCommerce):
    def status(self, external_id: str, status_id: int) -> None:
        self._post(f"/_control/orders/{external_id}/status", {"status_id": status_id})

    def cancels(self, external_id: str) -> None:
        self._post(f"/_control/orders/{external_id}/cancel")

    def repeats(self, external_id: str, scope: str) -> None:
        """The order's latest callback of this scope goes out once more."""
        body = {"order_id": int(external_id), "scope": scope}
        self._http.post("/_control/callbacks/resend", json=body).raise_for_status()


class Office(_Faulty, FinOps):
    """Dataverse with F&O behind it, and those who work there."""

    def confirm(self, number: str) -> None:
        self._post(f"/_control/orders/{number}/confirm")

    def cancel(self, number: str) -> None:
        self._post(f"/_control/orders/{number}/cancel")

    def map(self, name: str, action: str, **wish: bool) -> None:
        """`headers` or `lines`: pause, run or stop."""
        self._post(f"/_control/maps/{name}/{action}", wish)

    def rows(self, entity_set: str) -> list[dict[str, Any]]:
        return self._get(f"/_control/rows/{entity_set}")["rows"]

    def put_row(self, entity_set: str, row: Mapping[str, Any]) -> None:
        self._post(f"/_control/rows/{entity_set}", row)

    def remove_row(self, entity_set: str, row_id: str) -> None:
        self._http.delete(f"/_control/rows/{entity_set}({row_id})").raise_for_status()

    def mended(self) -> None:
        super().mended()
        for name in ("headers", "lines"):
            self.map(name, "run")


class Operator(App):
    """Uses the operations interface; may also knock at the app's webhooks."""

    def errors(self, order_id: str | None = None, **query: str) -> list[dict[str, Any]]:
        """The error pages, or what they say about one order."""
        entries = self._get("/api/errors", **query)["errors"]
        return [entry for entry in entries if order_id in (None, entry["order_id"])]

    def reprocess(self, order_id: str, times: int = 1) -> list[int]:
        """Clicks that many times at once; the answers' status codes."""
        with ThreadPoolExecutor(times) as clicks:
            return list(
                clicks.map(lambda _: self.asks("POST", f"orders/{order_id}/reprocess").status_code, range(times))
            )

    def asks(self, method: str, path: str, **rest: Any) -> httpx.Response:
        """Any call, refused or not."""
        return self._http.request(method, f"/api/{path}", **rest)

    def runs(self, function: str) -> None:
        """Has the host run a timer's function now."""
        self._http.post(f"/admin/functions/{function}").raise_for_status()

    def work_done(self) -> dict[str, Any]:
        """How often each function was run."""
        return self._get("/admin/host/metrics")["invocations"]


class Caller:
    """Posts callbacks to the app as BigCommerce would, or not quite."""

    def __init__(self, operator: Operator, credentials: Credentials) -> None:
        self._operator, self._credentials = operator, credentials

    def callback(self, external_id: str, **changes: Any) -> bytes:
        data = {"type": "order", "id": int(external_id)}
        producer = f"stores/{self._credentials.store_hash}"
        body = {"scope": "store/order/created", "store_id": "1", "data": data, "hash": "1", "producer": producer}
        return json.dumps(body | changes).encode()

    def headers(self, body: bytes, *, age_seconds: int = 0) -> dict[str, str]:
        """All a genuine callback has; it is signed with the plain bytes of the client secret."""
        stamp = str(int(time.time()) - age_seconds)
        signed = f"msg_1.{stamp}.".encode() + body
        digest = hmac.digest(self._credentials.client_secret.encode(), signed, hashlib.sha256)
        return {
            **self._credentials.webhook_headers,
            "webhook-id": "msg_1",
            "webhook-timestamp": stamp,
            "webhook-signature": "v1," + base64.b64encode(digest).decode(),
        }

    def posts(self, body: bytes, headers: Mapping[str, str] | None = None) -> int:
        """The status code; genuine headers unless others are given."""
        given = self.headers(body) if headers is None else headers
        return self._operator.asks("POST", "webhooks/bigcommerce", content=body, headers=given).status_code


class Queues:
    """The app's queues, seen from outside."""

    def __init__(self, connection_string: str) -> None:
        self._service = QueueServiceClient.from_connection_string(connection_string)

    def put(self, queue: str, *messages: str) -> None:
        with self._service.get_queue_client(queue, message_encode_policy=TextBase64EncodePolicy()) as client:
            for message in messages:
                client.send_message(message)

    def waiting(self) -> dict[str, int]:
        """How many messages each queue holds, those in hand and those put off included; empty queues left out."""
        counts = {}
        for queue in self._service.list_queues():
            with self._service.get_queue_client(queue) as client:
                counts[queue.name] = client.get_queue_properties().approximate_message_count or 0
        return {name: count for name, count in counts.items() if count}

    def close(self) -> None:
        self._service.close()
