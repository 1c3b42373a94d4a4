"""Messages that were given up are kept with all they said; those that cannot be read are on the error pages too."""

import hashlib
import json
from uuid import uuid4

import pytest

from shared.application.dead_letters import DeadLetters
from shared.domain.dead_letters import DeadLetter
from shared.domain.sources import IntakeMessage
from shared.messaging.names import INTAKE_QUEUE
from shared.store.errors import TableErrorPages


def a_message(**changes: int) -> IntakeMessage:
    """A new one each time."""
    return IntakeMessage(source="bigcommerce", external_id=str(uuid4())).model_copy(update=changes)


def kept(letters: DeadLetters, letter_id: str) -> DeadLetter:
    found = letters.store.get(letter_id)
    assert found
    return found.letter


def test_a_message_that_can_be_read_is_handed_over_and_kept_by_nobody(dead_letters: DeadLetters):
    message = a_message()

    read = dead_letters.read(INTAKE_QUEUE, message.model_dump_json().encode(), IntakeMessage)

    assert read == message
    assert message.external_id not in str(dead_letters.store.letters(INTAKE_QUEUE))


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
def test_a_message_that_cannot_be_read_says_where_it_came_from_and_what_is_wrong(
    dead_letters: DeadLetters, errors: TableErrorPages, body: bytes, why: str
):
    assert dead_letters.read(INTAKE_QUEUE, body, IntakeMessage) is None

    letter_id = dead_letters.keep(INTAKE_QUEUE, body.decode("utf-8", "backslashreplace"), f"it cannot be read: {why}")
    error = errors.entry("inbound", f"unreadable.{letter_id}")
    assert error
    assert error.message == f"a message on order-intake cannot be read: {why}"
    assert error.details == {"queue": "order-intake", "why": why, "dead_letter": letter_id}
    assert kept(dead_letters, letter_id).times >= 2  # the same letter, not another one


def test_the_log_says_where_a_message_was_given_up_and_nothing_of_what_is_in_it(
    dead_letters: DeadLetters, caplog: pytest.LogCaptureFixture
):
    body = f"of a shopper {uuid4()}"

    letter_id = dead_letters.keep(INTAKE_QUEUE, body, f"it cannot be read: {body}")

    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        f"message given up on queue order-intake: dead letter {letter_id}"
    ]


def test_nothing_of_a_message_is_lost(dead_letters: DeadLetters):
    body = f"{uuid4()} " + "x" * 40_000

    letter_id = dead_letters.keep(INTAKE_QUEUE, body, "too long to read")

    assert kept(dead_letters, letter_id).body == body


@pytest.mark.parametrize("byte", [b"\xff", b"\0", b"x", "倉".encode()])
def test_of_what_is_too_large_to_keep_the_beginning_is_kept(
    dead_letters: DeadLetters, errors: TableErrorPages, byte: bytes
):
    body = str(uuid4()).encode() + byte * 600_000

    dead_letters.set_aside(INTAKE_QUEUE, body, "too long")

    digest = hashlib.sha256(body).hexdigest()
    (letter,) = [each for each in dead_letters.store.letters(INTAKE_QUEUE) if digest in each.body]
    assert letter.body.startswith(body[:36].decode())
    assert letter.body.endswith(f"(cut: the first 49152 of {len(body)} bytes, SHA-256 {digest})")
    assert errors.entry("inbound", f"unreadable.{letter.letter_id}")


def test_a_message_with_very_many_mistakes_is_on_the_error_pages(dead_letters: DeadLetters, errors: TableErrorPages):
    body = json.dumps({str(uuid4()): n for n in range(20_000)}).encode()

    assert dead_letters.read(INTAKE_QUEUE, body, IntakeMessage) is None

    (letter,) = [
        each for each in dead_letters.store.letters(INTAKE_QUEUE) if hashlib.sha256(body).hexdigest() in each.body
    ]
    error = errors.entry("inbound", f"unreadable.{letter.letter_id}")
    assert error
    assert error.details["why"].startswith("source: Field required; external_id: Field required; ")
    assert error.details["why"].endswith("...")


def test_the_same_message_given_up_twice_is_one_letter_whoever_gave_it_up(dead_letters: DeadLetters):
    message = a_message()

    first, second = (
        dead_letters.keep(INTAKE_QUEUE, message.model_copy(update={"attempt": attempt}).model_dump_json(), why)
        for attempt, why in ((3, "crashed"), (8, "the shop is down"))
    )

    assert first == second
    letter = kept(dead_letters, first)
    assert (letter.times, letter.why, letter.status) == (2, "the shop is down", "waiting")
    assert IntakeMessage.model_validate_json(letter.body) == message  # its next attempt is its first again


def test_letters_are_listed_given_up_last_first(dead_letters: DeadLetters):
    older, newer = (dead_letters.keep(INTAKE_QUEUE, a_message().model_dump_json(), "no") for _ in range(2))
    elsewhere = dead_letters.keep("dataverse-changes", "{}", "no")

    of_queue = [letter.letter_id for letter in dead_letters.store.letters(INTAKE_QUEUE)]

    assert [letter_id for letter_id in of_queue if letter_id in (older, newer)] == [newer, older]
    assert elsewhere not in of_queue
    assert {older, newer, elsewhere} <= {letter.letter_id for letter in dead_letters.store.letters()}
