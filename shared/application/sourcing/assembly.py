"""Everything that sources orders, put together from what it needs of the outside."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from shared.application.action_answers import ActionAnswers
from shared.application.sourcing.attempts import Attempts
from shared.application.sourcing.backorders import Backorders
from shared.application.sourcing.batches import OptimizationBatches
from shared.application.sourcing.daily_lines import DailyLines
from shared.application.sourcing.deadlines import Deadlines
from shared.application.sourcing.leftovers import Leftovers
from shared.application.sourcing.optimization import SendToFulfillmentOptimization
from shared.application.sourcing.outcomes import Outcomes
from shared.application.sourcing.plan_views import PlanViews
from shared.application.sourcing.planning import Planner
from shared.application.sourcing.release import ReleaseReservations
from shared.application.sourcing.releasing import Releasing
from shared.application.sourcing.settling import Settling
from shared.application.sourcing.unfinished import Unfinished
from shared.application.step_keeping import StepKeeping
from shared.configuration import Fulfillment
from shared.domain.ports import Claims, Clock
from shared.domain.sourcing import AssignedLines, HeldLines, OptimizationQueue, Places, Plans
from shared.domain.stock import Stock


@dataclass(frozen=True)
class Sourcing:
    """`elapsed` counts seconds upward (`time.monotonic`); a batch is improved for `budget_seconds` at most."""

    fulfillment: Fulfillment
    steps: StepKeeping
    claims: Claims
    stock: Stock
    places: Places
    plans: Plans
    assigned_lines: AssignedLines
    held_lines: HeldLines
    queue: OptimizationQueue
    clock: Clock
    elapsed: Callable[[], float]
    budget_seconds: float | None

    @cached_property
    def send_to_fulfillment_optimization(self) -> SendToFulfillmentOptimization:
        return SendToFulfillmentOptimization(self.fulfillment, self._settling, self._outcomes, self.queue)

    @cached_property
    def release_reservations(self) -> ReleaseReservations:
        return ReleaseReservations(self._leftovers)

    @cached_property
    def batches(self) -> OptimizationBatches:
        answers = ActionAnswers(self.steps)
        return OptimizationBatches(
            self.fulfillment, answers, self._settling, self._outcomes, self.queue, self.claims, self.clock
        )

    @cached_property
    def backorders(self) -> Backorders:
        book, errors = self.steps.book, self.steps.errors
        releasing = Releasing(self.fulfillment, book, errors, self._leftovers)
        return Backorders(
            fulfillment=self.fulfillment,
            book=book,
            claims=self.claims,
            held_lines=self.held_lines,
            settling=self._settling,
            unfinished=Unfinished(book, self._attempts, self._settling, self._leftovers, releasing),
            deadlines=Deadlines(book, errors, self._attempts, self.fulfillment.order_handling.cancellation_sla_days),
            releasing=releasing,
            clock=self.clock,
        )

    @cached_property
    def plan_views(self) -> PlanViews:
        return PlanViews(self.plans)

    @cached_property
    def _attempts(self) -> Attempts:
        return Attempts(self.plans)

    @cached_property
    def _daily_lines(self) -> DailyLines:
        return DailyLines(self.fulfillment, self.assigned_lines)

    @cached_property
    def _leftovers(self) -> Leftovers:
        return Leftovers(self._attempts, self.stock, self._daily_lines)

    @cached_property
    def _outcomes(self) -> Outcomes:
        return Outcomes(self.fulfillment, self.held_lines, self.steps.errors, self.clock)

    @cached_property
    def _settling(self) -> Settling:
        planner = Planner(
            self.fulfillment, self.stock, self.places, self._daily_lines, self.elapsed, self.budget_seconds
        )
        return Settling(self.fulfillment, planner, self._attempts, self.stock, self._daily_lines, self.clock)
