"""Messages that cannot be read end on the error pages, with what they said."""

from uuid import uuid4

import pytest

from shared.application.dead_letters import DeadLetters
from shared.domain.ports import ErrorEntry
from shared.domain.sources import IntakeMessage
from shared.messaging.names import INTAKE_QUEUE
from shared.store.errors import TableErrorPages


@pytest.fixture
def letters(errors: TableErrorPages) -> DeadLetters:
    return DeadLetters(errors)


def reported(errors: TableErrorPages, key: str) -> list[ErrorEntry]:
    return [entry for entry in errors.entries("inbound") if key in entry.key]


def test_a_message_that_can_be_read_is_handed_over(letters: DeadLetters, errors: TableErrorPages):
    message, message_id = IntakeMessage(source="bigcommerce", external_id="10427"), str(uuid4())

    read = letters.read(INTAKE_QUEUE, message_id, message.model_dump_json().encode(), IntakeMessage)

    assert read == message
    assert reported(errors, message_id) == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"source": "bigcommerce"}', "external_id: Field required"),
        (b'{"source": "bigcommerce", "external_id": "1", "colour": 1}', "colour: Extra inputs are not permitted"),
        (b"<order/>", "Invalid JSON: expected value at line 1 column 1"),
        (b"\xff\xfe", "Invalid JSON: expected value at line 1 column 1"),
        (b"", "Invalid JSON: EOF while parsing a value at line 1 column 0"),
    ],
)
def test_a_message_that_cannot_be_read_says_where_it_came_from_what_it_said_and_what_is_wrong(
    letters: DeadLetters, errors: TableErrorPages, body: bytes, why: str
):
    message_id = str(uuid4())

    assert letters.read(INTAKE_QUEUE, message_id, body, IntakeMessage) is None

    (error,) = reported(errors, message_id)
    assert error.key == f"unreadable.order-intake.{message_id}"
    assert error.details == {"queue": "order-intake", "text": body.decode("utf-8", "replace"), "why": why}
    assert error.message == f"a message on order-intake cannot be read: {why}"


def test_a_message_delivered_twice_is_one_error(letters: DeadLetters, errors: TableErrorPages):
    message_id = str(uuid4())

    for _ in range(2):
        letters.read(INTAKE_QUEUE, message_id, b"?", IntakeMessage)

    assert len(reported(errors, message_id)) == 1


@pytest.mark.parametrize("character", ["x", "é", "😀"])
def test_of_a_long_message_2000_characters_are_kept(letters: DeadLetters, errors: TableErrorPages, character: str):
    message_id = str(uuid4())

    letters.read(INTAKE_QUEUE, message_id, (character * 2_001).encode(), IntakeMessage)

    (error,) = reported(errors, message_id)
    assert error.details["text"] == character * 2_000


def test_a_message_without_an_id_is_known_by_what_it_says(letters: DeadLetters, errors: TableErrorPages):
    first, second = (f"no order {uuid4()}".encode() for _ in range(2))
    before = len(reported(errors, "unreadable.order-intake."))

    for body in (first, first, second):
        letters.read(INTAKE_QUEUE, None, body, IntakeMessage)

    assert len(reported(errors, "unreadable.order-intake.")) == before + 2
