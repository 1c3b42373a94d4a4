"""Runs provider actions: load, act, keep the answer. An action that has its answer is never performed again."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from shared.application.failed_steps import failure
from shared.domain.actions import ActionOutcome, Perform, Provider, ProviderAction
from shared.domain.errors import RejectedByProvider
from shared.domain.ports import ErrorEntry, ErrorPages, OpenOrder, OrderBook
from shared.domain.records import Change, OrderRecord
from shared.domain.results import StepAnswer, StepResult
from shared.domain.states import CANCELED

log = logging.getLogger(__name__)

Actions = Mapping[tuple[Provider, str], Perform]


@dataclass(frozen=True)
class ProviderActions:
    """The actions of all providers, by (provider, name)."""

    book: OrderBook
    errors: ErrorPages
    actions: Actions

    def run(self, action: ProviderAction) -> StepAnswer:
        """The answer for the waiting flow. Raises TransientProviderError when it is worth trying again."""
        opened = self._open(action)
        if opened.answer is not None:
            return opened.answer
        record = opened.record
        if record.position.state.name == CANCELED:  # while the request for this was on its way; nobody has to mend it
            return _stored(opened, action, ActionOutcome(StepResult.failed(action.step, "the order is canceled")))
        try:
            outcome = self.actions[action.provider, action.name](action, record.order)
        except RejectedByProvider as refusal:
            outcome = ActionOutcome(StepResult.failed(action.step, str(refusal)))
        return self._keep(opened, action, outcome)

    def give_up(self, action: ProviderAction, why: str) -> StepAnswer:
        """The answer when trying on is pointless; an answer that was kept already stands."""
        message = f"{action.provider} {action.name} gave up after {action.attempt} attempts: {why}"
        return self._keep(self._open(action), action, ActionOutcome(StepResult.failed(action.step, message)))

    def _open(self, action: ProviderAction) -> OpenOrder:
        return self.book.open(action.order_id, step=(action.step, action.generation))

    def _keep(self, opened: OpenOrder, action: ProviderAction, outcome: ActionOutcome) -> StepAnswer:
        answer = _stored(opened, action, outcome)
        log.info("order %s: %s %s", action.order_id, action.step, "succeeded" if answer.success else "failed")
        if not answer.success:
            self._report(action, answer)
        return answer

    def _report(self, action: ProviderAction, answer: StepAnswer) -> None:
        self.errors.report(
            ErrorEntry(
                kind="provider_action",
                key=action.action_id,
                order_id=action.order_id,
                step=action.step,
                message=answer.message,
                details={"provider": action.provider, "action": action.name, **answer.details},
            )
        )


def _stored(opened: OpenOrder, action: ProviderAction, outcome: ActionOutcome) -> StepAnswer:
    result = outcome.result

    def decide(record: OrderRecord) -> Change:
        return Change(
            order=outcome.update(record.order) if outcome.update else None,
            events=outcome.events if result.success else (*outcome.events, failure(result, action.generation)),
            step=result,
            generation=action.generation,
            reason=None if result.success else f"{action.step} Failed",
        )

    answer = opened.change(decide).step
    if answer is None:
        raise AssertionError(f"step {action.step} of order {action.order_id} was not kept")
    return answer
