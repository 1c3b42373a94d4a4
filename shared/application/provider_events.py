"""What an outside system says by itself: a hint that one of its documents is worth a look, on that system's queue."""

from dataclasses import dataclass
from typing import Protocol

from shared.domain.actions import Provider
from shared.domain.errors import TransientProviderError
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


class SeenInPart(TransientProviderError):
    """`fault` was met when some orders had been looked at: what was `seen` of them is to be raised all the same.

    It counts as tried, also when `fault` itself does not: events have been stored.
    """

    def __init__(self, seen: tuple[Seen, ...], fault: TransientProviderError) -> None:
        super().__init__(str(fault), fault.retry_after)
        self.seen = seen


class ProviderEvents(Protocol):
    """One system's handler."""

    def handle(self, event: ProviderEvent, *, redelivered: bool) -> tuple[Seen, ...]:
        """Append what the document's present state means to the orders it is about; none that are not ours.

        `redelivered`: an earlier delivery may have stored events and died before raising them, so all events of the
        order are answered. Raises TransientProviderError when the document cannot be read now, SeenInPart when it could
        be read for some of its orders; a refused read is on the error pages and answers nothing.
        """
        ...

    def give_up(self, event: ProviderEvent, why: str, dead_letter: str = "") -> None:
        """Put it on the error pages; `dead_letter` names where the event is kept."""
        ...
