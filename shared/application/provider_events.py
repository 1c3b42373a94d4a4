"""What an outside system says by itself: a hint that one of its documents is worth a look, on that system's queue."""

from dataclasses import dataclass
from typing import Protocol

from shared.domain.actions import Provider
from shared.domain.messages import Message
from shared.domain.results import EventMark


class ProviderEvent(Message):
    """The message on `provider-events-{provider}`: look at this document. It may come any number of times.

    `document` is its id in that system (Flexe: the outbound order, SAP: the billing document), `reference` what the
    system said of whose it is, where it did.
    """

    provider: Provider
    document: str
    reference: str = ""

    @property
    def about(self) -> str:
        return self.document


@dataclass(frozen=True)
class Seen:
    """Events to raise into an order's flow."""

    order_id: str
    events: tuple[EventMark, ...]


class ProviderEvents(Protocol):
    """One system's handler."""

    def handle(self, event: ProviderEvent, *, redelivered: bool) -> tuple[Seen, ...]:
        """Append what the document's present state means to the orders it is about; none that are not ours.

        `redelivered`: an earlier delivery may have stored events and died before raising them, so all events of the
        order are answered. Raises TransientProviderError when the document cannot be read now; a refused read is on
        the error pages and answers nothing.
        """
        ...

    def give_up(self, event: ProviderEvent, why: str, dead_letter: str = "") -> None:
        """Put it on the error pages; `dead_letter` names where the event is kept."""
        ...
