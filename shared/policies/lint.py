"""What is wrong with a policy, found without any order.

Nothing is reported that is not so: where it cannot be told, because a rule before may have set what a rule reads, or
because there are too many cases, nothing is said.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from shared.domain.orders import Value
from shared.policies.cases import Case, Condition, cases
from shared.policies.entities import Entity
from shared.policies.rules import Assigned, Group, Policy, Row, Rule

# What the provider of Finance + Operations asks policies to fill (reference: iom.md section 5).
REQUIRED: Mapping[Entity, tuple[str, ...]] = {
    "order": ("company", "invoice_customer"),
    "order_line": ("company", "shipping_site", "shipping_warehouse"),
}

Kind = Literal["never_matches", "takes_nothing", "shadowed", "implied", "uncovered", "conflict"]


class PolicyFinding(Value):
    """`rule`: empty for the policy as a whole."""

    policy: str
    rule: str
    kind: Kind
    severity: Literal["error", "warning"]
    message: str

    def __str__(self) -> str:
        where = f"{self.policy}: rule {self.rule!r}" if self.rule else self.policy
        return f"{where}: {self.message}"


def lint_policy(policy: Policy) -> tuple[PolicyFinding, ...]:
    """In the order of the rules."""
    placed = _placed(policy)
    dead = [*_never_matching(policy, placed)]
    alive = [each for each in placed if each.rule.name not in {finding.rule for finding in dead}]
    if not dead:
        dead = [*_taking_nothing(policy, placed)]
    if policy.kind == "filter":
        return (*dead, *_implied(policy, alive))
    return (
        *dead, *_implied(policy, alive), *_shadowed(policy, alive), *_conflicts(policy, alive),
        *_uncovered(policy, alive),
    )  # fmt: skip


def overlap(one: Policy, other: Policy) -> Case | None:
    """Such an order as both filter policies take; None when there is none, or it cannot be told."""
    conditions = [each.condition for policy in (one, other) for each in _placed(policy)]
    return next(iter(_all_met(one.entity, conditions) or ()), None)


def takes_nothing(policy: Policy) -> bool:
    """Whether a filter policy can be seen to take no order at all."""
    return _all_met(policy.entity, [each.condition for each in _placed(policy)]) == []


@dataclass(frozen=True)
class _Placed:
    """A rule where it stands."""

    number: int
    rule: Rule
    condition: Condition


def _placed(policy: Policy) -> list[_Placed]:
    found, versions = [], dict[str, int]()
    for number, rule in enumerate(policy.rules):
        found.append(_Placed(number, rule, Condition(rule.when, dict(versions))))
        for name in rule.set:
            versions[name] = versions.get(name, 0) + 1
    return found


def _never_matching(policy: Policy, placed: Sequence[_Placed]) -> Iterator[PolicyFinding]:
    for each in placed:
        if _all_met(policy.entity, [each.condition]) == []:
            yield _error(policy, each.rule, "never_matches", "its rows contradict each other: it can never match")


def _taking_nothing(policy: Policy, placed: Sequence[_Placed]) -> Iterator[PolicyFinding]:
    """Checks that contradict each other."""
    checks = [each.condition for each in placed if not each.rule.set]
    if _all_met(policy.entity, checks) == []:
        yield _error(policy, None, "takes_nothing", "its rules contradict each other: nothing can pass all of them")


def _implied(policy: Policy, placed: Sequence[_Placed]) -> Iterator[PolicyFinding]:
    """Checks that fail only when another check does; of two that say the same, the later."""
    checks = [each for each in placed if not each.rule.set]
    for check in checks:
        for other in checks:
            if other is check or not _implies(policy, other, check):
                continue
            if other.number < check.number or not _implies(policy, check, other):
                yield _warning(policy, check.rule, "implied", f"it holds whenever {other.rule.name!r} does")
                break


def _shadowed(policy: Policy, placed: Sequence[_Placed]) -> Iterator[PolicyFinding]:
    """Rules of which nothing is left, because later ones match as well and set the same fields."""
    for each in placed:
        names = {name: _overwriting(policy, each, name, placed) for name in each.rule.set}
        if names and all(names.values()):
            by = ", ".join(repr(rule) for rule in dict.fromkeys(filter(None, names.values())))
            yield _warning(policy, each.rule, "shadowed", f"all that it sets is set again by {by}")


def _overwriting(policy: Policy, earlier: _Placed, name: str, placed: Sequence[_Placed]) -> str | None:
    """The rule that sets `name` whenever `earlier` did, before anything has read it."""
    for later in placed[placed.index(earlier) + 1 :]:
        if _reads(later.rule, name):
            return None
        if name in later.rule.set and _implies(policy, earlier, later):
            return later.rule.name
    return None


def _conflicts(policy: Policy, placed: Sequence[_Placed]) -> Iterator[PolicyFinding]:
    """Of two rules that set a field differently the later wins. An exception to a wider rule is meant that way."""
    for earlier, later in combinations([each for each in placed if each.rule.set], 2):
        names = [name for name in earlier.rule.set if _differ(earlier.rule.set[name], later.rule.set.get(name))]
        if not names or earlier.condition.reads_what_was_set or later.condition.reads_what_was_set:
            continue
        if _implies(policy, earlier, later) or _implies(policy, later, earlier):
            continue
        if both := _all_met(policy.entity, [earlier.condition, later.condition]):
            what = f"sets {', '.join(names)} otherwise than {earlier.rule.name!r} before it"
            message = f"{what}, and both match where {both[0]}"
            yield _warning(policy, later.rule, "conflict", message)


def _uncovered(policy: Policy, placed: Sequence[_Placed]) -> Iterator[PolicyFinding]:
    """Fields that must be filled and, of what the policy does not see to, may stay empty without a word."""
    for name in REQUIRED.get(policy.entity, ()):
        setters = [each for each in placed if name in each.rule.set]
        if not setters or _demands(policy, name, placed, after=setters[-1]):
            continue
        empty = Condition(Group(rows=(Row(field=name, op="has_no_data"),)), {})
        conditions = [each.condition for each in setters]
        if any(condition.reads_what_was_set for condition in conditions):
            continue
        found = cases(policy.entity, [empty, *conditions]) or ()
        left = (case for case in found if case.meets(empty) and not any(map(case.meets, conditions)))
        if example := next(left, None):
            message = f"nothing sets {name} where {example.without(name)}, and no check after it says so"
            yield _warning(policy, None, "uncovered", message)


def _demands(policy: Policy, name: str, placed: Sequence[_Placed], *, after: _Placed) -> bool:
    """Whether a later check fails where `name` is empty; True where it cannot be told."""
    for each in placed[placed.index(after) + 1 :]:
        empty = Condition(Group(rows=(Row(field=name, op="has_no_data"),)), each.condition.versions)
        if not each.rule.set and _all_met(policy.entity, [empty, each.condition]) in ([], None):
            return True
    return False


def _all_met(entity: Entity, conditions: Sequence[Condition]) -> list[Case] | None:
    """The cases in which all conditions hold; None where it cannot be told."""
    found = cases(entity, conditions)
    return None if found is None else [case for case in found if all(map(case.meets, conditions))]


def _implies(policy: Policy, one: _Placed, other: _Placed) -> bool:
    """Whether `other` matches whenever `one` does; False where it cannot be told."""
    found = cases(policy.entity, [one.condition, other.condition])
    return found is not None and all(case.meets(other.condition) for case in found if case.meets(one.condition))


def _reads(rule: Rule, name: str) -> bool:
    copied = any(assigned.source == name for assigned in rule.set.values())
    return copied or any(row.field == name for row in Condition(rule.when, {}).rows())


def _differ(one: Assigned, other: Assigned | None) -> bool:
    return other is not None and one != other


def _error(policy: Policy, rule: Rule | None, kind: Kind, message: str) -> PolicyFinding:
    return _warning(policy, rule, kind, message).with_(severity="error")


def _warning(policy: Policy, rule: Rule | None, kind: Kind, message: str) -> PolicyFinding:
    name = rule.name if rule else ""
    return PolicyFinding(policy=policy.name, rule=name, kind=kind, severity="warning", message=message)
