"""Runs provider actions: load, act, keep the answer. An action that has its answer is never performed again."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.application.step_keeping import StepKeeping, StepRequest, concluded
from shared.domain.actions import ActionOutcome, Perform, Provider, ProviderAction
from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.orders import Order
from shared.domain.ports import Claims, OpenOrder
from shared.domain.progress import advance
from shared.domain.records import Change, OrderRecord
from shared.domain.results import StepAnswer, StepResult
from shared.domain.states import CANCELED

ASK_AGAIN_SECONDS = 5.0  # for the answer of the copy that is being performed

Actions = Mapping[tuple[Provider, str], Perform]


class BeingPerformed(TransientProviderError):
    """Another copy of the message is in hand: its answer will be this one's, however long it takes."""


@dataclass(frozen=True)
class ProviderActions:
    """The actions of all providers, by (provider, name)."""

    steps: StepKeeping
    claims: Claims
    actions: Actions

    def run(self, action: ProviderAction) -> StepAnswer:
        """The answer for the waiting flow. Raises BeingPerformed, or TransientProviderError to be tried again."""
        opened = self.steps.open(_request(action))
        if opened.answer is not None:
            return opened.answer
        record = opened.record
        if record.position.state.name == CANCELED:  # while the request for this was on its way; nobody has to mend it
            canceled = concluded(_request(action), StepResult.failed(action.step, "the order is canceled"))
            return self.steps.store(_request(action), opened, lambda _: canceled)
        return self._keep(opened, action, self._perform(action, record.order))

    def give_up(self, action: ProviderAction, why: str) -> StepAnswer:
        """The answer when trying on is pointless; an answer that was kept already stands."""
        opened = self.steps.open(_request(action))
        if opened.answer is not None:
            return opened.answer
        message = f"{action.provider} {action.name} gave up after {action.attempt} attempts: {why}"
        return self._keep(opened, action, ActionOutcome(StepResult.failed(action.step, message)))

    def _perform(self, action: ProviderAction, order: Order) -> ActionOutcome:
        key = _request(action).key
        if wait := self.claims.take(action.order_id, key):
            raise BeingPerformed(f"{action.step} is being performed already", retry_after=min(wait, ASK_AGAIN_SECONDS))
        try:
            return self.actions[action.provider, action.name](action, order)
        except RejectedByProvider as refusal:
            return ActionOutcome(StepResult.failed(action.step, str(refusal)))
        except Exception:
            self.claims.give_back(action.order_id, key)
            raise

    def _keep(self, opened: OpenOrder, action: ProviderAction, outcome: ActionOutcome) -> StepAnswer:
        def decide(record: OrderRecord) -> Change:
            order = outcome.update(record.order) if outcome.update else record.order
            events = outcome.events
            if outcome.report:
                order, reported = advance(order, outcome.report)
                events = (*events, *reported)
            changed = None if order is record.order else order
            return concluded(_request(action), outcome.result, events=events, order=changed)

        details = {"provider": action.provider, "action": action.name, **outcome.result.details}
        return self.steps.keep(_request(action), opened, "provider_action", decide, details)


def _request(action: ProviderAction) -> StepRequest:
    return StepRequest(action.order_id, action.step, action.generation)
