"""The activities of a flow: JSON in, JSON out, and nothing in it that a history need not hold."""

import json
from typing import Any

import pytest

from shared.application.flow_events import FlowEvents
from shared.application.policy_steps import PolicySteps
from shared.application.step_keeping import StepKeeping
from shared.configuration import Configuration
from shared.configuration.in_force import only
from shared.domain.actions import ProviderAction
from shared.domain.events import ALERT, HEADER_VALIDATED, LINES_VALIDATED, NEW_ORDER, STEP_FAILED
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.samples import RecordingQueues, sending, taken_in
from tests.functions.conftest import Serve


@pytest.fixture
def order_id(
    serve: Serve, book: TableOrderBook, errors: TableErrorPages, queues: RecordingQueues, configuration: Configuration
) -> str:
    """Of a new order, with the real services behind the activities."""
    serve(
        flow_events=FlowEvents(book, errors),
        policy_steps=PolicySteps(StepKeeping(book, errors), only(configuration)),
        queues=queues,
    )
    return taken_in(book).order.order_id


def answer_to(call: Any, activity: str, request: dict[str, Any]) -> Any:
    """Request and answer travel as JSON."""
    return json.loads(json.dumps(call(activity, json.loads(json.dumps(request)))))


def test_a_flow_asks_for_the_events_so_far(call, order_id: str):
    answer = answer_to(call, "events_so_far", {"order_id": order_id, "after": 0})

    assert answer == {"events": [{"number": 1, "name": NEW_ORDER}]}


def test_a_validation_answers_with_its_events_only(call, order_id: str):
    request = {"order_id": order_id, "step": "Order Validation", "generation": 1, "policies": ["Validate order header"]}

    answer = answer_to(call, "validate_order", request)

    assert answer == {
        "success": True,
        "events": [{"number": 2, "name": HEADER_VALIDATED}, {"number": 3, "name": LINES_VALIDATED}],
    }


def test_an_assignment_answers_without_events(call, order_id: str):
    request = {"order_id": order_id, "step": "Policy Assignment", "generation": 1, "policies": ["Assign order data"]}

    assert answer_to(call, "assign_by_policy", request) == {"success": True, "events": []}


def test_a_step_that_keeps_failing_answers_with_the_event_that_holds_the_order(call, order_id: str):
    request = {"order_id": order_id, "step": "Order Validation", "generation": 1, "message": "no"}

    answer = answer_to(call, "fail_step", request)

    assert answer == {"success": False, "events": [{"number": 2, "name": STEP_FAILED}]}


def test_a_delay_answers_with_all_that_the_flow_has_missed(call, order_id: str):
    request = {"order_id": order_id, "awaited": "Order Picked", "count": 1, "after": 0}

    answer = answer_to(call, "report_delay", request)

    assert [event["name"] for event in answer["events"]] == [NEW_ORDER, ALERT]


def test_a_request_to_a_provider_is_put_on_that_provider_s_queue(call, order_id: str, queues: RecordingQueues):
    action = sending(order_id)

    assert answer_to(call, "request_provider_action", action.model_dump(mode="json")) is None

    (message,) = queues.messages("provider-actions-finops")
    assert ProviderAction.model_validate_json(message) == action
    assert queues.copies == []


def test_a_flow_that_was_started_anew_sends_its_requests_although_they_may_be_copies(
    call, order_id: str, queues: RecordingQueues
):
    action = sending(order_id)
    request = {**action.model_dump(mode="json"), "even_if_a_copy": True}

    assert answer_to(call, "request_provider_action", request) is None

    assert queues.copies == [action]
