"""Policy decisions as an order's people read them: problems by field, and what each rule did."""

from collections.abc import Iterable, Iterator
from typing import Any

from shared.domain.orders import Problem
from shared.policies import Decision, RuleOutcome


def problems(decisions: Iterable[Decision]) -> tuple[Problem, ...]:
    """What stops the order, one problem for each field that a rule refused.

    A value that could not be copied is only told when nothing else is wrong: it is empty because of that.
    """
    stopping = [decision for decision in decisions if decision.stops]
    outcomes = [(each, decision.place) for decision in stopping for each in decision.outcomes]
    refused = tuple(problem for outcome, place in outcomes for problem in _refused(outcome, place))
    return refused or tuple(problem for outcome, place in outcomes for problem in _not_copied(outcome, place))


def explanations(decisions: Iterable[Decision]) -> list[dict[str, Any]]:
    """Each distinct course of decision once, with all it was taken for: 250 like lines are one entry."""
    courses: dict[str, tuple[Decision, list[str]]] = {}
    for decision in decisions:
        course = decision.model_dump_json(exclude={"subject", "place"})
        courses.setdefault(course, (decision, []))[1].append(decision.subject)
    return [_explained(decision, subjects) for decision, subjects in courses.values()]


def _not_copied(outcome: RuleOutcome, place: str) -> Iterator[Problem]:
    if outcome.failure and not outcome.refused_by:
        yield Problem(field=f"{place}{outcome.rule}", value=None, problem=outcome.failure)


def _refused(outcome: RuleOutcome, place: str) -> Iterator[Problem]:
    for refusal in outcome.refused_by if outcome.failure else ():
        value = None if refusal.many or refusal.actual[0] is None else str(refusal.actual[0])
        yield Problem(field=f"{place}{refusal.row.field}", value=value, problem=outcome.failure)


def _explained(decision: Decision, subjects: list[str]) -> dict[str, Any]:
    return {
        "policy": decision.policy,
        "subjects": subjects,
        "success": decision.success,
        "rules": [
            {
                "rule": outcome.rule,
                "matched": outcome.matched,
                "set": outcome.assigned,
                "refused_by": [str(refusal) for refusal in outcome.refused_by],
            }
            for outcome in decision.outcomes
        ],
    }
