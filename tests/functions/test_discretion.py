"""What the app writes down when outside systems quote what they were told: the field, never the person."""

import logging
from typing import Any

import pytest
from pydantic import ValidationError

from shared.domain.actions import ProviderAction
from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.orders import Address, Order
from tests.application.samples import VALIDATED, an_order, errors_of, raising, sending, taken_in
from tests.functions.requests import a_message
from tests.functions.world import LAST_ATTEMPT, World

PERSON = ("Ada Bell", "1 Main St", "ada@bell.example", "5125550100")
SAID = f"{PERSON[0]} <{PERSON[2]}> of {PERSON[1]}, phone {PERSON[3]}, Austin 73301, is not known"
SHOWN = "[ship_to.name] <[ship_to.email]> of [ship_to.line1], phone [ship_to.phone], Austin 73301, is not known"


@pytest.fixture
def action(world: World) -> ProviderAction:
    order = an_order()
    told = {"email": PERSON[2], "phone": PERSON[3]}
    order = order.with_(addresses=tuple(address.model_copy(update=told) for address in order.addresses))
    return sending(taken_in(world.book, *VALIDATED, order=order).order.order_id)


@pytest.mark.parametrize(
    "fault", [RejectedByProvider(SAID), TransientProviderError(SAID)], ids=lambda each: type(each).__name__
)
@pytest.mark.parametrize("attempt", [1, LAST_ATTEMPT])
async def test_error_pages_log_history_and_dead_letters_name_no_person(
    world: World, action: ProviderAction, caplog: pytest.LogCaptureFixture, fault: Exception, attempt: int
):
    caplog.set_level(logging.DEBUG)
    world.performing(raising(fault))

    await world.call("run_finops_action", a_message(action.model_copy(update={"attempt": attempt})), world.client)

    entries = errors_of(world.errors, action.order_id)
    letters = [letter for letter in world.dead_letters.store.letters() if action.order_id in letter.body]
    told = (*world.client.raised, *entries, *letters, *world.queues.sent)
    written = [caplog.text, *map(str, told)]
    assert [text for text in written if any(value in text for value in PERSON)] == []
    assert SHOWN in "".join([caplog.text, *(entry.message for entry in entries)])


async def test_the_order_itself_keeps_the_words_as_they_were_said(world: World, action: ProviderAction):
    world.performing(raising(RejectedByProvider(SAID)))

    await world.call("run_finops_action", a_message(action), world.client)

    (step,) = world.book.timeline(action.order_id).steps
    assert step.message == SAID


@pytest.mark.parametrize("wrong", [{"name": 7}, {"name": "Ada Bell", "nickname": "Ada of 1 Main St"}])
def test_a_mistake_of_ours_with_an_order_is_told_without_the_data(wrong: dict[str, Any]):
    """Its text goes where no one foresees: into the log, and as an activity's failure into the history of the flow."""
    whole = an_order().model_dump() | {"bill_to": wrong}

    for kind, data in ((Address, wrong), (Order, whole)):
        with pytest.raises(ValidationError) as mistake:
            kind.model_validate(data)

        assert "Ada" not in str(mistake.value)
        assert "input_value" not in str(mistake.value)
