"""What one configuration makes of an order: the flow that takes it, and what that flow's policies decide."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from shared.application.decisions import problems
from shared.application.what_if.report import Verdict
from shared.configuration import Configuration, Flow
from shared.domain.orders import Order
from shared.policies import Decision, Policy, Subject, evaluate, run_policies


@dataclass(frozen=True)
class Run:
    """Policies that were run on an order. `after`: as they leave it, which is as it was when one of them stops it."""

    after: Order
    decisions: tuple[Decision, ...]
    verdict: Verdict


@dataclass(frozen=True)
class Course:
    """`filters`: what decides about each published flow. `assignment` None: there is no flow, or Flexe has to ship."""

    filters: Mapping[str, Decision]
    flow: Flow | None = None
    validation: Run | None = None
    assignment: Run | None = None

    @property
    def taking(self) -> tuple[str, ...]:
        return tuple(name for name, decision in self.filters.items() if decision.success)

    @property
    def waits_for_shipping(self) -> bool:
        return self.flow is not None and self.assignment is None

    def decisions(self) -> Iterator[Decision]:
        yield from self.filters.values()
        for run in (self.validation, self.assignment):
            yield from run.decisions if run else ()


def course_of(order: Order, configuration: Configuration) -> Course:
    """As `Configuration.flow_for` and the steps of flows decide it."""
    published = [flow for flow in configuration.flows.values() if flow.published]
    course = Course({flow.name: evaluate(configuration.policy(flow.filter), Subject(order)) for flow in published})
    if len(course.taking) != 1:
        return course
    flow = configuration.flow(course.taking[0])
    validation = run(_named(flow.validation, configuration), order)
    unshipped = bool(flow.assignment) and flow.fulfillment == "flexe" and order.fulfillment_source is None
    assignment = None if unshipped else run(_named(flow.assignment, configuration), validation.after)
    return Course(course.filters, flow, validation, assignment)


def run(policies: Iterable[Policy], order: Order) -> Run:
    after, decisions = run_policies(policies, order)
    informing = (each.with_(critical=True) for each in decisions if not each.critical)
    stopping = problems(decisions)
    verdict = Verdict(success=not stopping, problems=stopping, noted=problems(informing))
    return Run(order if stopping else after, decisions, verdict)


def untouched(order: Order) -> Run:
    """Where nothing is run."""
    return Run(order, (), Verdict(success=True))


def _named(names: Iterable[str], configuration: Configuration) -> list[Policy]:
    return [configuration.policy(name) for name in names]
