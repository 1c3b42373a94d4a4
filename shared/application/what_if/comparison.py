"""Two configurations run over orders: a pure function, the same for the same input."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.application.what_if.as_it_was import as_it_was
from shared.application.what_if.counting import Matches, policies_run, rule_counts
from shared.application.what_if.courses import Course, Run, course_of, run
from shared.application.what_if.differing import flow_difference, run_difference
from shared.application.what_if.report import Kinds, OrderDifference, RunDifference, Summary, WhatIfReport
from shared.configuration import Configuration
from shared.domain.orders import Order
from shared.domain.records import OrderRecord
from shared.policies import Policy


def what_if(
    current: Configuration, draft: Configuration, records: Iterable[OrderRecord], policies: Sequence[str] = ()
) -> WhatIfReport:
    """What the draft would decide otherwise about these orders, which have their lines.

    `policies` of the draft are run on their own as well. Raises NotConfigured when it does not have one of them. What
    the orders are taken to be is in the docstring of the package.
    """
    alone = [draft.policy(name) for name in dict.fromkeys(policies)]
    in_flows = policies_run(draft)
    now_matches, draft_matches = Matches(current), Matches(draft, (policy.name for policy in alone))
    found: list[OrderDifference] = []
    orders = unshipped = 0
    for record in records:
        looked_at = _LookedAt.at(record, current, draft, alone)
        now_matches.add(looked_at.now.decisions())
        extra = (each for name, ran in looked_at.alone.items() if name not in in_flows for each in ran.decisions)
        draft_matches.add((*looked_at.draft.decisions(), *extra))
        orders += 1
        unshipped += looked_at.unshipped
        found.append(looked_at.difference())
    differing = tuple(difference for difference in found if difference.kinds)
    return WhatIfReport(
        summary=Summary(
            orders=orders,
            equal=orders - len(differing),
            differing=len(differing),
            by_kind=_by_kind(differing),
            unshipped=unshipped,
            rules=rule_counts(now_matches, draft_matches),
        ),
        differences=differing,
    )


@dataclass(frozen=True)
class _LookedAt:
    """An order, and all that was run on it. `alone`: on the order as it stands, by policy."""

    stands: Order
    was: Order
    now: Course
    draft: Course
    alone: dict[str, Run]
    filters: frozenset[str]

    @classmethod
    def at(
        cls, record: OrderRecord, current: Configuration, draft: Configuration, alone: Sequence[Policy]
    ) -> "_LookedAt":
        was = as_it_was(record, (current, draft))
        runs = {policy.name: run([policy], record.order) for policy in alone}
        filters = frozenset(policy.name for policy in alone if policy.kind == "filter")
        return cls(record.order, was, course_of(was, current), course_of(was, draft), runs, filters)

    @property
    def unshipped(self) -> bool:
        return self.draft.flow is not None and (self.draft.waits_for_shipping or self.now.waits_for_shipping)

    def difference(self) -> OrderDifference:
        """Its `kinds` are empty where there is none."""
        return OrderDifference(
            order_id=self.stands.order_id,
            number=self.stands.number,
            source=self.stands.source,
            flow=flow_difference(self.now, self.draft),
            validation=self._between(self.now.validation, self.draft.validation),
            assignment=None if self.unshipped else self._between(self.now.assignment, self.draft.assignment),
            policies={name: told for name, ran in self.alone.items() if (told := self._alone(name, ran))},
        )

    def _between(self, now: Run | None, draft: Run | None) -> RunDifference | None:
        """Nothing where the draft runs nothing: that the order has no flow then is told already."""
        return draft and run_difference(self.was, now, draft)

    def _alone(self, name: str, ran: Run) -> RunDifference | None:
        if name not in self.filters:
            return run_difference(self.stands, None, ran)
        takes_it = all(decision.success for decision in ran.decisions)
        return RunDifference(now=None, draft=ran.verdict) if takes_it else None


def _by_kind(differences: Iterable[OrderDifference]) -> Kinds:
    kinds = [kind for difference in differences for kind in difference.kinds]
    return Kinds(**{kind: kinds.count(kind) for kind in Kinds.model_fields})
