"""Messages on `dataverse-changes`: what happened in F&O reaches the order's flow, sooner or later."""

import azure.durable_functions as df
import pytest

from shared.application.finops_changes import ChangeMessage
from shared.domain.events import ORDER_PICKED
from shared.domain.orders import Order
from shared.message_transport import Transport
from shared.messaging.names import CHANGES_QUEUE
from tests.application.dataverse import PICKED, change_of
from tests.application.samples import SENT, taken_in
from tests.functions.requests import a_message
from tests.functions.world import LAST_ATTEMPT, World

pytestmark = pytest.mark.parametrize("transport", list(Transport))


@pytest.fixture
def order(world: World) -> Order:
    """With F&O."""
    return taken_in(world.book, *SENT).order


async def look_at(world: World, order: Order, *, delivery: int = 1, attempt: int = 1) -> None:
    change = change_of(order).model_copy(update={"attempt": attempt})
    await world.call("finops_status_events", a_message(change, delivery=delivery), world.client)


async def test_a_change_is_raised_into_the_order_s_flow(world: World, order: Order):
    world.dataverse.has(order, PICKED)

    await look_at(world, order)

    assert world.client.raised == [(f"order-{order.order_id}", "event-5", {"number": 5, "name": ORDER_PICKED})]


@pytest.mark.parametrize("second", [{"delivery": 2}, {"attempt": 2}])
async def test_a_change_that_could_not_be_raised_is_raised_when_its_message_comes_again(
    world: World, order: Order, second: dict[str, int]
):
    world.dataverse.has(order, PICKED)
    world.client.fault = Exception("connection reset")
    world.client.statuses[f"order-{order.order_id}"] = df.OrchestrationRuntimeStatus.Running
    with pytest.raises(Exception, match="connection reset"):
        await look_at(world, order)
    world.client.fault = None

    await look_at(world, order, **second)

    assert [name for _, name, _ in world.client.raised] == [f"event-{n}" for n in range(1, 6)]
    assert world.happened(order).count(ORDER_PICKED) == 1


async def test_a_row_that_is_not_there_yet_is_looked_for_again_later(world: World, order: Order):
    await look_at(world, order)

    (message,) = world.queues.messages(CHANGES_QUEUE)
    assert ChangeMessage.model_validate_json(message) == change_of(order).next_attempt()
    assert world.client.raised == []


async def test_a_row_that_never_shows_is_on_the_error_pages(world: World, order: Order):
    await look_at(world, order, attempt=LAST_ATTEMPT)

    assert world.queues.sent == []
    assert "not in Dataverse" in world.told_of(order)


async def test_a_message_given_up_is_on_the_error_pages(world: World, order: Order):
    await world.call("give_up_dataverse_change", a_message(change_of(order)))

    assert "failed again and again" in world.told_of(order)
