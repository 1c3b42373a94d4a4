"""What Dataverse puts on a Service Bus queue of ours is looked at like what it posts to the webhook."""

import json
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import pytest

from shared.application.dead_letters import DeadLetters
from shared.application.finops_changes import ChangeMessage
from shared.application.inboxes import DataverseInbox
from shared.domain.dead_letters import DeadLetter
from shared.domain.errors import TransientProviderError
from shared.message_transport import Transport
from shared.messaging.names import CHANGES_QUEUE
from tests.application.samples import RecordingQueues
from tests.functions.conftest import Serve
from tests.functions.requests import a_message
from tests.providers.finops.samples import connection
from tests.providers.finops.test_messages import LINE, ORDER, context, entity, reference

pytestmark = pytest.mark.parametrize("transport", [Transport.SERVICE_BUS])
TARGET = [{"key": "Target", "value": entity(salesorderid=reference("salesorder", ORDER), name="Ada Lovelace")}]
OF_A_LINE = context("salesorderdetail", LINE, InputParameters=TARGET)
# What is left of a context of more than 192 KB.
CUT = {name: value for name, value in OF_A_LINE.items() if name != "InputParameters"}
either_function = pytest.mark.parametrize("function", ["dataverse_notifications", "give_up_dataverse_notification"])


@pytest.fixture
def told() -> list[tuple[ChangeMessage, str]]:
    """The changes that a person hears of, each with the id of its dead letter."""
    return []


@pytest.fixture(autouse=True)
def served(
    serve: Serve, queues: RecordingQueues, dead_letters: DeadLetters, told: list[tuple[ChangeMessage, str]]
) -> None:
    serve(
        dataverse_inbox=DataverseInbox(connection(), queues),
        dead_letters=dead_letters,
        finops_changes=SimpleNamespace(give_up=lambda change, _, letter_id: told.append((change, letter_id))),
    )


def notification(content: dict[str, Any]) -> Any:
    return a_message(json.dumps(content).encode())


def letters(dead_letters: DeadLetters) -> list[DeadLetter]:
    return dead_letters.store.letters(CHANGES_QUEUE)


@pytest.mark.parametrize(("content", "order"), [(OF_A_LINE, ORDER), (CUT, None)])
async def test_the_row_it_speaks_of_is_looked_at(
    call, queues: RecordingQueues, content: dict[str, Any], order: str | None
):
    await call("dataverse_notifications", notification(content))

    (message,) = map(ChangeMessage.model_validate_json, queues.messages(CHANGES_QUEUE))
    assert message == ChangeMessage(entity="salesorderdetail", row_id=LINE, order_row_id=order)


@pytest.mark.parametrize("content", [context("account"), context(message="Delete"), context(message="Assign")])
async def test_what_is_not_watched_comes_to_nothing(
    call, queues: RecordingQueues, dead_letters: DeadLetters, content: dict[str, Any]
):
    before = letters(dead_letters)

    await call("dataverse_notifications", notification(content))
    await call("give_up_dataverse_notification", notification(content))

    assert (queues.sent, letters(dead_letters)) == ([], before)


@either_function
async def test_what_cannot_be_read_is_visible_at_once(
    call, dead_letters: DeadLetters, queues: RecordingQueues, function: str
):
    await call(function, a_message(b"{}"))

    (error,) = [each for each in dead_letters.errors.entries() if "PrimaryEntityName is missing" in each.message]
    kept = dead_letters.store.get(error.details["dead_letter"])
    assert kept
    assert kept.letter.queue == CHANGES_QUEUE
    assert kept.letter.body == f"2 bytes that are not kept, SHA-256 {sha256(b'{}').hexdigest()}"
    assert error.message == "a message on dataverse-changes cannot be read: PrimaryEntityName is missing"
    assert queues.sent == []


@either_function
async def test_the_columns_in_what_cannot_be_read_are_kept_nowhere(call, dead_letters: DeadLetters, function: str):
    await call(function, notification({name: value for name, value in OF_A_LINE.items() if name != "PrimaryEntityId"}))

    (error,) = [each for each in dead_letters.errors.entries() if "PrimaryEntityId is missing" in each.message]
    assert dead_letters.store.get(error.details["dead_letter"])
    assert "Ada" not in str((letters(dead_letters), dead_letters.errors.entries()))


@either_function
async def test_what_is_too_large_to_keep_is_on_the_error_pages(call, dead_letters: DeadLetters, function: str):
    body = b"\xff" * 150_000

    await call(function, a_message(body))

    (letter,) = [each for each in letters(dead_letters) if sha256(body).hexdigest() in each.body]
    assert f"unreadable.{letter.letter_id}" in [each.key for each in dead_letters.errors.entries()]


async def test_one_that_could_not_be_handed_on_comes_again(call, serve: Serve):
    def busy(_: bytes) -> None:
        raise TransientProviderError("the queue is busy")

    serve(dataverse_inbox=SimpleNamespace(take=busy))

    with pytest.raises(TransientProviderError):
        await call("dataverse_notifications", notification(OF_A_LINE))


async def test_given_up_it_is_kept_as_what_it_would_have_become_without_the_columns_it_came_with(
    call, dead_letters: DeadLetters, told: list[tuple[ChangeMessage, str]]
):
    await call("give_up_dataverse_notification", notification(OF_A_LINE))

    ((change, letter_id),) = told
    kept = dead_letters.store.get(letter_id)
    assert kept
    assert change == ChangeMessage(entity="salesorderdetail", row_id=LINE, order_row_id=ORDER)
    assert ChangeMessage.model_validate_json(kept.letter.body) == change
    assert "Ada" not in kept.letter.body
