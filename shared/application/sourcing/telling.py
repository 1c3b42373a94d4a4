"""What the flows of orders must hear of: run after run hands it out, until a flow was told.

A run may fail or die at any call, also after it has stored what it found. A flow that is told twice takes no harm; one
that is never told waits for good.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from shared.application.provider_events import Seen
from shared.domain.actions import ProviderAction
from shared.domain.results import StepAnswer


@dataclass(frozen=True)
class News(Seen):
    """Events to raise into an order's flow. `told` is to be called when that is done, and not before."""

    told: Callable[[], None] = field(compare=False, kw_only=True)


@dataclass(frozen=True)
class Answered:
    """An action and the answer its flow waits for. `told` is to be called when that has it, and not before."""

    action: ProviderAction
    answer: StepAnswer
    told: Callable[[], None] = field(compare=False, kw_only=True)

    @property
    def order_id(self) -> str:
        return self.action.order_id


def to_be_told_again() -> None:
    """`told` of what the next run has to look at anyway."""
