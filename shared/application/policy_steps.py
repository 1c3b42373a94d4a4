"""The steps of a flow that run here: validation and assignment by policy, and saying that a step could not be run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.application.decisions import explanations, problems
from shared.application.shipped_from import nameless_places, with_places_named
from shared.application.step_keeping import StepKeeping, StepRequest, concluded
from shared.configuration.in_force import ConfigurationInForce
from shared.domain.events import HEADER_REFUSED, HEADER_VALIDATED, LINES_REFUSED, LINES_VALIDATED, BusinessEvent
from shared.domain.orders import Order, Problem
from shared.domain.records import Change, OrderRecord
from shared.domain.results import StepAnswer, StepResult
from shared.policies import Decision, run_policies


@dataclass(frozen=True)
class PolicySteps:
    """Every method answers the same however often it is called with the same request.

    An order goes by the policies of the configuration it has started with.
    """

    steps: StepKeeping
    configuration: ConfigurationInForce

    def validate(self, request: StepRequest, names: Sequence[str]) -> StepAnswer:
        """Validate header and lines; a refusal puts the order on hold with every problem named."""

        def decide(record: OrderRecord) -> Change:
            order, decisions = self._run(names, record, record.order)
            refused = problems(decisions)
            events = _validation_events(request, decisions)
            return _concluded(request, record.order, order, decisions=decisions, refused=refused, events=events)

        return self._kept(request, decide)

    def assign(self, request: StepRequest, names: Sequence[str]) -> StepAnswer:
        """Run execution policies and keep what they set; nothing is kept of a run that failed.

        A place that has been mapped only since goods left it counts; one that has not may be why policies fail.
        """

        def decide(record: OrderRecord) -> Change:
            sources = self.configuration.current.fulfillment.flexe_sources()
            order, decisions = self._run(names, record, with_places_named(record.order, sources))
            if refused := problems(decisions):
                refused = (*nameless_places(order), *refused)
            return _concluded(request, record.order, order, decisions=decisions, refused=refused)

        return self._kept(request, decide)

    def fail(self, request: StepRequest, message: str) -> StepAnswer:
        """The step's own code failed through all retries: the order goes on hold."""
        result = StepResult.failed(request.step, message)
        return self._kept(request, lambda _: concluded(request, result))

    def _run(self, names: Sequence[str], record: OrderRecord, order: Order) -> tuple[Order, tuple[Decision, ...]]:
        configuration = self.configuration.at(record.configuration)
        return run_policies([configuration.policy(name) for name in names], order)

    def _kept(self, request: StepRequest, decide: Callable[[OrderRecord], Change]) -> StepAnswer:
        opened = self.steps.open(request)
        return opened.answer or self.steps.keep(request, opened, "orchestration_step", decide)


def _concluded(
    request: StepRequest,
    before: Order,
    order: Order,
    *,
    decisions: Sequence[Decision],
    refused: tuple[Problem, ...],
    events: tuple[BusinessEvent, ...] = (),
) -> Change:
    details = explanations(decisions)
    if refused:
        message = "; ".join(str(problem) for problem in refused)
        result = StepResult.failed(request.step, message, decisions=details)
        return concluded(request, result, events=events, problems=refused)
    result = StepResult.succeeded(request.step, decisions=details)
    return concluded(request, result, events=events, order=order if order is not before else None, problems=())


def _validation_events(request: StepRequest, decisions: Sequence[Decision]) -> tuple[BusinessEvent, ...]:
    """One for the header, one for the lines, as Intelligent Order Management raises them; it knows of no others."""
    outcomes = (("order", HEADER_VALIDATED, HEADER_REFUSED), ("order_line", LINES_VALIDATED, LINES_REFUSED))
    return tuple(
        BusinessEvent(
            name=refused if any(d.stops for d in decisions if d.entity == entity) else validated,
            cause=request.key,
            source="policy",
        )
        for entity, validated, refused in outcomes
    )
