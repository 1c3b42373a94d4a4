"""The best plan of one order on the stock of this moment. All rules but those shared between orders live below here."""

from dataclasses import replace

from shared.optimization.cover import Cover, target_of
from shared.optimization.filling import Desk
from shared.optimization.jobs import NOTHING, Job, OrderPlan, Supply
from shared.optimization.subsets import Subsets

EFFORT = 20_000  # sets of sources looked at before an order's plan is taken without proof


def best_plan(job: Job, supply: Supply, effort: int = EFFORT) -> OrderPlan:
    """Exact while `effort` lasts, and says so.

    First the optimum of the order without its limits on sources is looked for within them, which mostly exists and is
    found fast; only an order that cannot have it is searched set by set.
    """
    desk = Desk(job, supply, effort)
    target = target_of(desk)
    if not target.units:
        return OrderPlan(NOTHING, ())
    plan = Cover(desk, target).best()
    if plan is None:
        desk.effort = max(desk.effort, effort // 2)
        plan = Subsets(desk, target).best()
    return plan if desk.proven and desk.exact else replace(plan, proven=False)
