"""Messages on `provider-events-*`: what happened reaches the orders' flows."""

from typing import Any

import pytest

from shared.application.dead_letters import DeadLetters
from shared.application.provider_events import ProviderEvent, Seen
from shared.application.redelivery import Redelivery
from shared.domain.actions import Provider
from shared.domain.errors import TransientProviderError
from shared.domain.results import EventMark
from shared.message_transport import Transport
from shared.messaging.names import events_queue
from tests.application.samples import RecordingQueues
from tests.functions.conftest import Serve
from tests.functions.recording_client import RecordingClient
from tests.functions.requests import a_message
from tests.functions.world import LAST_ATTEMPT

pytestmark = pytest.mark.parametrize("transport", list(Transport))

SHIPPED = EventMark(number=5, name="Order Shipped")
TWO_ORDERS = (Seen("a", (SHIPPED,)), Seen("b", (SHIPPED,)))
BOTH_RAISED = [(f"order-{order_id}", "event-5", SHIPPED.model_dump()) for order_id in ("a", "b")]


class Handler:
    """Knows what every document means, or meets a passing fault."""

    def __init__(self, fault: Exception | None = None) -> None:
        self._fault = fault
        self.handled: list[tuple[str, bool]] = []
        self.given_up: list[tuple[str, str, str]] = []

    def handle(self, event: ProviderEvent, *, redelivered: bool) -> tuple[Seen, ...]:
        self.handled.append((event.document, redelivered))
        if self._fault:
            raise self._fault
        return TWO_ORDERS

    def give_up(self, event: ProviderEvent, why: str, dead_letter: str) -> None:
        self.given_up.append((event.document, why, dead_letter))


def a_world(serve: Serve, queues: RecordingQueues, handler: Handler) -> Handler:
    serve(provider_events=lambda _: handler, redelivery=Redelivery(queues, LAST_ATTEMPT, 2, 300))
    return handler


def an_event(provider: Provider = Provider.FLEXE, attempt: int = 1) -> ProviderEvent:
    return ProviderEvent(provider=provider, document="obo_1", reference="BC-10427", attempt=attempt)


@pytest.mark.parametrize("provider", [Provider.FLEXE, Provider.SAP])
async def test_what_a_document_means_is_raised_into_the_flow_of_each_order_it_is_about(
    serve: Serve, call, client: RecordingClient, queues: RecordingQueues, provider: Provider
):
    handler = a_world(serve, queues, Handler())

    await call(f"{provider}_events", a_message(an_event(provider)), client)

    assert client.raised == BOTH_RAISED
    assert handler.handled == [("obo_1", False)]


@pytest.mark.parametrize("message", [a_message(an_event(attempt=2), delivery=1), a_message(an_event(), delivery=2)])
async def test_a_message_that_comes_again_says_so(
    serve: Serve, call, client: RecordingClient, queues: RecordingQueues, message: Any
):
    handler = a_world(serve, queues, Handler())

    await call("flexe_events", message, client)

    assert handler.handled == [("obo_1", True)]


async def test_a_document_that_cannot_be_read_now_is_looked_at_again_later(
    serve: Serve, call, client: RecordingClient, queues: RecordingQueues
):
    handler = a_world(serve, queues, Handler(TransientProviderError("Flexe is busy")))

    await call("flexe_events", a_message(an_event()), client)

    (message,) = queues.messages(events_queue(Provider.FLEXE))
    assert ProviderEvent.model_validate_json(message) == an_event().next_attempt()
    assert (client.raised, handler.given_up) == ([], [])


async def test_a_document_that_can_never_be_read_is_given_up_visibly(
    serve: Serve, call, client: RecordingClient, queues: RecordingQueues, dead_letters: DeadLetters
):
    handler = Handler(TransientProviderError("Flexe is busy"))
    redelivery = Redelivery(queues, LAST_ATTEMPT, 2, 300)
    serve(provider_events=lambda _: handler, redelivery=redelivery, dead_letters=dead_letters)

    await call("flexe_events", a_message(an_event(attempt=LAST_ATTEMPT)), client)

    assert queues.sent == []
    ((document, why, letter_id),) = handler.given_up
    assert (document, why) == ("obo_1", "Flexe is busy")
    assert body_of(dead_letters, letter_id) == an_event()


async def test_a_message_whose_handling_crashed_too_often_is_given_up_visibly(
    serve: Serve, call, dead_letters: DeadLetters
):
    handler = Handler()
    serve(provider_events=lambda _: handler, dead_letters=dead_letters)

    await call("give_up_sap_event", a_message(an_event(Provider.SAP)))

    ((document, why, letter_id),) = handler.given_up
    assert document == "obo_1"
    assert "again and again" in why
    assert body_of(dead_letters, letter_id) == an_event(Provider.SAP)


def body_of(dead_letters: DeadLetters, letter_id: str) -> ProviderEvent:
    kept = dead_letters.store.get(letter_id)
    assert kept
    return ProviderEvent.model_validate_json(kept.letter.body)
