"""Policies at work: pure functions that decide, and say why.

Rules run from top to bottom and each sees what the rules before it set, so a last rule may fill what is still empty.
A rule that sets values and does not match is passed over. A rule that sets nothing is a check: where it does not match,
the policy fails, and so it does when a value to copy is empty. A policy that fails for a record sets nothing on it.
"""

from collections.abc import Iterable
from typing import Any

from shared.domain.orders import Order, Value
from shared.policies.comparison import holds
from shared.policies.entities import Entity, named
from shared.policies.fields import Field, UnknownField, field_of
from shared.policies.rules import Group, Policy, Row, Rule, shown
from shared.policies.subjects import Subject, subjects, written

_SHOWN_VALUES = 5


class RowRefusal(Value):
    """A row that did not hold.

    `actual` is the value it met; those of all children where the path leads through them (`many`); the number of
    children where it ends at them. `found` puts it in words.
    """

    row: Row
    actual: tuple[Any, ...]
    many: bool
    found: str

    def __str__(self) -> str:
        return f"{self.row} is false, {self.found}"


class RuleOutcome(Value):
    """What became of one rule: it set values, its rows refused, or (`failure`) it stopped the policy."""

    rule: str
    matched: bool
    assigned: dict[str, str] = {}
    refused_by: tuple[RowRefusal, ...] = ()
    failure: str = ""


class Decision(Value):
    """What a policy decided about a record: `subject` is its label, `place` where its fields are (`Subject`)."""

    policy: str
    entity: Entity
    subject: str
    place: str
    critical: bool
    outcomes: tuple[RuleOutcome, ...]

    @property
    def success(self) -> bool:
        return not any(outcome.failure for outcome in self.outcomes)

    @property
    def stops(self) -> bool:
        """The order must not go on."""
        return self.critical and not self.success

    @property
    def assigned(self) -> dict[str, str]:
        """What is to be written; of two rules that set a field the later wins. Nothing when the policy failed."""
        if not self.success:
            return {}
        return {name: value for outcome in self.outcomes for name, value in outcome.assigned.items()}

    @property
    def refusals(self) -> tuple[str, ...]:
        """Why it failed, a sentence per rule, for the person who must act."""
        return tuple(f"{self.subject}: {each.failure}" for each in self.outcomes if each.failure)


def evaluate(policy: Policy, subject: Subject) -> Decision:
    """Which rules matched, what they set, and for each that did not: the rows that refused, with their values.

    Raises UnknownField when the policy is about another entity than `subject`.
    """
    if policy.entity != subject.entity:
        wanted, given = named(policy.entity), named(subject.entity)
        raise UnknownField(f"policy {policy.name!r} reads fields of {wanted}, not of {given}")
    outcomes: list[RuleOutcome] = []
    now = subject
    for rule in policy.rules:
        outcome = _apply(rule, now)
        outcomes.append(outcome)
        if outcome.assigned:
            now = now.with_(outcome.assigned)
    return Decision(
        policy=policy.name,
        entity=policy.entity,
        subject=subject.label,
        place=subject.place,
        critical=policy.criticality == "critical",
        outcomes=tuple(outcomes),
    )


def run_policies(policies: Iterable[Policy], order: Order) -> tuple[Order, tuple[Decision, ...]]:
    """The order as the policies leave it, one after another: each is asked about every record of its entity.

    All run, also after a failure, so that a person hears of every mistake at once (`Decision.stops` says which matter).
    """
    decisions: list[Decision] = []
    for policy in policies:
        found = [evaluate(policy, subject) for subject in subjects(policy.entity, order)]
        order = written(policy.entity, order, [decision.assigned for decision in found])
        decisions.extend(found)
    return order, tuple(decisions)


def _apply(rule: Rule, subject: Subject) -> RuleOutcome:
    refused = tuple(_refusals(rule.when, subject))
    if refused:
        failure = "" if rule.set else _failure(rule, refused)
        return RuleOutcome(rule=rule.name, matched=False, refused_by=refused, failure=failure)
    assigned: dict[str, str] = {}
    for name, source in rule.set.items():
        value = source.value if source.source is None else _copied(subject, source.source)
        if value is None:
            failure = f"rule {rule.name!r} copies {source.source} into {name}, but {source.source} is empty"
            return RuleOutcome(rule=rule.name, matched=True, failure=failure)
        assigned[name] = value
    return RuleOutcome(rule=rule.name, matched=True, assigned=assigned)


def _copied(subject: Subject, path: str) -> str | None:
    (value,) = subject.values(field_of(subject.entity, path))
    return value if value and value.strip() else None


def _refusals(group: Group, subject: Subject) -> list[RowRefusal]:
    """The rows to blame for a group being false; empty when it is true."""
    members = [_row_refusal(row, subject) for row in group.rows]
    members += [_refusals(inner, subject) for inner in group.groups]
    if group.join == "or" and not all(members):
        return []
    return [refusal for member in members for refusal in member]


def _row_refusal(row: Row, subject: Subject) -> list[RowRefusal]:
    field = field_of(subject.entity, row.field)
    actual = subject.values(field)
    if any(holds(field, row.op, value, row.value) for value in actual):
        return []
    if field.kind == "children":
        actual = (len(actual[0]),)
    return [RowRefusal(row=row, actual=actual, many=field.many, found=_found(field, actual))]


def _found(field: Field, actual: tuple[Any, ...]) -> str:
    if field.kind == "children":
        return f"there are {actual[0]}"
    if not field.many:
        return f"its value is {shown(actual[0])}"
    values = ", ".join(shown(value) for value in actual[:_SHOWN_VALUES]) or "none"
    return f"the values are {values}" + (", ..." if len(actual) > _SHOWN_VALUES else "")


def _failure(rule: Rule, refused: tuple[RowRefusal, ...]) -> str:
    rows = "; ".join(str(refusal) for refusal in refused)
    return f"{rule.message or rule.name} ({rows})"
