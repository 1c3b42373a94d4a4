"""Where SAP's business events arrive: authentic and well-formed ones go on a queue, before any work is done."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.application.provider_events import ProviderEvent
from shared.domain.actions import Provider
from shared.domain.errors import Malformed
from shared.domain.ports import Queues
from shared.messaging.names import events_queue
from shared.providers.sap import webhooks
from shared.providers.sap.connection import SapConnection


@dataclass(frozen=True)
class SapInbox:
    connection: SapConnection
    queues: Queues

    def handshake(self, headers: Mapping[str, str]) -> dict[str, str] | None:
        """The headers that answer a broker's OPTIONS; None when it may not send to us."""
        return webhooks.handshake(headers, self.connection)

    def receive(self, headers: Mapping[str, str], body: bytes) -> str | None:
        """Why nothing of it is for us; None when a document was put on SAP's queue.

        Raises NotAuthentic, and Malformed; what is well-formed of a batch is queued all the same.
        """
        webhooks.authenticate(headers, self.connection)
        delivery = webhooks.parse(headers, body)
        for document in delivery.documents:
            self.look_at(document)
        if delivery.malformed:
            raise Malformed("; ".join(delivery.malformed))
        return None if delivery.documents else "; ".join(delivery.ignored) or "no event came"

    def look_at(self, document: str) -> None:
        message = ProviderEvent(provider=Provider.SAP, document=document)
        self.queues.send(events_queue(Provider.SAP), message)
