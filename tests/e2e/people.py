"""Those outside the app: the shop, the people in F&O, at Flexe and in SAP, the operator, and whoever reaches into the
queues."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from azure.servicebus import ServiceBusClient, ServiceBusMessage
from azure.storage.queue import QueueServiceClient, TextBase64EncodePolicy

from sandbox.credentials import Credentials
from sandbox.demo.world import App, BigCommerce, FinOps, Flexe, Quantities, Sap, StandIn, World


class Faulty(StandIn):
    """What every stand-in can be told to do wrong."""

    def fails(self, call: str, times: int = 1, **fault: Any) -> None:
        """The next `times` calls like `call` meet the fault: `status=503`, `drop="after"`, `delay_seconds=2`..."""
        self._post("/_control/faults", {"call": call, "fault": fault, "times": times})

    def callbacks(self, match: str, **fault: int) -> None:
        """The next callback of that label is treated so: `lose=1`, `duplicate=5`, `delay_seconds=2`..."""
        self._post("/_control/faults", {"callbacks": fault, "match": match})

    def armed(self) -> list[dict[str, Any]]:
        return self._get("/_control/faults")["faults"]

    def callbacks_not_taken(self) -> list[dict[str, Any]]:
        """The latest that got no answer, or no good one."""
        attempts = self._get("/_control/callbacks")["attempts"]
        return [each for each in attempts if not each["status"] or each["status"] >= 300][-3:]

    def mended(self) -> None:
        """No fault is armed any more."""
        self._http.delete("/_control/faults").raise_for_status()


class Shop(Faulty, BigCommerce):
    def status(self, external_id: str, status_id: int) -> None:
        self._post(f"/_control/orders/{external_id}/status", {"status_id": status_id})

    def cancels(self, external_id: str) -> None:
        self._post(f"/_control/orders/{external_id}/cancel")

    def refunds(self, external_id: str) -> None:
        """All of it."""
        self._post(f"/_control/orders/{external_id}/refund")

    def repeats(self, external_id: str, scope: str) -> None:
        """The order's latest callback of this scope goes out once more."""
        body = {"order_id": int(external_id), "scope": scope}
        self._http.post("/_control/callbacks/resend", json=body).raise_for_status()


class Office(Faulty, FinOps):
    """Dataverse with F&O behind it, and those who work there."""

    def cancel(self, number: str, lines: Quantities | None = None) -> None:
        self._document(number, "cancel", lines)

    def invoice_only(self, number: str, lines: Quantities) -> None:
        self._document(number, "invoice", lines)

    def map(self, name: str, action: str, **wish: bool) -> None:
        """`headers` or `lines`: pause, run or stop."""
        self._post(f"/_control/maps/{name}/{action}", wish)

    def failed_jobs(self, row_id: str) -> list[dict[str, Any]]:
        """Messages about the row that Dataverse has given up for good."""
        return [job for job in self._get("/_control/failed-jobs")["failed_jobs"] if job["id"] == row_id]

    def forgets_changes(self) -> None:
        """Every link to the change feed is too old."""
        self._http.post("/_control/expire-delta-tokens").raise_for_status()

    def rows(self, entity_set: str) -> list[dict[str, Any]]:
        return self._get(f"/_control/rows/{entity_set}")["rows"]

    def lines(self, order_id: str) -> list[dict[str, Any]]:
        """The order's line rows, in order."""
        ours = [row for row in self.rows("salesorderdetails") if row["_salesorderid_value"] == order_id]
        return sorted(ours, key=lambda row: row["sequencenumber"])

    def put_row(self, entity_set: str, row: Mapping[str, Any]) -> None:
        self._post(f"/_control/rows/{entity_set}", row)

    def remove_row(self, entity_set: str, row_id: str) -> None:
        self._http.delete(f"/_control/rows/{entity_set}({row_id})").raise_for_status()

    def mended(self) -> None:
        super().mended()
        for name in ("headers", "lines"):
            self.map(name, "run")


class Warehouse(Faulty, Flexe):
    """Flexe, and those who pack there. Orders by Flexe's id or the one they were sent under, lines by our id."""

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        self._switches: dict[str, Any] = self._get("/_control/switches")

    def orders(self) -> list[dict[str, Any]]:
        return self._get("/_control/orders")["orders"]

    def send_parcels(self, order: str, *parcels: Mapping[str, Any]) -> None:
        """Each of `lines` (units by line), `tracking_numbers`, `warehouse`, all optional: the rest of the order."""
        self._does(order, "ship", {"parcels": list(parcels or ({},))})

    def track(self, order: str, shipment_id: str, *numbers: str) -> None:
        """The parcel's tracking comes late, or changes."""
        self._does(order, "track", {"shipment_id": shipment_id, "tracking_numbers": list(numbers)})

    def short(self, order: str, lines: Mapping[str, int]) -> None:
        """So many units cannot be found."""
        self._does(order, "short", {"lines": dict(lines)})

    def begin(self, order: str) -> None:
        """To pack it: it can be cancelled no more."""
        self._does(order, "pick")

    def hold(self, order: str) -> None:
        self._does(order, "hold")

    def accept(self, order: str) -> None:
        self._does(order, "accept")

    def cancel(self, order: str) -> None:
        self._does(order, "cancel")

    def repeats(self, order: str, event: str, *, new_id: bool = False) -> None:
        """The order's latest event of this type goes out once more."""
        body = {"order_id": order, "type": f"outbound_order.{event}", "new_id": new_id}
        self._http.post("/_control/callbacks/resend", json=body).raise_for_status()

    def behaves(self, **switches: Any) -> None:
        """Until it is mended: `cancellation="on_request"`, `unknown_skus="reject_later"`..."""
        self._post("/_control/switches", switches)

    def mended(self) -> None:
        super().mended()
        self.behaves(**self._switches)

    def _does(self, order: str, deed: str, wish: Mapping[str, Any] | None = None) -> None:
        self._post(f"/_control/orders/{order}/{deed}", wish)


class Accounting(Faulty, Sap):
    """S/4HANA, and those who invoice there. Sales orders by their numbers, items by theirs."""

    def invoice_in_documents(self, number: str, *documents: Mapping[str, float]) -> None:
        """One invoice for each: units by item."""
        self._post(f"/_control/orders/{number}/invoice", {"documents": list(documents)})

    def pro_forma(self, number: str) -> None:
        self._post(f"/_control/orders/{number}/pro-forma")

    def cancel_invoice(self, number: str) -> None:
        """The latest that stands."""
        self._post(f"/_control/orders/{number}/cancel-invoice")

    def repeats(self, document: str, *, new_id: bool = False) -> None:
        """The latest event about a document goes out once more."""
        self._post("/_control/events/resend", {"document": document, "new_id": new_id})

    @contextmanager
    def speaking(self, mode: str, secret: str) -> Iterator[None]:
        """Meanwhile events come in this mode of CloudEvents, not the usual one; SAP asks the app's leave first."""
        [usual] = self._get("/_control/webhooks")["webhooks"]
        auth = {"kind": "header", "name": "X-Webhook-Secret", "value": secret}
        self._subscribe(usual, mode, auth)
        try:
            yield
        finally:
            self._subscribe(usual, usual["mode"], auth)

    def _subscribe(self, like: Mapping[str, Any], mode: str, auth: Mapping[str, str]) -> None:
        """Instead of what is subscribed now."""
        for webhook in self._get("/_control/webhooks")["webhooks"]:
            self._http.delete(f"/_control/webhooks/{webhook['id']}").raise_for_status()
        self._post("/_control/webhooks", {"url": like["url"], "types": like["types"], "mode": mode, "auth": auth})


class Operator(App):
    """Uses the operations interface; may also knock at the app's webhooks."""

    def errors(self, order_id: str | None = None, **query: str) -> list[dict[str, Any]]:
        """The error pages, or what they say about one order."""
        entries = self._get("/api/errors", **query)["errors"]
        return [entry for entry in entries if order_id in (None, entry["order_id"])]

    def outages(self) -> list[str]:
        """What the error pages tell of providers that are down."""
        return [entry["message"] for entry in self.errors() if "system" in entry["details"]]

    def reprocess(self, order_id: str, times: int = 1) -> list[int]:
        """Clicks that many times at once; the answers' status codes."""
        return self._clicks(f"orders/{order_id}/reprocess", times)

    def cancel(self, order_id: str, times: int = 1) -> list[int]:
        return self._clicks(f"orders/{order_id}/cancel", times)

    def asks(self, method: str, path: str, **rest: Any) -> httpx.Response:
        """Any call, refused or not."""
        return self._http.request(method, f"/api/{path}", **rest)

    def runs(self, function: str) -> None:
        """Has the host run a timer's function now."""
        self._http.post(f"/admin/functions/{function}").raise_for_status()

    def work(self) -> tuple[dict[str, Any], int]:
        """How often each function was begun, and how many of them run now."""
        metrics = self._get("/admin/host/metrics")
        return metrics["invocations"], metrics["executionsRunning"]

    def work_done(self) -> dict[str, Any]:
        """How often each function was run."""
        begun, _ = self.work()
        return begun

    def _clicks(self, path: str, times: int) -> list[int]:
        with ThreadPoolExecutor(times) as clicks:
            return list(clicks.map(lambda _: self.asks("POST", path).status_code, range(times)))


@dataclass(frozen=True)
class People(World):
    """Everyone outside."""

    app: Operator
    bigcommerce: Shop
    finops: Office
    flexe: Warehouse
    sap: Accounting


@dataclass(frozen=True)
class Among:
    """Whoever has to do with everyone outside."""

    people: People

    @property
    def operator(self) -> Operator:
        return self.people.app

    @property
    def shop(self) -> Shop:
        return self.people.bigcommerce

    @property
    def office(self) -> Office:
        return self.people.finops

    @property
    def warehouse(self) -> Warehouse:
        return self.people.flexe

    @property
    def accounting(self) -> Accounting:
        return self.people.sap


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


class BusQueues:
    """The same where Service Bus carries the messages; what was given up and not yet told of waits, too."""

    def __init__(self, control: str, connection_string: str) -> None:
        self._http = httpx.Client(base_url=f"{control}/_control", timeout=30)
        self._client = ServiceBusClient.from_connection_string(connection_string)

    def put(self, queue: str, *messages: str, session: str | None = "a stranger") -> None:
        with self._client.get_queue_sender(queue) as sender:
            for message in messages:
                sender.send_messages(ServiceBusMessage(message, session_id=session, message_id=uuid4().hex))

    def waiting(self) -> dict[str, int]:
        kinds = ("active", "locked", "scheduled", "dead_lettered")
        counts = {name: sum(queue[kind] for kind in kinds) for name, queue in self.queues().items()}
        return {name: count for name, count in counts.items() if count}

    def queues(self) -> dict[str, dict[str, Any]]:
        return self._asks("queues")["queues"]

    def messages(self, queue: str) -> list[dict[str, Any]]:
        """What is in a queue, in hand and put off, too."""
        return self._asks(f"queues/{queue}/messages")["messages"]

    def effects(self, kind: str, queue: str) -> list[dict[str, Any]]:
        return [effect for effect in self._asks(f"effects?kind={kind}")["effects"] if effect["queue"] == queue]

    def drops_connections(self) -> None:
        self._http.post("drop-connections").raise_for_status()

    def close(self) -> None:
        self._client.close()
        self._http.close()

    def _asks(self, path: str) -> Any:
        return self._http.get(path).raise_for_status().json()
