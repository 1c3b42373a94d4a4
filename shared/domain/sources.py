"""Where orders are born: what a source system's order means for us."""

from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import StringConstraints

from shared.domain.identity import order_id_for
from shared.domain.messages import Message
from shared.domain.orders import Order, Problem, Value


class Readiness(StrEnum):
    READY = "ready"  # paid and not shipped: ours to orchestrate
    WAITING = "waiting"  # not paid yet, or held by the merchant: comes back with its next status change
    CANCELED = "canceled"  # cancelled, declined or refunded in the source
    ELSEWHERE = "elsewhere"  # already shipped or completed without us


class PulledOrder(Value):
    """An order as its source has it now. Only a READY order is sure to have its lines."""

    order: Order
    readiness: Readiness
    problems: tuple[Problem, ...] = ()


class OrderSource(Protocol):
    @property
    def takes_all(self) -> bool:
        """Whether an order of this source that no flow takes is a mistake; otherwise it is none of our business."""
        ...

    def pull(self, external_id: str) -> PulledOrder:
        """Raises TransientProviderError, also for an order the source does not show yet."""
        ...


ExternalId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.~-]{0,99}$")]
"""It becomes a part of an address: no text that leads elsewhere."""


class IntakeMessage(Message):
    """The message on `order-intake`: look at this order of this source. It may come any number of times."""

    source: str
    external_id: ExternalId
    canceled: bool = False  # the source says it was cancelled: worth a look even when the order is on its way

    @property
    def about(self) -> str:
        return f"{self.source}:{self.external_id}"

    @property
    def order(self) -> str:
        return order_id_for(self.source, self.external_id)
