"""One trace an order, whose id is the order's: from the callback to the provider's call and back, across queues."""

import json
from collections.abc import Iterator
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from opentelemetry import context
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from requests.adapters import BaseAdapter

from shared.application.finops_changes import ChangeMessage
from shared.application.inboxes import BigCommerceInbox
from shared.domain.actions import ActionOutcome, Provider, ProviderAction
from shared.domain.errors import TransientProviderError
from shared.domain.orders import Order
from shared.domain.results import StepResult
from shared.messaging.names import CHANGES_QUEUE, INTAKE_QUEUE, actions_queue, poison
from shared.messaging.traced import TracedQueues
from shared.providers.session import ProviderSession
from tests.application.samples import FLOW, SENT, VALIDATED, an_order, message_about, raising, sending, taken_in
from tests.functions.requests import a_message, a_request
from tests.functions.world import LAST_ATTEMPT, World
from tests.seen import Seen, context_of

ACTIONS = actions_queue(Provider.FINOPS)
TOKEN, ADDRESS = "hunter2-token", "12 Harbor Lane"
HOST_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
BUSY = TransientProviderError("the environment is busy")


class Answering(BaseAdapter):
    """An outside system that says yes to everything; `heard` are its requests."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        self.heard.append(request)
        response = requests.Response()
        response.status_code, response.raw = 204, BytesIO()
        return response

    def close(self) -> None:
        pass


@pytest.fixture
def dataverse() -> Answering:
    return Answering()


@pytest.fixture
def writing(dataverse: Answering):
    """The action that writes an order's row."""
    headers = lambda: {"Authorization": f"Bearer {TOKEN}"}  # noqa: E731
    session = ProviderSession("https://d/api", name="Dataverse", timeout_seconds=5, headers=headers, adapter=dataverse)

    def write(action: ProviderAction, order: Order) -> ActionOutcome:
        session.patch(f"/salesorders({order.order_id})", params={"$filter": ADDRESS}, json={"city": ADDRESS})
        return ActionOutcome(StepResult.succeeded(action.step))

    return write


@pytest.fixture
def host_span() -> Iterator[None]:
    """The worker makes the span of the host's invocation the current one."""
    carrier = {"traceparent": f"00-{HOST_TRACE}-00f067aa0ba902b7-01"}
    token = context.attach(TraceContextTextMapPropagator().extract(carrier))
    yield
    context.detach(token)


@pytest.fixture
def order(world: World, writing) -> Order:
    """In the shop, whose callbacks are taken in."""
    order = world.shop.has(an_order())
    inbox = BigCommerceInbox(SimpleNamespace(), SimpleNamespace(), TracedQueues(world.queues))  # pyright: ignore
    world.more["bigcommerce_inbox"] = SimpleNamespace(receive=lambda *_: inbox.look_at(order.external_id, None))
    world.performing(writing)
    return order


def call_back(world: World) -> None:
    assert world.call("bigcommerce_webhook", a_request(method="POST", body=b"{}")).status_code == 202


def last_on(world: World, queue: str) -> bytes:
    return world.queues.messages(queue)[-1].encode()


async def deliver(world: World, queue: str, function: str) -> None:
    await world.call(function, a_message(last_on(world, queue)), world.client)


def ask(world: World, action: ProviderAction) -> None:
    """As the flow does."""
    world.call("request_provider_action", json.loads(action.model_dump_json()))


async def all_the_way(world: World, order: Order) -> None:
    call_back(world)
    await deliver(world, INTAKE_QUEUE, "order_intake")
    ask(world, sending(order.order_id))
    await deliver(world, ACTIONS, "run_finops_action")


def trace_ids(spans: list[ReadableSpan]) -> set[str]:
    return {f"{context_of(span).trace_id:032x}" for span in spans}


async def test_every_span_of_an_order_is_in_the_trace_that_has_its_id(world: World, seen: Seen, order: Order):
    await all_the_way(world, order)

    assert trace_ids(seen.spans()) == {order.order_id.replace("-", "")}


async def test_the_call_of_the_provider_goes_back_to_the_callback_step_by_step(world: World, seen: Seen, order: Order):
    await all_the_way(world, order)

    assert seen.path_to(seen.span("PATCH /salesorders(*)")) == [
        "call of bigcommerce",
        "send order-intake",
        "handle order-intake",
        f"start {FLOW}",
        "request_provider_action",
        f"send {ACTIONS}",
        f"handle {ACTIONS}",
        "PATCH /salesorders(*)",
    ]


async def test_what_is_asked_again_later_hangs_below_what_was_asked_before(world: World, seen: Seen, order: Order):
    taken_in(world.book, *VALIDATED, order=order)
    world.performing(raising(BUSY))
    ask(world, sending(order.order_id))
    await deliver(world, ACTIONS, "run_finops_action")

    await deliver(world, ACTIONS, "run_finops_action")

    first, second = seen.spans(f"handle {ACTIONS}")
    assert seen.path_to(second)[-3:] == [f"handle {ACTIONS}", f"send {ACTIONS}", f"handle {ACTIONS}"]
    assert [each.attributes["orders.outcome"] for each in (first, second) if each.attributes] == ["redelivered"] * 2
    assert trace_ids(seen.spans()) == {order.order_id.replace("-", "")}


async def test_a_message_given_up_is_in_the_trace_of_its_order(world: World, seen: Seen, order: Order):
    taken_in(world.book, *VALIDATED, order=order)
    ask(world, sending(order.order_id))

    await world.call("give_up_finops_action", a_message(last_on(world, ACTIONS)), world.client)

    given_up = seen.span(f"handle {poison(ACTIONS)}")
    assert seen.path_to(given_up)[-2:] == [f"send {ACTIONS}", f"handle {poison(ACTIONS)}"]
    assert given_up.attributes
    assert given_up.attributes["orders.outcome"] == "given up"


async def test_a_message_that_is_given_up_twice_is_one_dead_letter_whoever_sent_it(world: World, seen: Seen):
    order = an_order()
    queues = TracedQueues(world.queues)
    for _ in range(2):
        queues.send(INTAKE_QUEUE, message_about(order))
        await world.call("give_up_order_intake", a_message(last_on(world, INTAKE_QUEUE)))

    first, second = world.queues.messages(INTAKE_QUEUE)
    (letter,) = (each for each in world.dead_letters.store.letters(INTAKE_QUEUE) if order.external_id in each.body)
    assert first != second
    assert (letter.times, "trace" in letter.body) == (2, False)


async def test_a_status_change_of_days_later_joins_the_trace_by_itself(world: World, seen: Seen, order: Order):
    taken_in(world.book, *SENT, order=order)
    change = ChangeMessage(entity="salesorder", row_id=order.order_id)
    inbox = SimpleNamespace(receive=lambda *_: TracedQueues(world.queues).send(CHANGES_QUEUE, change))
    world.more["dataverse_inbox"] = inbox
    world.performing(raising(BUSY))

    world.call("dataverse_webhook", a_request(method="POST", body=b"{}"))

    assert seen.path_to(seen.span(f"send {CHANGES_QUEUE}")) == ["call of dataverse", f"send {CHANGES_QUEUE}"]
    assert trace_ids(seen.spans()) == {order.order_id.replace("-", "")}


async def test_the_host_s_own_trace_of_an_invocation_is_linked(world: World, seen: Seen, order: Order, host_span: None):
    call_back(world)

    (link,) = seen.span("call of bigcommerce").links
    assert f"{link.context.trace_id:032x}" == HOST_TRACE


def test_a_call_that_is_ignored_stays_in_the_trace_of_the_host(world: World, seen: Seen, host_span: None):
    world.more["bigcommerce_inbox"] = SimpleNamespace(receive=lambda *_: "another store")
    world.performing(raising(BUSY))

    world.call("bigcommerce_webhook", a_request(method="POST", body=b"{}"))

    assert trace_ids([seen.span("call of bigcommerce")]) == {HOST_TRACE}


async def test_a_provider_hears_nothing_of_our_traces(world: World, seen: Seen, order: Order, dataverse: Answering):
    await all_the_way(world, order)

    (request,) = dataverse.heard
    assert {name.lower() for name in request.headers} & {"traceparent", "tracestate", "baggage"} == set()


async def test_spans_hold_no_secrets_queries_or_people(world: World, seen: Seen, order: Order):
    await all_the_way(world, order)

    told = "\n".join(span.to_json() for span in seen.spans())
    (person,) = order.addresses
    assert [word for word in (TOKEN, ADDRESS, person.name, person.line1, "Authorization") if word in told] == []


async def test_what_goes_wrong_marks_its_span_by_its_kind_and_quotes_nothing(world: World, seen: Seen):
    order = world.shop.fails(an_order(), KeyError(ADDRESS))

    with pytest.raises(KeyError):
        await world.call("order_intake", a_message(message_about(order)), world.client)

    failed = seen.span(f"handle {INTAKE_QUEUE}")
    assert (failed.status.status_code, failed.status.description) == (StatusCode.ERROR, "KeyError")
    assert failed.events == ()


async def test_consumers_and_clients_are_told_apart_from_steps(world: World, seen: Seen, order: Order):
    await all_the_way(world, order)

    kinds = {span.name: span.kind for span in seen.spans()}
    assert kinds[f"handle {ACTIONS}"] is SpanKind.CONSUMER
    assert kinds[f"send {ACTIONS}"] is SpanKind.PRODUCER
    assert kinds["PATCH /salesorders(*)"] is SpanKind.CLIENT
    assert kinds["request_provider_action"] is SpanKind.INTERNAL


async def test_without_telemetry_messages_carry_nothing_more(world: World, order: Order):
    await all_the_way(world, order)

    assert json.loads(last_on(world, INTAKE_QUEUE)) == json.loads(message_about(order).model_dump_json())
    assert "trace" not in json.loads(last_on(world, INTAKE_QUEUE))


async def test_the_last_attempt_is_the_one_that_gives_up(world: World, seen: Seen, order: Order):
    taken_in(world.book, *VALIDATED, order=order)
    world.performing(raising(BUSY))

    last = sending(order.order_id).model_copy(update={"attempt": LAST_ATTEMPT})
    await world.call("run_finops_action", a_message(last), world.client)

    span = seen.span(f"handle {ACTIONS}")
    assert span.attributes
    assert span.attributes["orders.outcome"] == "given up"
