"""The rounds of attempts: plan, reserve, plan again what was refused.

Each round is kept twice: its plan before anything is reserved, its result before anything follows from it. An attempt
taken up again goes on from what is kept, so the same units are reserved once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from shared.application.sourcing.attempts import (
    Attempts,
    Piece,
    Refused,
    Round,
    RoundPlan,
    RoundResult,
    kept_pieces,
    units,
)
from shared.application.sourcing.daily_lines import DailyLines
from shared.application.sourcing.pieces import Want, of_no_use
from shared.application.sourcing.planning import Mode, Planner
from shared.application.sourcing.wanted import Task
from shared.configuration import Fulfillment, StrategySetup
from shared.domain.errors import RejectedByProvider
from shared.domain.orders import Order
from shared.domain.ports import Clock
from shared.domain.stock import Reserved, Stock

ROUNDS = 3
_NOTHING = Decimal(0)


@dataclass
class Settled:
    """How far an attempt has come. `rejection`: the inventory service refused to reserve at all, or to take back."""

    task: Task
    rounds: list[Round] = field(default_factory=list)
    rejection: str = ""

    @property
    def plan(self) -> RoundPlan | None:
        """The last one."""
        return self.rounds[-1].plan if self.rounds else None

    @property
    def result(self) -> RoundResult | None:
        return self.rounds[-1].result if self.rounds else None

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """What is reserved."""
        return kept_pieces(self.rounds)

    @property
    def missing(self) -> dict[str, Decimal]:
        """Units by line id that the task wants beyond that."""
        have = units(self.pieces)
        left = {line_id: wanted - have.get(line_id, _NOTHING) for line_id, wanted in self.task.wanted.items()}
        return {line_id: quantity for line_id, quantity in left.items() if quantity > 0}

    @property
    def to_be_reserved(self) -> bool:
        return bool(self.plan and self.plan.pieces and not self.result)

    @property
    def done(self) -> bool:
        if self.rejection:
            return True
        if self.to_be_reserved:
            return False
        if not self.missing:
            return True
        refused = self.result is not None and bool(self.result.refused)
        return bool(self.rounds) and (not refused or len(self.rounds) >= ROUNDS)


@dataclass(frozen=True)
class Settling:
    fulfillment: Fulfillment
    planner: Planner
    attempts: Attempts
    stock: Stock
    daily_lines: DailyLines
    clock: Clock

    def settle(
        self, tasks: Sequence[Task], strategy: StrategySetup, mode: Mode, *, keep_empty: bool = True
    ) -> list[Settled]:
        """Every task to its end, in the order given. Without `keep_empty` a plan that finds nothing is not kept.

        Raises TransientProviderError; the next call with the same tasks goes on from there.
        """
        every = [self._resumed(task) for task in tasks]
        while pending := [each for each in every if not each.done]:
            # What was planned before a crash has the first call on stock.
            if planned := [each for each in pending if each.to_be_reserved]:
                self._reserve(planned)
            else:
                self._plan(pending, strategy, mode, keep_empty=keep_empty)
        return every

    def finish(self, order: Order, attempt: str) -> Settled:
        """Reserve what an attempt had planned; nothing more is planned. Raises TransientProviderError."""
        resumed = self._resumed(Task(order, attempt, ()))
        if resumed.to_be_reserved:
            self._reserve([resumed])
        return resumed

    def _resumed(self, task: Task) -> Settled:
        resumed = Settled(task, self.attempts.rounds(task.order_id).get(task.attempt, []))
        if resumed.result:
            self._follow(resumed, resumed.result)
        return resumed

    def _plan(self, pending: Sequence[Settled], strategy: StrategySetup, mode: Mode, *, keep_empty: bool) -> None:
        wants = [Want(each.task, len(each.rounds) + 1, each.missing) for each in pending]
        for each, plan in zip(pending, self.planner.plan(wants, strategy, self.clock(), mode), strict=True):
            each.rounds.append(Round(self._kept(each, plan) if plan.pieces or keep_empty else plan))

    def _kept(self, each: Settled, plan: RoundPlan) -> RoundPlan:
        if plan.pieces:
            self.attempts.begin(each.task.order_id, each.task.attempt)
        return self.attempts.keep_plan(each.task.order_id, plan)

    def _reserve(self, planned: Sequence[Settled]) -> None:
        """A refusal of the whole request is looked into order by order."""
        pieces = [piece for each in planned if each.plan for piece in each.plan.pieces]
        wanted = [piece.reservation for piece in pieces if piece.reservation]
        try:
            answers = {each.reservation.key: each for each in (self.stock.reserve(wanted) if wanted else ())}
        except RejectedByProvider as refusal:
            if len(planned) == 1:
                planned[0].rejection = str(refusal)
                return
            for each in planned:
                self._reserve([each])
            return
        for each in planned:
            self._conclude(each, answers)

    def _conclude(self, each: Settled, answers: Mapping[str, Reserved]) -> None:
        plan = each.rounds[-1].plan
        mine = self._result(plan, answers)
        kept = self.attempts.keep_result(each.task.order_id, plan, mine)
        each.rounds[-1] = Round(plan, kept)
        # Another run of the same attempt may have been first, and refused what we were given.
        known = {piece.key for piece in (*kept.kept, *kept.given_back)}
        self._follow(each, kept, [piece for piece in (*mine.kept, *mine.given_back) if piece.key not in known])

    def _result(self, plan: RoundPlan, answers: Mapping[str, Reserved]) -> RoundResult:
        kept: list[Piece] = []
        refused: list[Refused] = []
        for piece in plan.pieces:
            answer = answers[piece.key] if piece.reservation else None
            if answer and answer.refusal:
                refused.append(Refused(piece=piece, why=answer.refusal))
            else:
                kept.append(piece.with_(reservation=answer.reservation) if answer else piece)
        useless = of_no_use(kept, [each.piece for each in refused], self.fulfillment)
        keys = {piece.key for piece in useless}
        return RoundResult(
            kept=tuple(piece for piece in kept if piece.key not in keys), given_back=useless, refused=tuple(refused)
        )

    def _follow(self, each: Settled, result: RoundResult, in_vain: Sequence[Piece] = ()) -> None:
        """What a kept result demands, and units `in_vain` given back; done again, nothing happens twice.

        Units that are not taken back are a person's to look at. So that nobody else waits for that, the attempt goes
        no further.
        """
        self.daily_lines.add(result.kept)
        pieces = (*result.given_back, *in_vain)
        try:
            if reservations := [piece.reservation for piece in pieces if piece.reservation]:
                self.stock.release(reservations)
        except RejectedByProvider as refusal:
            each.rejection = str(refusal)
