"""Provider actions: requests to an outside system, run from that provider's queue."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.errors import OrderProblem
from shared.domain.events import BusinessEvent
from shared.domain.identity import action_id_for
from shared.domain.messages import Message
from shared.domain.orders import Order
from shared.domain.progress import Report
from shared.domain.results import StepResult

CANCEL_ORDER = "cancel_order"  # the action by which each system that has an order is asked to stop


class Provider(StrEnum):
    BIGCOMMERCE = "bigcommerce"
    FINOPS = "finops"
    FLEXE = "flexe"
    SAP = "sap"
    OPTIMIZATION = "optimization"


class ProviderAction(Message):
    """The message on a provider's queue. Everything in it follows from (order, step, generation): it may come twice."""

    order_id: str
    provider: Provider
    name: str
    step: str  # which step of the flow asks; one action may be asked for by several steps
    generation: int

    @property
    def action_id(self) -> str:
        """Also the name of the event that brings the answer into the flow."""
        return action_id_for(self.order_id, self.step, self.generation)

    @property
    def about(self) -> str:
        return self.order_id

    @property
    def order(self) -> str:
        return self.order_id

    @property
    def identity(self) -> str:
        return f"{self.action_id}:{self.attempt}"


@dataclass(frozen=True)
class ActionOutcome:
    """What an action did: its result, the business events it gives rise to, and how the order's facts change.

    `update`, then `report`, are applied to the order as it is when the outcome is stored, which may be newer than the
    one acted on; the events of `report` come after `events`. `late` says what more has happened, by that newer order
    as it is before `update`; an alert among it is on the error pages too.
    """

    result: StepResult
    events: tuple[BusinessEvent, ...] = ()
    update: Callable[[Order], Order] | None = None
    report: Report | None = None
    late: Callable[[Order], tuple[BusinessEvent, ...]] | None = None


class AnsweredLater(OrderProblem):
    """The action waits for others to be done together with it; whoever does them answers the flow."""


Perform = Callable[[ProviderAction, Order], ActionOutcome]
"""One provider action. Raises RejectedByProvider, TransientProviderError or AnsweredLater; safe to run twice."""
