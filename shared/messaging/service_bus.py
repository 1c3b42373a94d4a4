"""Azure Service Bus: what is about one thing is handed out one after another, copies are dropped, delays are kept."""

import hashlib
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any
from uuid import uuid4

from azure.core.exceptions import AzureError
from azure.servicebus import ServiceBusClient, ServiceBusMessage, ServiceBusSender
from azure.servicebus.exceptions import ServiceBusServerBusyError

from shared.domain.errors import TransientProviderError
from shared.domain.messages import Message
from shared.message_transport import ServiceBusNamespace
from shared.messaging.names import has_sessions
from shared.messaging.senders import NoneFree, Senders
from shared.messaging.sizes import written
from shared.storage_account import credential

SEND_SECONDS = 3.0  # all tries together: whoever calls a webhook waits for them
BUSY_SECONDS = 10.0  # what the service asks for when it throttles
MOST_CHARACTERS = 128  # in the id of a session or a message

_RETRIES: dict[str, Any] = {
    "retry_total": 2,
    "retry_mode": "fixed",
    "retry_backoff_factor": 0.2,
    "try_timeout": SEND_SECONDS / 2,
}
# No thread for each sender to keep its connection open: one that has been idle is not used again (senders.py).
_NO_KEEPING_ALIVE: dict[str, Any] = {"keep_alive": 0}


class ServiceBusQueues:
    """`Queues` on Service Bus. A message may still arrive twice, and waits for as long as its queue says."""

    def __init__(self, client: ServiceBusClient) -> None:
        self._client = client
        self._lock = Lock()
        self._senders: dict[str, Senders[ServiceBusSender]] = {}

    def send(
        self, queue: str, message: Message, delay: timedelta | None = None, *, even_if_a_copy: bool = False
    ) -> None:
        """Raises MessageTooLarge, TransientProviderError."""
        outgoing = _outgoing(queue, message, even_if_a_copy=even_if_a_copy)
        try:
            with self._senders_of(queue).one(SEND_SECONDS) as sender:
                if delay:
                    sender.schedule_messages(outgoing, datetime.now(UTC) + delay, timeout=SEND_SECONDS)
                else:
                    sender.send_messages(outgoing, timeout=SEND_SECONDS)
        except ServiceBusServerBusyError as busy:
            raise TransientProviderError(f"queue {queue!r} is busy: {busy}", BUSY_SECONDS) from busy
        except (AzureError, OSError, NoneFree) as error:
            raise TransientProviderError(f"queue {queue!r} did not take a message: {error}") from error

    def close(self) -> None:
        with self._lock:
            for senders in self._senders.values():
                senders.close()
        self._client.close()

    def _senders_of(self, queue: str) -> Senders[ServiceBusSender]:
        with self._lock:
            if queue not in self._senders:
                self._senders[queue] = Senders(partial(self._client.get_queue_sender, queue, **_NO_KEEPING_ALIVE))
            return self._senders[queue]


def open_service_bus(namespace: ServiceBusNamespace) -> ServiceBusQueues:
    """Nobody is called yet."""
    if namespace.has_keys:
        return ServiceBusQueues(ServiceBusClient.from_connection_string(namespace.address, **_RETRIES))
    return ServiceBusQueues(ServiceBusClient(namespace.address, credential(namespace.client_id), **_RETRIES))


def _outgoing(queue: str, message: Message, *, even_if_a_copy: bool) -> ServiceBusMessage:
    identity = None if even_if_a_copy else message.identity
    return ServiceBusMessage(
        written(queue, message),
        session_id=_short(message.about) if has_sessions(queue) else None,
        message_id=_short(identity) if identity else str(uuid4()),
        content_type="application/json",
    )


def _short(name: str) -> str:
    return name if len(name) <= MOST_CHARACTERS else hashlib.sha256(name.encode()).hexdigest()
