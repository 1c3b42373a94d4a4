"""What a campaign has found out, counted and shown."""

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from tests.chaos.faults import Planned
from tests.chaos.journey import Case, Outcome, Wrong


@dataclass(frozen=True)
class Result:
    """The judgement on one order."""

    case: Case
    name: str
    order_id: str
    problem: str
    wrong: tuple[Wrong, ...]
    held: tuple[str, ...]
    errors: tuple[str, ...]
    unmet: tuple[Planned, ...]
    seconds: float

    @classmethod
    def of(cls, outcome: Outcome, problem: str, wrong: list[Wrong], errors: list[str]) -> "Result":
        return cls(
            outcome.case, outcome.subject.name, outcome.order.order_id, problem, tuple(wrong), tuple(outcome.held),
            tuple(errors), tuple(outcome.subject.unmet), outcome.seconds,
        )  # fmt: skip

    @property
    def is_lost(self) -> bool:
        """It did not come to its end, or something that belongs to it never came to be."""
        return bool(self.problem) or any(not each.is_too_much for each in self.wrong)

    @property
    def is_doubled(self) -> bool:
        return any(each.is_too_much for each in self.wrong)

    @property
    def ok(self) -> bool:
        return not self.problem and not self.wrong and not self.held and not self.errors

    def explained(self) -> str:
        faults = "; ".join(f"{each.fault} at {each.boundary}" for each in self.case.faults) or "no fault of its own"
        told = [
            *([self.problem] if self.problem else []),
            *map(str, self.wrong),
            *(f"held: {why}" for why in self.held),
        ]
        told += [f"on the error pages: {error}" for error in self.errors]
        return f"{self.name} ({self.order_id}): {faults}\n    " + "\n    ".join(told)


@dataclass
class Results:
    """All orders of a campaign."""

    all: list[Result] = field(default_factory=list)
    not_met: list[Planned] = field(default_factory=list)

    def taken_unmet(self) -> tuple[dict[str, list[Planned]], list[Planned]]:
        """Faults that met no call, by scenario, and those planned for shared calls; they are to be planned again."""
        by_scenario: dict[str, list[Planned]] = {each.case.scenario: [] for each in self.all}
        for each in self.all:
            by_scenario[each.case.scenario] += each.unmet
        self.all = [replace(each, unmet=()) for each in self.all]
        shared, self.not_met = self.not_met, []
        return by_scenario, shared

    @property
    def failed(self) -> list[Result]:
        return [each for each in self.all if not each.ok]

    @property
    def unmet(self) -> list[Planned]:
        return [*self.not_met, *chain.from_iterable(each.unmet for each in self.all)]

    def counts(self) -> dict[str, Any]:
        return {
            "orders": len(self.all),
            "by_scenario": dict(sorted(Counter(each.case.scenario for each in self.all).items())),
            "losses": sum(each.is_lost for each in self.all),
            "duplicates": sum(each.is_doubled for each in self.all),
            "held": sum(bool(each.held) for each in self.all),
            "with_errors_left": sum(bool(each.errors) for each in self.all),
            "faults_not_met": len(self.unmet),
            "not_met": dict(sorted(Counter(each.fault for each in self.unmet).items())),
        }
