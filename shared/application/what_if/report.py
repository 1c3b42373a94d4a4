"""What a draft would change, as data. Everywhere `now` is the current configuration and `draft` the other one."""

from shared.domain.orders import Problem, Value


class Verdict(Value):
    """How a run of policies ends. `problems` stop the order; `noted` are failures of policies that only inform."""

    success: bool
    problems: tuple[Problem, ...] = ()
    noted: tuple[Problem, ...] = ()


class Setting(Value):
    """A value and the rule that has set it; no rule where none did. None: it is empty."""

    value: str | None
    policy: str = ""
    rule: str = ""


class FieldChange(Value):
    """`lines` are the numbers of the lines this is so for; none: it is a field of the order."""

    field: str
    lines: tuple[int, ...] = ()
    now: Setting
    draft: Setting


class RuleDifference(Value):
    """A rule that matches in one configuration only. None: it is not asked there. `lines` as in FieldChange."""

    policy: str
    rule: str
    lines: tuple[int, ...] = ()
    now: bool | None
    draft: bool | None


class FlowDifference(Value):
    """The flows whose filters take the order: one, or none, or too many (such an order goes on hold)."""

    now: tuple[str, ...]
    draft: tuple[str, ...]
    rules: tuple[RuleDifference, ...] = ()


class RunDifference(Value):
    """`now` None: nothing is run now. `rules`: those that matched otherwise and had a say."""

    now: Verdict | None
    draft: Verdict
    changes: tuple[FieldChange, ...] = ()
    rules: tuple[RuleDifference, ...] = ()


class OrderDifference(Value):
    """None: no difference there. Of an order that the draft gives no single flow, only that is told.

    `policies`: of those asked for by name, the execution policies that fail or would change the order as it stands, and
    the filter policies that take it.
    """

    order_id: str
    number: str
    source: str
    flow: FlowDifference | None = None
    validation: RunDifference | None = None
    assignment: RunDifference | None = None
    policies: dict[str, RunDifference] = {}

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(kind for kind in Kinds.model_fields if getattr(self, kind))


class Kinds(Value):
    """Orders that differ in this, each counted once in each kind."""

    flow: int = 0
    validation: int = 0
    assignment: int = 0
    policies: int = 0


class Tally(Value):
    """Orders for which a rule was asked, and those it matched (the order, or any line of it)."""

    asked: int
    matched: int


class RuleCount(Value):
    """None: that configuration has no such rule in a policy that it runs. `changed`: it is written otherwise."""

    policy: str
    rule: str
    now: Tally | None
    draft: Tally | None
    changed: bool = False


class Summary(Value):
    """`orders` were looked at. `unshipped`: those of which nothing is said about assignment, as Flexe has yet to ship.

    `rules`: in the order of the draft, those that it does not have any more at the end.
    """

    orders: int
    equal: int
    differing: int
    by_kind: Kinds
    unshipped: int
    rules: tuple[RuleCount, ...]


class WhatIfReport(Value):
    """`differences` in the order of the orders; those that are equal are only counted."""

    summary: Summary
    differences: tuple[OrderDifference, ...]
