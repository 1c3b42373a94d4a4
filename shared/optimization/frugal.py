"""Plans of single orders that leave alone what others need more: what stock is worth weighs against shipments."""

from shared.optimization.jobs import Job, OrderPlan, Part, Supply
from shared.optimization.pricing import SHIPMENT, PricedOrder, Prices

_UNIT = SHIPMENT << 10  # what shipping a unit is worth: more than whatever it may cost


class Frugal:
    """Fast rather than exact, and only for orders without ranks, capacities or limits on their sources."""

    def __init__(self, jobs: list[Job], orders: list[PricedOrder], supply: Supply, prices: list[list[int]]) -> None:
        """`prices` by item and source."""
        self._jobs, self._supply = jobs, supply
        self._orders = [
            order if order.exact and is_plain(job, supply) else None for job, order in zip(jobs, orders, strict=True)
        ]
        self._prices = Prices([[price - _UNIT for price in row] for row in prices], 0, [0] * len(prices[0]))

    def plan(self, number: int) -> OrderPlan | None:
        """Of an order on the stock of this moment. None: look for it another way."""
        order = self._orders[number]
        found = order.cheapest(self._prices, self._supply.stock) if order else None
        if found is None:
            return None
        amounts: dict[tuple[int, int, int], int] = {}
        for offer in found[1]:
            key = offer.want, offer.item, offer.source
            amounts[key] = amounts.get(key, 0) + offer.most
        parts = [Part(want, item, source, amount, True) for (want, item, source), amount in sorted(amounts.items())]
        if any(part.amount > self._supply.stock[part.item][part.source] for part in parts):
            return None
        job = self._jobs[number]
        nothing_known = (-sum(want.quantity for want in job.wants), 0, 0, 0, 0)
        return OrderPlan(job.score(parts), tuple(parts), bound=nothing_known)


def is_plain(job: Job, supply: Supply) -> bool:
    """Whether nothing but stock and whole lines limits the order."""
    limits = job.limits
    items = {want.item for want in job.wants}
    limited = min(limits.sources_per_order, limits.sources_per_line) < len(job.sources)
    return not (
        supply.groups
        or limited
        or job.before_count
        or len(items) < len(job.wants)
        or any(want.ranks for want in job.wants)
    )
