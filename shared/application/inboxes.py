"""Where outside systems' calls arrive: authentic and well-formed ones go on a queue, before any work is done."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.application.finops_changes import ChangeMessage
from shared.domain.ports import Queues
from shared.domain.sources import IntakeMessage, Readiness
from shared.messaging.names import CHANGES_QUEUE, INTAKE_QUEUE
from shared.providers.bigcommerce.connection import BigCommerceConnection
from shared.providers.bigcommerce.orders import SOURCE
from shared.providers.bigcommerce.webhooks import BigCommerceCallbacks, Ignored
from shared.providers.finops import messages
from shared.providers.finops.connection import DataverseConnection


@dataclass(frozen=True)
class BigCommerceInbox:
    connection: BigCommerceConnection
    callbacks: BigCommerceCallbacks
    queues: Queues

    def receive(self, headers: Mapping[str, str], body: bytes) -> str | None:
        """Why the callback is not for us; None when it was put on `order-intake`.

        Raises NotAuthentic, Malformed.
        """
        callback = self.callbacks.read(headers, body)
        if isinstance(callback, Ignored):
            return callback.reason
        return self.look_at(callback.external_order_id, callback.status_id)

    def look_at(self, external_id: str, status_id: int | None) -> str | None:
        """Put the order on `order-intake`, or say why not. `status_id` is the store's, None when it is not told."""
        readiness = None if status_id is None else self.connection.readiness(status_id)
        if readiness is Readiness.ELSEWHERE:  # mostly our own writes, coming back
            return f"order {external_id} is shipped or completed in the store (status {status_id})"
        message = IntakeMessage(source=SOURCE, external_id=external_id, canceled=readiness is Readiness.CANCELED)
        self.queues.send(INTAKE_QUEUE, message)
        return None


@dataclass(frozen=True)
class DataverseInbox:
    connection: DataverseConnection
    queues: Queues

    def receive(self, query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> str | None:
        """Why the message is not for us; None when it was put on `dataverse-changes`.

        Raises NotAuthentic, Malformed.
        """
        messages.authenticate(query, headers, self.connection)
        return self.take(body)

    def take(self, body: bytes) -> str | None:
        """The same for a message that came by a way only Dataverse can write to. Raises Malformed."""
        change = messages.parse(body)
        if isinstance(change, messages.Ignored):
            return change.reason
        self.look_at(change)
        return None

    def look_at(self, change: messages.RowChange) -> bool:
        """Put the row on `dataverse-changes`; False when nothing is left to look at."""
        message = _to_look_at(change)
        if message is None:
            return False
        self.queues.send(CHANGES_QUEUE, message)
        return True

    @staticmethod
    def meant(body: bytes) -> ChangeMessage | None:
        """What `take` would queue; None for nothing. Raises Malformed."""
        change = messages.parse(body)
        return None if isinstance(change, messages.Ignored) else _to_look_at(change)


def _to_look_at(change: messages.RowChange) -> ChangeMessage | None:
    if change.message == "Delete":
        return None
    return ChangeMessage(entity=change.entity, row_id=change.row_id, order_row_id=change.order_row_id)
