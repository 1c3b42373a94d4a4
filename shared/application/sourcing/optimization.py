"""The provider action that finds sources for an order: at once, or together with others a little later."""

from dataclasses import dataclass

from shared.application.sourcing.outcomes import Outcomes, refused
from shared.application.sourcing.settling import Settling
from shared.application.sourcing.wanted import Task, unsourced
from shared.configuration import Fulfillment, StrategySetup, UnknownStrategy
from shared.domain.actions import ActionOutcome, AnsweredLater, ProviderAction
from shared.domain.orders import Order
from shared.domain.sourcing import OptimizationQueue


def attempt_of(action: ProviderAction) -> str:
    """The same however often the action is performed; a reprocessed step is another attempt."""
    return f"{action.step}.{action.generation}"


@dataclass(frozen=True)
class SendToFulfillmentOptimization:
    """`send_to_fulfillment_optimization` (`Perform`)."""

    fulfillment: Fulfillment
    settling: Settling
    outcomes: Outcomes
    queue: OptimizationQueue

    def __call__(self, action: ProviderAction, order: Order) -> ActionOutcome:
        try:
            strategy = self.fulfillment.strategy(order.strategy)
        except UnknownStrategy as unknown:
            return refused(action, str(unknown))
        if strategy.batch_minutes is not None:
            self.queue.put(strategy.name, action)
            raise AnsweredLater(
                f"the order waits for up to {strategy.batch_minutes} minutes, to be planned with others"
            )
        return self._at_once(action, order, strategy)

    def _at_once(self, action: ProviderAction, order: Order, strategy: StrategySetup) -> ActionOutcome:
        task = Task(order, attempt_of(action), unsourced(order))
        (settled,) = self.settling.settle([task], strategy, "real_time")
        return self.outcomes.of(action, settled)
