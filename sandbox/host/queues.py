"""Storage queues over REST (reference: functions-host.md sections 4 and 13)."""

import base64
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from sandbox.host.storage import Conflict, NotFound, StorageClient


@dataclass(frozen=True)
class QueuedMessage:
    """A message as the queue hands it out; `body` as stored, times in RFC 1123."""

    id: str
    body: str
    pop_receipt: str
    dequeue_count: int
    inserted: str
    expires: str
    next_visible: str


class Queue:
    """One queue of the account."""

    def __init__(self, storage: StorageClient, name: str) -> None:
        self._storage = storage
        self.name = name

    async def create(self) -> None:
        """Creates the queue unless it is there."""
        try:
            await self._storage.call_queue("create", "PUT", self.name)
        except Conflict:
            return

    async def put(self, body: str) -> None:
        """Adds a message, and the queue when it is not there yet."""
        content = f"<QueueMessage><MessageText>{escape(body)}</MessageText></QueueMessage>".encode()
        try:
            await self._storage.call_queue("put", "POST", f"{self.name}/messages", body=content)
        except NotFound:
            await self.create()
            await self._storage.call_queue("put", "POST", f"{self.name}/messages", body=content)

    async def get(self, count: int, lease_seconds: int) -> list[QueuedMessage]:
        """Takes up to `count` (<= 32) messages and hides them from others for the lease."""
        query = {"numofmessages": str(count), "visibilitytimeout": str(lease_seconds)}
        answer = await self._storage.call_queue("get", "GET", f"{self.name}/messages", query)
        # The document comes from the storage account the operator configured, not from outside.
        messages = [_message(element) for element in ElementTree.fromstring(answer.body)]  # noqa: S314 - Azurite's own answer
        if not messages:
            self._storage.metrics.queue_polls_empty += 1
        return messages

    async def hide(self, message_id: str, pop_receipt: str, seconds: int) -> str:
        """Makes a taken message visible again after `seconds`; returns the new pop receipt."""
        query = {"popreceipt": pop_receipt, "visibilitytimeout": str(seconds)}
        answer = await self._storage.call_queue("update", "PUT", f"{self.name}/messages/{message_id}", query)
        return answer.headers["x-ms-popreceipt"]

    async def delete(self, message_id: str, pop_receipt: str) -> None:
        query = {"popreceipt": pop_receipt}
        await self._storage.call_queue("delete", "DELETE", f"{self.name}/messages/{message_id}", query)


def encode_body(text: str, *, base64_encoding: bool) -> str:
    return base64.b64encode(text.encode()).decode() if base64_encoding else text


def decode_body(body: str, *, base64_encoding: bool) -> str:
    """The text of a stored message; raises ValueError when it is not in the encoding host.json asks for."""
    return base64.b64decode(body, validate=True).decode() if base64_encoding else body


def _message(element: ElementTree.Element) -> QueuedMessage:
    def text(name: str) -> str:
        return element.findtext(name) or ""

    return QueuedMessage(
        id=text("MessageId"),
        body=text("MessageText"),
        pop_receipt=text("PopReceipt"),
        dequeue_count=int(text("DequeueCount")),
        inserted=text("InsertionTime"),
        expires=text("ExpirationTime"),
        next_visible=text("TimeNextVisible"),
    )
