"""An order whose whole flow has failed, such as by a release that it could not go on with: seen, and taken up again."""

import json

import azure.durable_functions as df
import pytest

from functions.flow_client import tell
from shared.application.reprocessing import Reprocessing
from shared.domain.events import REPROCESS_REQUESTED, STEP_FAILED
from shared.domain.orders import Order
from tests.application.samples import FLOW, SENT, RecordingAction, errors_of, happened, taken_in
from tests.functions.recording_client import RecordingClient
from tests.functions.requests import a_request, assert_problem, json_of
from tests.functions.world import World

Status = df.OrchestrationRuntimeStatus
GONE = Exception("Instance with ID order-1 is gone: either completed or failed")


@pytest.fixture(autouse=True)
def _reprocessing(world: World) -> None:
    world.more["reprocessing"] = Reprocessing(world.book, world.errors, world.queues, lambda _: None, configuration=0)
    world.performing(RecordingAction())


def failed(world: World, order: Order) -> Order:
    world.client.statuses[f"order-{order.order_id}"] = Status.Failed
    return order


async def reprocess(world: World, order: Order):
    return await world.call(
        "reprocess_order", a_request(method="POST", route={"order_id": order.order_id}), world.client
    )


async def test_it_is_an_error_in_the_log_and_on_the_error_pages(
    world: World, client: RecordingClient, caplog: pytest.LogCaptureFixture
):
    order = failed(world, taken_in(world.book, *SENT).order)
    client.fault = GONE

    await tell(client, order.order_id, "event-4", {})

    [told] = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert "the flow of this order has failed" in told
    [error] = errors_of(world.errors, order.order_id)
    assert error.message == "the flow of this order has failed, and no step of it is done any more: reprocess it"
    assert (error.kind, error.external_id) == ("orchestration_step", order.external_id)


async def test_reprocessing_starts_its_flow_anew_with_what_it_was_started_with(world: World):
    order = failed(world, taken_in(world.book, *SENT).order)

    response = await reprocess(world, order)

    assert (response.status_code, json_of(response)) == (202, {"order_id": order.order_id})
    ((flow, instance, given),) = world.client.started
    assert (flow, instance) == (FLOW, f"order-{order.order_id}")
    assert (given["order_id"], given["started_anew"]) == (order.order_id, True)
    assert given["wishes_settled"] == world.book.header(order.order_id).last_event
    assert given["validation_policies"] == list(world.configuration.flows[FLOW].validation)


async def test_it_is_off_the_error_pages_then_and_not_started_again_by_a_second_click(world: World):
    order = failed(world, taken_in(world.book, *SENT).order)
    world.client.fault = GONE
    await tell(world.client, order.order_id, "event-4", {})
    world.client.fault = None

    answers = [await reprocess(world, order) for _ in range(2)]

    assert answers[0].status_code == 202
    assert_problem(
        answers[1], 409, "not in this state",
        "order BC-10427 is Fulfillment in Process: only an order on hold is reprocessed",
    )  # fmt: skip
    assert len(world.client.started) == 1
    assert errors_of(world.errors, order.order_id) == []


async def test_a_flow_that_could_not_be_started_anew_stays_on_the_error_pages(world: World):
    order = failed(world, taken_in(world.book, *SENT).order)
    world.client.fault = GONE
    await tell(world.client, order.order_id, "event-4", {})
    world.client.fault = Exception("the task hub is out of reach")

    with pytest.raises(Exception, match="out of reach"):
        await reprocess(world, order)

    assert len(errors_of(world.errors, order.order_id)) == 1


async def test_an_order_on_hold_whose_flow_has_failed_as_well_needs_one_reprocessing(world: World):
    order = failed(world, taken_in(world.book, *SENT, STEP_FAILED).order)

    response = await reprocess(world, order)

    assert response.status_code == 202
    assert len(world.client.started) == 1
    assert happened(world.book, order.order_id)[-1] == REPROCESS_REQUESTED  # where the new flow reads it
    assert world.client.raised == []


async def test_many_are_taken_up_again_at_once(world: World):
    orders = [failed(world, taken_in(world.book, *SENT).order) for _ in range(2)]
    wanted = {"order_ids": [order.order_id for order in orders]}

    response = await world.call(
        "reprocess_orders", a_request(method="POST", body=json.dumps(wanted).encode()), world.client
    )

    assert [each["status"] for each in json_of(response)["orders"]] == [202, 202]
    assert [instance for _, instance, _ in world.client.started] == [f"order-{order.order_id}" for order in orders]
