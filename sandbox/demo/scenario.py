"""What a scenario is: named steps, each with what the outside world does and with what proves that it happened."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import Event
from typing import Any

import httpx

from sandbox.demo.world import Timeline, World

_POLL_SECONDS = 0.05
# Refused or unanswered, without a field that belongs there, or no JSON at all: each fails the step that asked.
_UNEXPECTED_ANSWERS = (httpx.HTTPError, LookupError, ValueError)


@dataclass
class Order:
    """The one order a scenario follows. `order_id` and `number` are the app's, known once it has stored the order.

    An order born in F&O gets its `external_id`, the id of its Dataverse row, and its `company` when it is entered.
    """

    world: World
    external_id: str
    order_id: str = ""
    number: str = ""
    source: str = "bigcommerce"
    company: str = ""

    @property
    def reference(self) -> str:
        """What Flexe and SAP know the order by: two companies of F&O may use one number."""
        return f"{self.company}-{self.number}" if self.company else self.number

    def timeline(self) -> Timeline:
        return self.world.app.timeline(self.order_id)


@dataclass(frozen=True)
class Step:
    """`act`: what people and systems outside do. `evidence`: what proves the step, in words, or None: not yet."""

    name: str
    evidence: Callable[[Order], str | None]
    act: Callable[[Order], None] | None = None


@dataclass(frozen=True)
class Scenario:
    """`effects` counts what each outside system has received for the order, for the report."""

    name: str
    title: str
    steps: tuple[Step, ...]
    effects: Callable[[Order], dict[str, dict[str, Any]]]


@dataclass(frozen=True)
class Outcome:
    """How one step went; `at` is None while it has not happened, `problem` says why it did not."""

    step: str
    at: datetime | None = None
    seconds: float = 0.0
    evidence: str = ""
    problem: str = ""

    @property
    def ok(self) -> bool:
        return self.at is not None


@dataclass(frozen=True)
class Result:
    """How the whole scenario went. `state` and `state_reason` are the order's last known ones in the app."""

    scenario: str
    external_id: str
    order_id: str = ""
    number: str = ""
    state: str = ""
    state_reason: str = ""
    outcomes: tuple[Outcome, ...] = ()
    effects: dict[str, dict[str, Any]] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return bool(self.outcomes) and all(outcome.ok for outcome in self.outcomes)

    @property
    def missing(self) -> Outcome | None:
        """The step that did not happen; those after it were not tried."""
        return next((outcome for outcome in self.outcomes if not outcome.ok), None)


def play(
    scenario: Scenario, order: Order, *, deadline_seconds: float, stop: Event, tell: Callable[[int, Outcome], None]
) -> Result:
    """Every step in turn, up to the first that does not happen within `deadline_seconds`; `tell` hears of each."""
    started = time.monotonic()
    outcomes = [Outcome(step.name) for step in scenario.steps]
    for number, outcome in enumerate(_outcomes(scenario, order, deadline_seconds, stop)):
        outcomes[number] = outcome
        tell(number, outcome)
    result = Result(scenario.name, order.external_id, outcomes=tuple(outcomes), seconds=time.monotonic() - started)
    return _with_final_state(result, scenario, order)


def _outcomes(scenario: Scenario, order: Order, deadline_seconds: float, stop: Event) -> Iterator[Outcome]:
    for step in scenario.steps:
        outcome = _take(step, order, deadline_seconds, stop)
        yield outcome
        if not outcome.ok:
            return


def _take(step: Step, order: Order, deadline_seconds: float, stop: Event) -> Outcome:
    started = time.monotonic()
    try:
        if step.act:
            step.act(order)
        while (evidence := step.evidence(order)) is None:
            if stop.is_set() or time.monotonic() - started > deadline_seconds:
                problem = f"not seen within {deadline_seconds:g} s; {_situation(order)}"
                return Outcome(step.name, seconds=time.monotonic() - started, problem=problem)
            stop.wait(_POLL_SECONDS)
    except _UNEXPECTED_ANSWERS as failure:
        return Outcome(step.name, seconds=time.monotonic() - started, problem=_explained(failure))
    return Outcome(step.name, at=datetime.now(UTC), seconds=time.monotonic() - started, evidence=evidence)


def _situation(order: Order) -> str:
    """Where the order stands, for the person who wonders why nothing happens."""
    if not order.order_id:
        return "the app does not know the order"
    found = order.world.app.order(order.order_id)
    problems = "; ".join(f"{p['field']} = {p['value']!r}: {p['problem']}" for p in found.get("problems", []))
    return f"the order is {found['state']} / {found['state_reason']}" + (f" ({problems})" if problems else "")


def _explained(failure: Exception) -> str:
    if isinstance(failure, httpx.HTTPStatusError):
        request, answer = failure.request, failure.response
        return f"{request.method} {request.url} answered {answer.status_code}: {answer.text[:300]}"
    return f"{type(failure).__name__}: {failure}"


def _with_final_state(result: Result, scenario: Scenario, order: Order) -> Result:
    """Adds what can still be asked; a set that has broken down cannot be asked, and its steps say so."""
    try:
        found = order.world.app.order(order.order_id) if order.order_id else {"state": "", "state_reason": ""}
        effects = scenario.effects(order)
    except _UNEXPECTED_ANSWERS:
        if result.ok:
            raise
        return replace(result, order_id=order.order_id, number=order.number)
    return replace(
        result,
        order_id=order.order_id,
        number=order.number,
        state=found["state"],
        state_reason=found["state_reason"],
        effects=effects,
    )
