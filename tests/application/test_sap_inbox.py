"""SAP's events: genuine and well-formed ones are queued, from a real broker."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from shared.application.provider_events import ProviderEvent
from shared.application.sap_inbox import SapInbox
from shared.domain.actions import Provider
from shared.domain.errors import Malformed, NotAuthentic
from shared.messaging.names import events_queue
from tests.application.samples import RecordingQueues
from tests.providers.sap.samples import Sap, connection, sap_with
from tests.systems.conftest import Receiver, wait_until

SECRET = {"X-Webhook-Secret": "s3cret", "Content-Type": "application/cloudevents+json"}
SALES_ORDER = "sap.s4.beh.salesorder.v1.SalesOrder.Created.v1"


@pytest.fixture
def queues() -> RecordingQueues:
    return RecordingQueues()


@pytest.fixture
def inbox(queues: RecordingQueues) -> SapInbox:
    return SapInbox(connection(webhook_secret="s3cret"), queues)


def queued(queues: RecordingQueues) -> list[str]:
    messages = map(ProviderEvent.model_validate_json, queues.messages(events_queue(Provider.SAP)))
    return [message.document for message in messages]


def an_event(document: str = "90000318", **changes: Any) -> dict[str, Any]:
    event = {
        "type": "sap.s4.beh.billingdocument.v1.BillingDocument.Created.v1",
        "specversion": "1.0",
        "source": "/default/sap.s4.beh/900100200",
        "id": "1",
        "data": {"BillingDocument": document},
    }
    return event | changes


def test_a_billing_event_is_queued(inbox, queues):
    why = inbox.receive(SECRET, json.dumps(an_event("0090000318")).encode())

    assert why is None
    assert [ProviderEvent.model_validate_json(message) for message in queues.messages("provider-events-sap")] == [
        ProviderEvent(provider=Provider.SAP, document="90000318")
    ]


def test_an_event_that_is_not_ours_is_not_queued_and_says_why(inbox, queues):
    why = inbox.receive(SECRET, json.dumps(an_event(type=SALES_ORDER)).encode())

    assert why == f"{SALES_ORDER} is not about a billing document"
    assert queues.sent == []


def test_an_empty_batch_is_acknowledged(inbox, queues):
    assert inbox.receive(SECRET, b"[]") == "no event came"
    assert queues.sent == []


def test_a_forged_event_is_refused(inbox, queues):
    with pytest.raises(NotAuthentic):
        inbox.receive({"X-Webhook-Secret": "guess"}, json.dumps(an_event()).encode())

    assert queues.sent == []


def test_of_a_batch_with_a_malformed_event_the_others_are_queued_before_it_is_refused(inbox, queues):
    batch = [an_event("1"), an_event(specversion="0.3"), an_event("2")]

    with pytest.raises(Malformed, match="specversion"):
        inbox.receive(SECRET, json.dumps(batch).encode())

    assert queued(queues) == ["1", "2"]


class Door(Receiver):
    """The HTTP trigger in front of an inbox: a refused call is 400."""

    def __init__(self, inbox: SapInbox) -> None:
        self._inbox = inbox
        super().__init__()

    def __enter__(self) -> "Door":
        super().__enter__()
        return self

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        inbox = self._inbox

        class Handler(super()._handler()):
            def do_OPTIONS(self) -> None:  # noqa: N802 - the name http.server calls
                headers = inbox.handshake(dict(self.headers))
                self._answer(HTTPStatus.BAD_REQUEST if headers is None else HTTPStatus.OK, headers or {})

            def do_POST(self) -> None:  # noqa: N802
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    inbox.receive(dict(self.headers), body)
                except (NotAuthentic, Malformed):
                    self._answer(HTTPStatus.BAD_REQUEST, {})
                else:
                    self._answer(HTTPStatus.OK, {})

            def _answer(self, status: HTTPStatus, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in {**headers, "Content-Length": "0"}.items():
                    self.send_header(name, value)
                self.end_headers()

        return Handler


@pytest.fixture
def sap() -> Iterator[Sap]:
    with sap_with(redelivery_seconds=(0.01,)) as sap:
        yield sap


@pytest.fixture
def door(inbox: SapInbox) -> Iterator[Door]:
    with Door(inbox) as door:
        yield door


@pytest.mark.parametrize("mode", ["structured", "json", "binary", "batch"])
def test_a_broker_may_send_after_its_handshake_in_whatever_mode(sap, door, queues, mode):
    auth = {"kind": "header", "name": "X-Webhook-Secret", "value": "s3cret"}
    sap.control("POST", "/webhooks", {"url": door.url, "mode": mode, "auth": auth})

    invoices = sap.bill(sap.enter_order(), documents=[{"10": 1}, {"10": 1}])
    wait_until(lambda: sap.control("GET", "/callbacks")["pending"] == 0)

    assert sorted(queued(queues)) == invoices
    assert sap.control("GET", "/dead-letters") == {"dead_letters": []}
