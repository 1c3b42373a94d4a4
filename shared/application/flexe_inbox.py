"""Where Flexe's callbacks arrive: authentic and well-formed ones go on a queue, before any work is done."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.application.provider_events import ProviderEvent
from shared.domain.actions import Provider
from shared.domain.ports import Queues
from shared.messaging.names import events_queue
from shared.providers.flexe import webhooks
from shared.providers.flexe.connection import FlexeConnection


@dataclass(frozen=True)
class FlexeInbox:
    connection: FlexeConnection
    queues: Queues

    def receive(self, headers: Mapping[str, str], body: bytes) -> str | None:
        """Why the callback is not for us; None when it was put on `provider-events-flexe`.

        Raises NotAuthentic, Malformed.
        """
        webhooks.authenticate(headers, body, self.connection)
        notice = webhooks.parse(body, self.connection)
        if isinstance(notice, webhooks.Ignored):
            return notice.reason
        look_at(self.queues, notice.outbound_order_id, notice.external_order_id)
        return None


def look_at(queues: Queues, outbound_order_id: str, external_order_id: str) -> None:
    """Have an order of Flexe read again."""
    event = ProviderEvent(provider=Provider.FLEXE, document=outbound_order_id, reference=external_order_id)
    queues.send(events_queue(Provider.FLEXE), event)
