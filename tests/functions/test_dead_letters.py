"""A message that cannot be read fails until it is given up, and is then on the error pages."""

from uuid import uuid4

import pytest
from pydantic import ValidationError

from shared.domain.actions import Provider, ProviderAction
from shared.domain.dead_letters import DeadLetter
from shared.domain.errors import TransientProviderError
from shared.domain.sources import IntakeMessage
from shared.message_transport import Transport
from shared.messaging.names import CHANGES_QUEUE, INTAKE_QUEUE, actions_queue
from tests.application.samples import VALIDATED, an_order, errors_of, message_about, sending, taken_in
from tests.functions.requests import a_message
from tests.functions.world import LAST_ATTEMPT, World

pytestmark = pytest.mark.parametrize("transport", list(Transport))

READERS = ["order_intake", "finops_status_events", *(f"run_{provider}_action" for provider in Provider)]
GIVING_UP = [
    ("give_up_order_intake", INTAKE_QUEUE),
    ("give_up_dataverse_change", CHANGES_QUEUE),
    *((f"give_up_{provider}_action", actions_queue(provider)) for provider in Provider),
]


@pytest.mark.parametrize("function", READERS)
async def test_a_message_that_cannot_be_read_fails(world: World, function: str):
    with pytest.raises(ValidationError):
        await world.call(function, a_message(b"not for us"), world.client)


@pytest.mark.parametrize(("function", "queue"), GIVING_UP)
async def test_once_given_up_it_is_on_the_error_pages(world: World, function: str, queue: str):
    body = f"not for us {uuid4()}"

    await world.call(function, a_message(body.encode()), world.client)

    unreadable = [entry for entry in world.errors.entries("inbound") if entry.key.startswith(f"unreadable.{queue}.")]
    (letter,) = [letter for entry in unreadable if (letter := kept(world, entry.details["dead_letter"])).body == body]
    assert (letter.queue, letter.status) == (queue, "waiting")
    assert world.client.raised == []


async def test_a_message_given_up_is_kept_and_its_error_leads_to_it(world: World):
    order = an_order()
    message = message_about(order, attempt=LAST_ATTEMPT)
    world.shop.fails(order, TransientProviderError("the shop is down"))

    await world.call("order_intake", a_message(message), world.client)
    await world.call("give_up_order_intake", a_message(message))

    (error,) = errors_of(world.errors, order.order_id)
    letter = kept(world, error.details["dead_letter"])
    assert IntakeMessage.model_validate_json(letter.body) == message_about(order, attempt=1)
    assert (letter.times, letter.status) == (2, "waiting")


async def test_an_action_given_up_is_kept_and_its_error_leads_to_it(world: World):
    record = taken_in(world.book, *VALIDATED)
    action = sending(record.order.order_id)

    await world.call("give_up_finops_action", a_message(action), world.client)

    (error,) = errors_of(world.errors, record.order.order_id)
    assert ProviderAction.model_validate_json(kept(world, error.details["dead_letter"]).body) == action


def kept(world: World, letter_id: str) -> DeadLetter:
    found = world.dead_letters.store.get(letter_id)
    assert found
    return found.letter
