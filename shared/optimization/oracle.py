"""The best plan of one order on the stock of this moment. All rules but those shared between orders live below here."""

from dataclasses import replace

from shared.optimization.cover import Cover
from shared.optimization.desk import Desk
from shared.optimization.jobs import Job, OrderPlan, Supply
from shared.optimization.score import NOTHING
from shared.optimization.subsets import Subsets
from shared.optimization.target import target_of

EFFORT = 20_000  # sets of sources looked at before an order's plan is taken without proof


def best_plan(job: Job, supply: Supply, effort: int = EFFORT) -> OrderPlan:
    """Exact while `effort` lasts; its `bound` says what is certain when it did not.

    First the optimum of the order without its limits on sources is looked for within them, which mostly exists and is
    found fast; only an order that cannot have it is searched set by set.
    """
    desk = Desk(job, supply, effort)
    target = target_of(desk)
    if not target.units:
        return OrderPlan(NOTHING, ())
    cover = Cover(desk, target)
    plan = cover.best()
    if plan is None:
        desk.effort = max(desk.effort, effort // 2)
        plan = Subsets(desk, target).best()
    if desk.exhausted or not desk.exact:
        return replace(plan, bound=min(plan.score, target.bound(desk, cover.fewest)))
    return plan
