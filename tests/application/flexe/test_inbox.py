"""Flexe's callbacks are queued, whatever they say, if they are genuine and about our orders."""

import json
from typing import Any

import pytest

from shared.application.flexe_inbox import FlexeInbox
from shared.application.provider_events import ProviderEvent
from shared.domain.actions import Provider
from shared.domain.errors import Malformed, NotAuthentic
from tests.application.samples import RecordingQueues
from tests.providers.flexe.samples import REFERENCE, a_connection

KEYED = {"x-webhook-secret": "whs-demo-0001"}


@pytest.fixture
def queues() -> RecordingQueues:
    return RecordingQueues()


@pytest.fixture
def inbox(queues: RecordingQueues) -> FlexeInbox:
    return FlexeInbox(a_connection(), queues)


def a_callback(**facts: Any) -> bytes:
    data = {"outbound_order_id": "obo_1", "external_order_id": REFERENCE, "status": "shipped"}
    event = {"type": "outbound_order.shipped", "webhook_name": "orders-prod", "owner_id": "own_7741", "data": data}
    return json.dumps(event | facts).encode()


def test_a_genuine_callback_is_queued(inbox: FlexeInbox, queues: RecordingQueues):
    assert inbox.receive(KEYED, a_callback()) is None

    (message,) = queues.messages("provider-events-flexe")
    assert ProviderEvent.model_validate_json(message) == ProviderEvent(
        provider=Provider.FLEXE, document="obo_1", reference=REFERENCE
    )


def test_a_callback_about_another_owner_is_not_queued_and_says_why(inbox: FlexeInbox, queues: RecordingQueues):
    why = inbox.receive(KEYED, a_callback(owner_id="own_1"))

    assert why == "it is about an order of another owner, own_1"
    assert queues.sent == []


def test_a_forged_callback_is_refused(inbox: FlexeInbox, queues: RecordingQueues):
    with pytest.raises(NotAuthentic):
        inbox.receive({"x-webhook-secret": "guess"}, a_callback())

    assert queues.sent == []


def test_a_callback_that_is_none_is_refused(inbox: FlexeInbox, queues: RecordingQueues):
    with pytest.raises(Malformed):
        inbox.receive(KEYED, b"{}")

    assert queues.sent == []
