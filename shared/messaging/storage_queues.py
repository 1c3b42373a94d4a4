"""Azure Storage queues, as the Functions host reads them: base64 text."""

from datetime import timedelta
from functools import cache
from math import ceil
from typing import Any

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.core.pipeline.transport import HttpTransport
from azure.storage.queue import LinearRetry, QueueClient, QueueServiceClient, TextBase64EncodePolicy

from shared.domain.errors import TransientProviderError
from shared.domain.messages import Message
from shared.messaging.sizes import written
from shared.storage_account import credential


class StorageQueues:
    """`Queues` on Azure Storage. A message may arrive twice, and waits for as long as it takes to be consumed."""

    def __init__(self, service: QueueServiceClient) -> None:
        self._service = service
        self._queue = cache(self._open)

    def send(
        self,
        queue: str,
        message: Message,
        delay: timedelta | None = None,
        *,
        even_if_a_copy: bool = False,  # noqa: ARG002 - these queues know no copies
    ) -> None:
        """`delay` is at most 7 days. Raises MessageTooLarge, TransientProviderError."""
        body = written(queue, message)
        seconds = ceil(delay.total_seconds()) if delay else 0
        try:
            self._put(self._queue(queue), body, seconds)
        except AzureError as error:
            raise TransientProviderError(f"queue {queue!r} did not take a message: {error}") from error

    def close(self) -> None:
        self._service.close()

    def _put(self, queue: QueueClient, message: str, delay_seconds: int) -> None:
        """A queue that does not exist is found out by the first message, so that the others cost one call."""
        try:
            queue.send_message(message, visibility_timeout=delay_seconds, time_to_live=-1)
        except ResourceNotFoundError:
            _create(queue)
            queue.send_message(message, visibility_timeout=delay_seconds, time_to_live=-1)

    def _open(self, queue: str) -> QueueClient:
        return self._service.get_queue_client(queue, message_encode_policy=TextBase64EncodePolicy())


def open_queues(connection: str, transport: HttpTransport | None = None, client_id: str | None = None) -> StorageQueues:
    """The queues of a storage account, over `transport` when it is given (one may serve tables and queues).

    `connection` is a connection string, or the https URL of the account's queue service, to be used with the managed
    identity `client_id` of the app, by default its own one.
    """
    # The SDK's own policy waits 15 s before the second try.
    options: dict[str, Any] = {"retry_policy": LinearRetry(backoff=1, retry_total=2, random_jitter_range=1)}
    if transport:
        options["transport"] = transport
    if connection.lower().startswith("https://"):
        return StorageQueues(QueueServiceClient(connection, credential=credential(client_id), **options))
    return StorageQueues(QueueServiceClient.from_connection_string(connection, **options))


def _create(queue: QueueClient) -> None:
    try:
        queue.create_queue()
    except ResourceExistsError:
        return  # another sender was faster
