"""Where two configurations make something else of an order."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from shared.application.what_if.courses import Course, Run, untouched
from shared.application.what_if.report import (
    FieldChange,
    FlowDifference,
    RuleDifference,
    RunDifference,
    Setting,
    Verdict,
)
from shared.domain.orders import Order, OrderLine
from shared.policies import ENTITIES, Decision, RuleOutcome

_OF_ORDER = tuple(name for name in Order.model_fields if name in ENTITIES["order"].settable)
_OF_LINE = tuple(name for name in OrderLine.model_fields if name in ENTITIES["order_line"].settable)


def flow_difference(now: Course, draft: Course) -> FlowDifference | None:
    """With the rules that matched otherwise in the filters of those flows that take it in one of both only."""
    if set(now.taking) == set(draft.taking):
        return None
    concerned = [name for name in (*draft.filters, *now.filters) if (name in now.taking) != (name in draft.taking)]
    before = [now.filters[name] for name in dict.fromkeys(concerned) if name in now.filters]
    after = [draft.filters[name] for name in dict.fromkeys(concerned) if name in draft.filters]
    return FlowDifference(now=now.taking, draft=draft.taking, rules=_rules(before, after, {}, lambda _: True))


def run_difference(order: Order, now: Run | None, draft: Run) -> RunDifference | None:
    """`order` is what both were run on; `now` None: nothing is run now."""
    old = now or untouched(order)
    changes = _changes(old, draft)
    if not changes and _alike(old.verdict, draft.verdict):
        return None
    numbers = {_place(line): line.number for line in order.lines}
    rules = _rules(old.decisions, draft.decisions, numbers, lambda outcome: bool(outcome.assigned or outcome.failure))
    return RunDifference(now=now.verdict if now else None, draft=draft.verdict, changes=changes, rules=rules)


def _alike(one: Verdict, other: Verdict) -> bool:
    """Whichever of its problems comes first."""
    return set(one.problems) == set(other.problems) and set(one.noted) == set(other.noted)


def _changes(now: Run, draft: Run) -> tuple[FieldChange, ...]:
    now_by, draft_by = _setters(now), _setters(draft)
    found: dict[tuple[str, bool, Setting, Setting], list[int]] = {}
    for place, number, old, new in _sides(now.after, draft.after):
        for name in _OF_LINE if place else _OF_ORDER:
            key = (place, name)
            before, after = getattr(old, name), getattr(new, name)
            if before != after and (key in now_by or key in draft_by):  # else the step before has set it
                was, becomes = (
                    Setting(value=before, **now_by.get(key, {})),
                    Setting(value=after, **draft_by.get(key, {})),
                )
                found.setdefault((name, not place, was, becomes), []).append(number)
    return tuple(
        FieldChange(field=name, lines=() if of_order else tuple(lines), now=was, draft=becomes)
        for (name, of_order, was, becomes), lines in found.items()
    )


class _Side(NamedTuple):
    place: str  # as decisions name it
    number: int
    now: Order | OrderLine
    draft: Order | OrderLine


def _sides(now: Order, draft: Order) -> list[_Side]:
    """The order, then its lines. Policies neither add lines nor take any away."""
    both = zip(now.lines, draft.lines, strict=True)
    return [_Side("", 0, now, draft), *(_Side(_place(old), old.number, old, new) for old, new in both)]


def _place(line: OrderLine) -> str:
    return f"lines[{line.number}]."


def _setters(run: Run) -> dict[tuple[str, str], dict[str, str]]:
    """Policy and rule by place and field; nothing is kept of a run that failed."""
    if not run.verdict.success:
        return {}
    return {
        (decision.place, name): {"policy": decision.policy, "rule": outcome.rule}
        for decision in run.decisions
        if decision.success
        for outcome in decision.outcomes
        for name in outcome.assigned
    }


def _rules(
    now: Iterable[Decision],
    draft: Iterable[Decision],
    numbers: Mapping[str, int],
    has_a_say: Callable[[RuleOutcome], bool],
) -> tuple[RuleDifference, ...]:
    """In the order of the draft. A check that holds, or a setting rule that is passed over, has no say."""
    old, new = _outcomes(now), _outcomes(draft)
    found: dict[tuple[str, str, bool | None, bool | None], list[int]] = {}
    for key in dict.fromkeys([*new, *old]):
        policy, rule, place = key
        outcomes = [each for each in (old.get(key), new.get(key)) if each]
        was, is_now = _matched(old.get(key)), _matched(new.get(key))
        if was != is_now and any(map(has_a_say, outcomes)):
            lines = found.setdefault((policy, rule, was, is_now), [])
            lines += [numbers[place]] if place in numbers else []
    return tuple(
        RuleDifference(policy=policy, rule=rule, lines=tuple(lines), now=was, draft=is_now)
        for (policy, rule, was, is_now), lines in found.items()
    )


def _outcomes(decisions: Iterable[Decision]) -> dict[tuple[str, str, str], RuleOutcome]:
    return {
        (decision.policy, outcome.rule, decision.place): outcome
        for decision in decisions
        for outcome in decision.outcomes
    }


def _matched(outcome: RuleOutcome | None) -> bool | None:
    return outcome.matched if outcome else None
