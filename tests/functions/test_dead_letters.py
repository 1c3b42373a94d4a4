"""A message that cannot be read fails until it is given up, and is then on the error pages."""

import inspect
from uuid import uuid4

import pytest
from pydantic import ValidationError

from shared.domain.actions import Provider
from shared.messaging.names import CHANGES_QUEUE, INTAKE_QUEUE, actions_queue
from tests.functions.requests import a_message
from tests.functions.world import World

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
    message_id = str(uuid4())
    message = a_message(b"not for us", message_id=message_id)

    told = world.call(function, message, world.client)
    if inspect.isawaitable(told):
        await told

    (error,) = [entry for entry in world.errors.entries("inbound") if message_id in entry.key]
    assert error.key == f"unreadable.{queue}.{message_id}"
    assert (error.details["queue"], error.details["text"]) == (queue, "not for us")
    assert world.client.raised == []
