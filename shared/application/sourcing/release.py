"""The provider action that stops the sourcing of an order that is to be canceled."""

from dataclasses import dataclass

from shared.application.sourcing.leftovers import Leftovers
from shared.application.sourcing.outcomes import SOURCE
from shared.domain.actions import ActionOutcome, ProviderAction
from shared.domain.orders import Order
from shared.domain.progress import Report
from shared.domain.results import StepResult


@dataclass(frozen=True)
class ReleaseReservations:
    """`cancel_order` (`Perform`): gives back what has not shipped, and cancels the lines that F&O never had."""

    leftovers: Leftovers

    def __call__(self, action: ProviderAction, order: Order) -> ActionOutcome:
        self.leftovers.give_back(order, ended=True)
        canceled = {line.line_id: line.quantity for line in order.lines if not line.in_finops}
        report = Report(source=SOURCE, canceled=canceled) if canceled else None
        return ActionOutcome(StepResult.succeeded(action.step), report=report)
