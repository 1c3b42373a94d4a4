"""Messages on `order-intake`: the order's flow is started once, or it is tried again later, or a person hears of it."""

import pytest

from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.events import CANCEL_REQUESTED, NEW_ORDER
from shared.domain.sources import IntakeMessage, Readiness
from shared.message_transport import Transport
from shared.messaging.names import INTAKE_QUEUE
from tests.application.samples import FLOW, an_order, message_about
from tests.functions.requests import a_message
from tests.functions.world import LAST_ATTEMPT, World

pytestmark = pytest.mark.parametrize("transport", list(Transport))

BUSY = TransientProviderError("busy")


async def take_in(world: World, message: IntakeMessage, delivery: int = 1) -> None:
    await world.call("order_intake", a_message(message, delivery=delivery), world.client)


async def test_a_new_order_s_flow_is_started(world: World):
    order = world.shop.has(an_order())

    await take_in(world, message_about(order))

    ((flow, instance_id, given),) = world.client.started
    assert (flow, instance_id, given["order_id"]) == (FLOW, f"order-{order.order_id}", order.order_id)


async def test_a_message_that_comes_twice_starts_one_flow(world: World):
    order = world.shop.has(an_order())

    await take_in(world, message_about(order))
    await take_in(world, message_about(order))

    assert len(world.client.started) == 1


async def test_a_flow_that_could_not_be_started_is_started_by_the_next_delivery(world: World):
    order = world.shop.has(an_order())
    world.client.fault = Exception("the task hub is out of reach")
    with pytest.raises(Exception, match="out of reach"):
        await take_in(world, message_about(order))
    world.client.fault = None

    await take_in(world, message_about(order), delivery=2)

    assert len(world.client.started) == 1
    assert world.happened(order) == [NEW_ORDER]


async def test_a_cancellation_that_could_not_be_raised_is_raised_by_the_next_delivery(world: World):
    order = world.shop.has(an_order())
    await take_in(world, message_about(order))
    world.shop.has(order, Readiness.CANCELED)
    world.client.fault = Exception("connection reset")
    with pytest.raises(Exception, match="connection reset"):
        await take_in(world, message_about(order, canceled=True))
    world.client.fault = None

    await take_in(world, message_about(order, canceled=True), delivery=2)

    assert world.client.raised == [(f"order-{order.order_id}", "event-2", {"number": 2, "name": CANCEL_REQUESTED})]


async def test_an_order_of_a_shop_that_is_down_is_looked_for_again_later(world: World):
    order = world.shop.fails(an_order(), BUSY)

    await take_in(world, message_about(order))

    ((queue, message, delay),) = world.queues.sent
    assert (queue, IntakeMessage.model_validate_json(message)) == (INTAKE_QUEUE, message_about(order, attempt=2))
    assert delay
    assert world.client.started == []


@pytest.mark.parametrize(("fault", "attempt"), [(BUSY, LAST_ATTEMPT), (RejectedByProvider("the token is revoked"), 1)])
async def test_an_order_that_cannot_be_read_is_on_the_error_pages(world: World, fault: Exception, attempt: int):
    order = world.shop.fails(an_order(), fault)

    await take_in(world, message_about(order, attempt=attempt))

    assert world.queues.sent == []
    assert world.told_of(order) == f"order could not be read from bigcommerce: {fault}"


async def test_a_message_given_up_is_on_the_error_pages(world: World):
    order = an_order()

    await world.call("give_up_order_intake", a_message(message_about(order)))

    assert "failed again and again" in world.told_of(order)
