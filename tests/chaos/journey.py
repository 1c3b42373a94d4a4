"""One order through its scenario, whatever breaks on the way, and what it came to."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from sandbox.demo.scenario import Order, Scenario, Step
from tests.chaos.faults import Planned
from tests.chaos.subjects import Subject

DEADLINE_SECONDS = 300.0
_LOOK_SECONDS = 3.0
_SETTLE_SECONDS = 0.4
# What the systems answer while they are broken on purpose, or have not got that far.
_NOT_YET = (httpx.HTTPError, LookupError, ValueError)
_COMPLETED = ("Completed", "Fulfilled")


@dataclass(frozen=True)
class Case:
    """An order to be played, and the faults it is to meet."""

    scenario: str
    faults: tuple[Planned, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"scenario": self.scenario, "faults": [each.to_json() for each in self.faults]}

    @classmethod
    def from_json(cls, case: Mapping[str, Any]) -> "Case":
        return cls(case["scenario"], tuple(map(Planned.from_json, case["faults"])))


@dataclass
class Outcome:
    """What became of one order. `problem`: why it did not come to its end. `held`: how often a person had to help."""

    case: Case
    subject: Subject
    order: Order
    problem: str = ""
    held: list[str] = field(default_factory=list)
    received: dict[str, dict[str, Any]] = field(default_factory=dict)
    seconds: float = 0.0
    crossed_until_its_end: int = 0


class Journey:
    """Plays the scenario as the demo does, but waits through outages, and has an operator reprocess a held order."""

    def __init__(self, scenario: Scenario, order: Order, subject: Subject, operator: "Operator") -> None:
        self._scenario, self._order, self._subject, self._operator = scenario, order, subject, operator
        self._held: list[str] = []
        self._last = ""

    def played(self, case: Case, deadline_seconds: float) -> Outcome:
        began = time.monotonic()
        outcome = Outcome(case, self._subject, self._order, held=self._held)
        for step in self._scenario.steps:
            left = deadline_seconds - (time.monotonic() - began)
            if problem := self._take(step, time.monotonic() + left):
                outcome.problem = problem
                break
        outcome.seconds = time.monotonic() - began
        outcome.crossed_until_its_end = len(self._subject.crossed)
        return outcome

    def _take(self, step: Step, until: float) -> str:
        """Why the step did not happen, "" when it did."""
        if step.act and (problem := self._act(step, until)):
            return problem
        while not self._has_happened(step):
            if time.monotonic() > until:
                return f"{step.name}: not seen; {self._situation()}"
            self._operator.help(self._order, self._held)
            self._subject.changed.wait(_LOOK_SECONDS)
            self._subject.changed.clear()
            time.sleep(_SETTLE_SECONDS)
        return ""

    def _act(self, step: Step, until: float) -> str:
        """Once: what people do outside is done or refused, whatever the app is going through."""
        assert step.act is not None
        while True:
            try:
                step.act(self._order)
            except LookupError as missing:
                if time.monotonic() > until:
                    return f"{step.name}: {missing!r}; {self._situation()}"
                time.sleep(_SETTLE_SECONDS)
            except httpx.HTTPStatusError as refusal:
                return f"{step.name}: {refusal.request.url} answered {refusal.response.text[:300]}"
            else:
                return ""

    def _has_happened(self, step: Step) -> bool:
        try:
            return step.evidence(self._order) is not None
        except _NOT_YET as failure:
            self._last = f"{type(failure).__name__}: {failure}"
            return False

    def _situation(self) -> str:
        try:
            found = self._order.world.app.order(self._order.order_id)
            timeline = self._order.timeline()
        except _NOT_YET as failure:
            return f"the app does not tell: {failure!r}; before: {self._last}"
        steps = [f"{each['step']}={'ok' if each['success'] else each['message']}" for each in timeline.steps]
        events = [each["name"] for each in timeline.events]
        return f"{found['state']} / {found['state_reason']}; steps {steps}; events {events}; before: {self._last}"


class Operator:
    """Reprocesses orders that are on hold for a failed step, as a person reads on the error pages to do."""

    _PATIENCE_SECONDS = 3.0

    def __init__(self, app_url: str) -> None:
        self._http = httpx.Client(base_url=app_url, timeout=10, trust_env=False)
        self._looked: dict[str, float] = {}

    def help(self, order: Order, held: list[str]) -> None:
        """Looks now and then; notes in `held` what a person had to mend."""
        now = time.monotonic()
        if not order.order_id or now - self._looked.get(order.order_id, 0.0) < self._PATIENCE_SECONDS:
            return
        self._looked[order.order_id] = now
        try:
            found = order.world.app.order(order.order_id)
            if found["state"] != "On Hold" or not found["state_reason"].endswith(" Failed"):
                return
            failed = [step["message"] for step in order.timeline().steps if not step["success"]]
            if self._http.post(f"/api/orders/{order.order_id}/reprocess").status_code == 202:
                held.append(f"{found['state_reason']}: {failed[-1] if failed else ''}")
        except _NOT_YET:
            return

    def errors(self) -> list[dict[str, Any]]:
        """What the error pages tell."""
        return self._http.get("/api/errors").raise_for_status().json()["errors"]

    def close(self) -> None:
        self._http.close()


@dataclass(frozen=True)
class Wrong:
    """An effect that a system has received too often, or too seldom."""

    what: str
    got: Any
    expected: Any

    def __str__(self) -> str:
        return f"{self.what}: {self.got} instead of {self.expected}"

    @property
    def is_too_much(self) -> bool:
        if isinstance(self.got, list):
            return bool(Counter(self.got) - Counter(self.expected)) or len(self.got) == len(self.expected)
        return self.got > self.expected


def wrong_effects(outcome: Outcome, clean: dict[str, dict[str, Any]]) -> list[Wrong]:
    """Where the outside systems have received of this order other than of the one that nothing happened to.

    The store's status may skip one: a parcel told late finds the order further on. It never repeats or goes back.
    """
    wrong = []
    for system, counts in clean.items():
        for name, expected in counts.items():
            got = outcome.received[system][name]
            right = _forward(got, expected) if name == "status_writes" else got == expected
            if not right:
                wrong.append(Wrong(f"{system} {name}", got, expected))
    return wrong


def _forward(got: list[int], expected: list[int]) -> bool:
    """Nothing twice, nothing unexpected, in the right order, the last one there."""
    once = all(times == 1 for times in Counter(got).values())
    return once and got == [each for each in expected if each in got] and got[-1:] == expected[-1:]


def is_completed(found: dict[str, Any]) -> bool:
    return (found["state"], found["state_reason"]) == _COMPLETED
