"""Policies as data: what an operator writes and reads (reference: iom.md section 5).

A filter policy decides whether something applies to an order. An execution policy checks the records of its entity,
sets values on them, or both. A policy that names a field or compares in a way that makes no sense cannot be made.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import ConfigDict, ValidationError, model_validator
from pydantic import Field as Also
from pydantic_core import InitErrorDetails, PydanticCustomError

from shared.domain.orders import Value
from shared.policies.comparison import Operator, check_operands
from shared.policies.entities import ENTITIES, Entity, named
from shared.policies.fields import field_of


class Row(Value):
    """`field op value`. A path through children (`lines.sku`) holds when any child does, so never without children."""

    field: str
    op: Operator
    value: Any = None

    def __str__(self) -> str:
        return f"{self.field} {self.op}" + ("" if self.value is None else f" {shown(self.value)}")


class Group(Value):
    """Rows and groups joined by `and` or `or`; with neither it is true."""

    join: Literal["and", "or"] = "and"
    rows: tuple[Row, ...] = ()
    groups: tuple["Group", ...] = ()


class Assigned(Value):
    """What a rule writes into a field: a fixed value, or what another field holds (`from`)."""

    model_config = ConfigDict(populate_by_name=True)

    value: str | None = None
    source: str | None = Also(default=None, alias="from")

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: Any) -> Any:
        if isinstance(data, dict | Assigned):
            return data
        is_number = isinstance(data, int | Decimal) and not isinstance(data, bool)
        return {"value": str(data) if is_number else data}  # site 2 and site "2" are the same site

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.value is None) == (self.source is None):
            raise ValueError("give either a text or {from: field}")
        if self.value is not None and not self.value.strip():
            raise ValueError("a rule cannot set a field to nothing")
        return self


class Rule(Value):
    """Where `when` holds, `set` is written. A rule that sets nothing is a check, `message` says what it demands."""

    name: str
    when: Group = Group()
    set: dict[str, Assigned] = {}
    message: str = ""


class Policy(Value):
    """Rules, from top to bottom. `critical`: a failing one stops the order; `information`: it is only noted."""

    name: str
    kind: Literal["filter", "execution"]
    criticality: Literal["information", "critical"] = "critical"
    entity: Entity
    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _speaks_of_what_there_is(self) -> Self:
        mistakes = list(_mistakes(self))
        if mistakes:
            raise ValidationError.from_exception_data(type(self).__name__, mistakes)
        return self


Path = tuple[str | int, ...]


def _mistakes(policy: Policy) -> Iterator[InitErrorDetails]:
    seen: set[str] = set()
    for number, rule in enumerate(policy.rules):
        at: Path = ("rules", number)
        if rule.name in seen:
            yield _mistake((*at, "name"), rule.name, "another rule of this policy has this name")
        seen.add(rule.name)
        yield from _in_group((*at, "when"), rule.when, policy.entity)
        if rule.set and policy.kind == "filter":
            yield _mistake((*at, "set"), list(rule.set), "a filter policy sets nothing")
        for name, assigned in rule.set.items():
            yield from _in_assignment((*at, "set", name), name, assigned, policy.entity)


def _in_group(at: Path, group: Group, entity: Entity) -> Iterator[InitErrorDetails]:
    for number, row in enumerate(group.rows):
        try:
            check_operands(field_of(entity, row.field), row.op, row.value)
        except ValueError as error:
            yield _mistake((*at, "rows", number), str(row), str(error))
    for number, inner in enumerate(group.groups):
        yield from _in_group((*at, "groups", number), inner, entity)


def _in_assignment(at: Path, name: str, assigned: Assigned, entity: Entity) -> Iterator[InitErrorDetails]:
    if name not in ENTITIES[entity].settable:
        yield _mistake(at, name, _not_settable(entity))
    if assigned.source is None:
        return
    try:
        source = field_of(entity, assigned.source)
    except ValueError as error:
        yield _mistake((*at, "from"), assigned.source, str(error))
        return
    if source.many or source.kind not in {"text", "lookup"}:
        yield _mistake((*at, "from"), assigned.source, "not a single text")


def _not_settable(entity: Entity) -> str:
    if allowed := ENTITIES[entity].settable:
        return f"not a field that a policy may set; it may set {', '.join(sorted(allowed))}"
    return f"a policy sets nothing on {named(entity)}: what it says is its fulfiller's"


def _mistake(at: Path, value: Any, message: str) -> InitErrorDetails:
    error = PydanticCustomError("policy_mistake", "{message}", {"message": message})
    return InitErrorDetails(type=error, loc=at, input=value)


def shown(value: Any) -> str:
    """A value as a person reads it in a message."""
    if value is None:
        return "null"
    if isinstance(value, list | tuple):
        return f"[{', '.join(shown(each) for each in value)}]"
    return repr(value) if isinstance(value, str) else str(value)
