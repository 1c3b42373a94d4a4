"""Plans as people read them."""

from dataclasses import dataclass
from typing import Any

from shared.application.sourcing.attempts import Attempts, Round
from shared.domain.sourcing import Plans


@dataclass(frozen=True)
class PlanViews:
    plans: Plans

    def plans_of(self, order_id: str) -> list[dict[str, Any]]:
        """Every round of every attempt to source the order, oldest first, as JSON values: the plan with what explains
        it, and `reserved` (None: not yet) with what was kept, given back and refused."""
        attempts = Attempts(self.plans).rounds(order_id)
        return [_view(each) for rounds in attempts.values() for each in rounds]


def _view(each: Round) -> dict[str, Any]:
    plan = each.plan.model_dump(mode="json")
    for line in plan["lines"]:
        line["refusals"] = [dict(zip(_REFUSAL, refusal, strict=True)) for refusal in line["refusals"]]
    return {**plan, "reserved": each.result.model_dump(mode="json") if each.result else None}


_REFUSAL = ("strategy", "source", "reason", "rule", "found")
