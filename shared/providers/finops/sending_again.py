"""Sends F&O again what it refused, line by line, as people ask for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.domain.actions import ActionOutcome, ProviderAction
from shared.domain.orders import Order, OrderLine
from shared.domain.results import StepResult
from shared.providers.finops.actions import SendOrderLinesToBilling


@dataclass(frozen=True)
class SendLinesAgain(SendOrderLinesToBilling):
    """Sends the lines that are wished for (`OrderLine.resend`), and no others (`Perform`).

    A refusal is judged as it was the first time: where part of an order is enough, another refusal holds nothing up,
    and the line may be wished for again. One run may fulfill two wishes; the second run then finds nothing to do.
    """

    def _unfit(self, line: OrderLine) -> str:
        return super()._unfit(line) if line.resend else "nobody wants it sent again"

    def _nothing_to_send(self, action: ProviderAction, order: Order, unfit: Mapping[str, str]) -> ActionOutcome:
        wished = {line.line_id for line in order.lines if line.resend and line.alive}
        if wished:
            return super()._nothing_to_send(action, order, unfit)
        return ActionOutcome(StepResult.succeeded(action.step, "nothing is left to be sent again"))

    def _is_enough(self, sent: Sequence[OrderLine]) -> bool:  # noqa: ARG002 - none may be enough, too
        return self.connection.partial_lines_succeed
