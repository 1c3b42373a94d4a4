"""Queues as the Functions host reads them."""

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from azure.storage.queue import QueueClient

from shared.domain.errors import TransientProviderError
from shared.messaging.sizes import MOST_BYTES, MessageTooLarge
from shared.messaging.storage_queues import StorageQueues, open_queues
from tests.store.notes import Note
from tests.store.wire import Wire


@pytest.fixture
def queue_wire() -> Wire:
    return Wire()


@pytest.fixture
def queues(connection: str, queue_wire: Wire) -> Iterator[StorageQueues]:
    opened = open_queues(connection, queue_wire)
    yield opened
    opened.close()


@pytest.fixture
def name() -> str:
    return f"queue-{uuid4()}"


def received(connection: str, queue: str) -> list[str]:
    """What lies in the queue, as it does on the wire."""
    with QueueClient.from_connection_string(connection, queue) as client:
        return [message.content for message in client.receive_messages()]


def test_a_message_arrives_as_base64_text(queues: StorageQueues, connection: str, name: str):
    queues.send(name, Note(text="Zoë 😀"))

    (message,) = received(connection, name)
    assert base64.b64decode(message).decode() == '{"attempt":1,"text":"Zoë 😀"}'


def test_only_the_first_message_of_a_queue_makes_the_queue(queues: StorageQueues, queue_wire: Wire, name: str):
    queues.send(name, Note(text="first"))
    first = queue_wire.calls

    queues.send(name, Note(text="second"))

    assert (first, queue_wire.calls - first) == (3, 1)


def test_senders_who_all_find_the_queue_missing_all_get_through(queues: StorageQueues, connection: str, name: str):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: queues.send(name, Note(text=str(n))), range(8)))

    bodies = (base64.b64decode(message) for message in received(connection, name))
    assert sorted(Note.model_validate_json(body).text for body in bodies) == [*"01234567"]


def test_a_delayed_message_is_not_there_yet(queues: StorageQueues, connection: str, name: str):
    queues.send(name, Note(text="later"), timedelta(minutes=5))

    assert received(connection, name) == []
    with QueueClient.from_connection_string(connection, name) as client:
        assert client.get_queue_properties().approximate_message_count == 1


def test_a_message_waits_for_as_long_as_it_takes(queues: StorageQueues, connection: str, name: str):
    queues.send(name, Note(text="patient"))

    with QueueClient.from_connection_string(connection, name) as client:
        (message,) = client.receive_messages()
    assert message.expires_on is not None
    assert message.expires_on.year == 9999


def test_the_largest_message_fits_and_one_byte_more_is_refused(queues: StorageQueues, connection: str, name: str):
    room = MOST_BYTES - len(Note(text="").model_dump_json())
    largest = "é" * (room // 2) + "x" * (room % 2)

    queues.send(name, Note(text=largest))

    with pytest.raises(MessageTooLarge, match=rf"{MOST_BYTES + 1} bytes.*{name}"):
        queues.send(name, Note(text=largest + "x"))
    assert len(received(connection, name)) == 1


def test_a_queue_out_of_reach_is_worth_trying_again(queues: StorageQueues, queue_wire: Wire, name: str):
    with queue_wire.answering(403), pytest.raises(TransientProviderError, match=name):
        queues.send(name, Note(text="x"))
