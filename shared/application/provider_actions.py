"""Runs provider actions: load, act, keep the answer. An action that has its answer is never performed again."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from shared.application.action_answers import ActionAnswers, step_request
from shared.application.step_keeping import StepKeeping
from shared.domain.actions import ActionOutcome, AnsweredLater, Perform, Provider, ProviderAction
from shared.domain.errors import NotTried, RejectedByProvider, TransientProviderError
from shared.domain.orders import Order
from shared.domain.ports import Claims
from shared.domain.privacy import impersonal
from shared.domain.results import StepAnswer, StepResult
from shared.telemetry.metrics import ACTION_DURATION, record

ASK_AGAIN_SECONDS = 5.0  # for the answer of the copy that is being performed

Actions = Mapping[tuple[Provider, str], Perform]


class BeingPerformed(NotTried):
    """Another copy of the message is in hand: its answer will be this one's, however long it takes."""


@dataclass(frozen=True)
class ProviderActions:
    """The actions of all providers, by (provider, name). `why_idle`: why one is to be asked for nothing, or ""."""

    steps: StepKeeping
    claims: Claims
    actions: Actions
    why_idle: Callable[[Provider], str] = lambda _: ""

    def run(self, action: ProviderAction) -> StepAnswer:
        """The answer for the waiting flow.

        Raises BeingPerformed, TransientProviderError to be tried again, or AnsweredLater when others will answer.
        """
        opened = self._answers.open(action)
        answer = self._answers.without_performing(action, opened)
        return answer or self._answers.keep(action, opened, self._perform(action, opened.record.order))

    def give_up(self, action: ProviderAction, why: str, dead_letter: str = "") -> StepAnswer:
        """The answer when trying on is pointless; an answer that was kept already stands."""
        opened = self._answers.open(action)
        if opened.answer is not None:
            return opened.answer
        message = f"{action.provider} {action.name} gave up after {action.attempt} attempts: {why}"
        details = {"dead_letter": dead_letter} if dead_letter else {}
        return self._answers.keep(action, opened, ActionOutcome(StepResult.failed(action.step, message, **details)))

    @property
    def _answers(self) -> ActionAnswers:
        return ActionAnswers(self.steps)

    def _perform(self, action: ProviderAction, order: Order) -> ActionOutcome:
        key = step_request(action).key
        if wait := self.claims.take(action.order_id, key):
            raise BeingPerformed(f"{action.step} is being performed already", retry_after=min(wait, ASK_AGAIN_SECONDS))
        if why := self.why_idle(action.provider):
            return ActionOutcome(StepResult.failed(action.step, f"{why}; activate it, then reprocess"))
        try:
            with _timed(action) as timed:
                return timed.came_to(self._performed(action, order))
        except Exception as fault:
            self.claims.give_back(action.order_id, key)
            if isinstance(fault, TransientProviderError):  # what it says goes into the log
                fault.args = (impersonal(str(fault), order),)
            raise

    def _performed(self, action: ProviderAction, order: Order) -> ActionOutcome:
        try:
            return self.actions[action.provider, action.name](action, order)
        except RejectedByProvider as refusal:
            return ActionOutcome(StepResult.failed(action.step, str(refusal)))


class _Timed:
    """An action that is being performed; put off by an outside system, or by us, unless it comes to an outcome."""

    outcome = "error"

    def came_to(self, outcome: ActionOutcome) -> ActionOutcome:
        self.outcome = "succeeded" if outcome.result.success else "failed"
        return outcome


@contextmanager
def _timed(action: ProviderAction) -> Iterator[_Timed]:
    began, timed = time.monotonic(), _Timed()
    try:
        yield timed
    except TransientProviderError:
        timed.outcome = "put off"
        raise
    except AnsweredLater:
        timed.outcome = "gathered"
        raise
    finally:
        about = {"provider": action.provider.value, "action": action.name, "outcome": timed.outcome}
        record(ACTION_DURATION, time.monotonic() - began, **about)
