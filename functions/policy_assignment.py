"""The activities of a flow: what it asks of its order's timeline, policies, and requests to providers."""

import azure.durable_functions as df

from functions.traced import of_order
from shared.application.step_keeping import StepRequest
from shared.bootstrap import services
from shared.domain.actions import ProviderAction
from shared.domain.results import StepAnswer
from shared.messaging.names import actions_queue

bp = df.Blueprint()


@bp.activity_trigger(input_name="request")
@of_order
def events_so_far(request: dict) -> dict:
    events = services().flow_events.after(request["order_id"], request["after"])
    return {"events": [event.model_dump() for event in events]}


@bp.activity_trigger(input_name="request")
@of_order
def report_delay(request: dict) -> dict:
    events = services().flow_events.report_delay(**request)
    return {"events": [event.model_dump() for event in events]}


@bp.activity_trigger(input_name="request")
@of_order
def catch_up_with_finops(request: dict) -> dict:
    events = services().finops_changes.catch_up(request["order_id"])
    return {"success": True, "events": [event.model_dump() for event in events]}


@bp.activity_trigger(input_name="request")
@of_order
def conclude_cancellation(request: dict) -> dict:
    events = services().cancellation.conclude(request["order_id"], request["against"])
    return {"events": [event.model_dump() for event in events]}


@bp.activity_trigger(input_name="request")
@of_order
def validate_order(request: dict) -> dict:
    return _told(services().policy_steps.validate(_step(request), request["policies"]))


@bp.activity_trigger(input_name="request")
@of_order
def assign_by_policy(request: dict) -> dict:
    return _told(services().policy_steps.assign(_step(request), request["policies"]))


@bp.activity_trigger(input_name="request")
@of_order
def fail_step(request: dict) -> dict:
    return _told(services().policy_steps.fail(_step(request), request["message"]))


@bp.activity_trigger(input_name="request")
@of_order
def request_provider_action(request: dict) -> None:
    even_if_a_copy = request.pop("even_if_a_copy", False)
    action = ProviderAction.model_validate(request)
    services().queues.send(actions_queue(action.provider), action, even_if_a_copy=even_if_a_copy)


def _step(request: dict) -> StepRequest:
    return StepRequest(request["order_id"], request["step"], request["generation"])


def _told(answer: StepAnswer) -> dict:
    """What the flow must know; the details stay in the order book, so that histories stay small."""
    return answer.model_dump(include={"success", "events"})
