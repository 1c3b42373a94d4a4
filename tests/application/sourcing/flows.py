"""The flows of orders, as a job that has returned tells them."""

from collections import defaultdict
from dataclasses import dataclass, field

from shared.application.sourcing import BackorderRun, BatchRun
from shared.domain.results import StepAnswer
from tests.application.sourcing.warehouses import Company


@dataclass
class Flows:
    """`events`: the numbers of those each order's flow has heard; `answers`: by order id."""

    events: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    answers: dict[str, StepAnswer] = field(default_factory=dict)

    def hear(self, run: BackorderRun | BatchRun) -> None:
        """As `functions/jobs.py` does it: each is told, and only then forgotten."""
        if isinstance(run, BatchRun):
            for each in run.answered:
                self.answers[each.order_id] = each.answer
                each.told()
            return
        for each in run.seen:
            self.events[each.order_id] |= {mark.number for mark in each.events}
            each.told()

    def missed(self, company: Company, order_id: str, since: int = 0) -> list[str]:
        """Events after the number `since` that this flow has not heard of."""
        events = company.book.timeline(order_id, after=since).events
        return [event.mark.name for event in events if event.mark.number not in self.events[order_id]]
