"""Orders that are planned together: gathered by strategy, optimized as one, answered one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from shared.application.action_answers import ActionAnswers
from shared.application.sourcing.optimization import attempt_of
from shared.application.sourcing.outcomes import Outcomes, refused
from shared.application.sourcing.put_off import others_go_on
from shared.application.sourcing.settling import Settling
from shared.application.sourcing.telling import Answered
from shared.application.sourcing.wanted import Task, unsourced
from shared.configuration import Fulfillment, StrategySetup
from shared.domain.actions import ActionOutcome
from shared.domain.ports import Claims, Clock, OpenOrder
from shared.domain.results import StepAnswer
from shared.domain.sourcing import OptimizationQueue, QueuedAction


@dataclass(frozen=True)
class BatchRun:
    """`answered`: what to raise into the flows. `put_off`: strategies that were not done with, and why."""

    answered: tuple[Answered, ...] = ()
    put_off: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Taken:
    """An action in hand, with its order as it is now."""

    queued: QueuedAction
    opened: OpenOrder
    task: Task


@dataclass(frozen=True)
class OptimizationBatches:
    """One run of a strategy at a time; the next one takes up what a run that died has left."""

    fulfillment: Fulfillment
    answers: ActionAnswers
    settling: Settling
    outcomes: Outcomes
    queue: OptimizationQueue
    claims: Claims
    clock: Clock

    def run(self) -> BatchRun:
        """Every strategy whose orders have waited long enough.

        An answer is handed out by the run that stores it and by every later one, until its flow was told.
        """
        by_strategy: dict[str, list[QueuedAction]] = {}
        for queued in self.queue.actions():
            by_strategy.setdefault(queued.strategy, []).append(queued)
        put_off: list[str] = []
        answered = [each for name, queue in by_strategy.items() for each in self._claimed(name, queue, put_off)]
        return BatchRun(tuple(answered), tuple(put_off))

    def _claimed(self, name: str, queue: Sequence[QueuedAction], put_off: list[str]) -> Iterator[Answered]:
        """None while another run has this strategy in hand; after a problem, those that came before it."""
        what = f"strategy {name}"
        if self.claims.take("optimization", what):
            put_off.append(f"{what}: another run has it in hand")
            return
        try:
            with others_go_on(what, put_off):
                yield from self._untold([queued for queued in queue if queued.answered])
                yield from self._perform(name, [queued for queued in queue if not queued.answered])
        finally:
            self.claims.give_back("optimization", what)

    def _untold(self, answered: Sequence[QueuedAction]) -> Iterator[Answered]:
        for queued in answered:
            if answer := self.answers.open(queued.action).answer:
                yield self._to_tell(queued, answer)

    def _perform(self, name: str, waiting: Sequence[QueuedAction]) -> Iterator[Answered]:
        strategy = self.fulfillment.strategies.get(name)
        if not waiting or (strategy and not self._is_due(waiting[0], strategy)):
            return
        taken: list[_Taken] = []
        for queued in waiting:
            opened = self.answers.open(queued.action)
            if answer := self.answers.without_performing(queued.action, opened):
                yield self._answered(queued, answer)
            else:
                order = opened.record.order
                taken.append(_Taken(queued, opened, Task(order, attempt_of(queued.action), unsourced(order))))
        yield from self._together(taken, strategy) if strategy else self._without_strategy(taken, name)

    def _together(self, taken: Sequence[_Taken], strategy: StrategySetup) -> Iterator[Answered]:
        """Each part on the stock that the one before it has left."""
        for part in _parts(taken, strategy.maximum_order_lines):
            settled = self.settling.settle([each.task for each in part], strategy, "batch")
            for each, result in zip(part, settled, strict=True):
                yield self._kept(each, self.outcomes.of(each.queued.action, result))

    def _without_strategy(self, taken: Sequence[_Taken], name: str) -> Iterator[Answered]:
        for each in taken:
            why = f"strategy = {name!r}: there is no such strategy any more"
            yield self._kept(each, refused(each.queued.action, why))

    def _is_due(self, oldest: QueuedAction, strategy: StrategySetup) -> bool:
        """At once where batches have been switched off meanwhile."""
        return self.clock() - oldest.queued_at >= timedelta(minutes=strategy.batch_minutes or 0)

    def _kept(self, taken: _Taken, outcome: ActionOutcome) -> Answered:
        return self._answered(taken.queued, self.answers.keep(taken.queued.action, taken.opened, outcome))

    def _answered(self, queued: QueuedAction, answer: StepAnswer) -> Answered:
        self.queue.answer(queued)
        return self._to_tell(queued, answer)

    def _to_tell(self, queued: QueuedAction, answer: StepAnswer) -> Answered:
        return Answered(queued.action, answer, told=partial(self.queue.remove, queued))


def _parts(taken: Sequence[_Taken], maximum_lines: int) -> Iterator[list[_Taken]]:
    """Cut between orders, oldest first; an order with more lines than that is a part by itself."""
    part: list[_Taken] = []
    lines = 0
    for each in taken:
        if part and lines + len(each.task.lines) > maximum_lines:
            yield part
            part, lines = [], 0
        part.append(each)
        lines += len(each.task.lines)
    if part:
        yield part
