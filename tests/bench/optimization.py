"""How fast and how good the optimizer is, one JSON line: `python -m tests.bench.optimization [--quick]`.

Orders x lines x sources: 1 x 5 x 50 (goal: 1 ms); 100 x 3 x 50 with scarce stock (budget 1 s); 1,000 x 3 x 200 (budget
30 s, left out with --quick), then peak memory. `gap`: shipments above the fewest that any plan with as many units has.
"""

import json
import resource
import sys
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

from shared.optimization import (
    FulfillmentPlan,
    Place,
    Problem,
    Search,
    Source,
    SourceList,
    Strategy,
    WantedLine,
    WantedOrder,
    optimize,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def a_shop(orders: int, lines: int, sources: int, scarcity: float, seed: int = 1) -> Problem:
    """Orders of 1-2 units a line; stock is `scarcity` x demand, spread unevenly over the sources."""
    random = Random(seed)
    products = [f"P{number:03}" for number in range(max(lines, orders * lines // 10))]
    demand: dict[str, int] = dict.fromkeys(products, 0)
    wanted = []
    for number in range(orders):
        chosen = [(product, random.randint(1, 2)) for product in random.sample(products, lines)]
        for product, quantity in chosen:
            demand[product] += quantity
        wanted.append(_order(number, chosen, _somewhere(random)))
    names = [f"S{number:03}" for number in range(sources)]
    on_hand: dict[str, dict[str, Decimal]] = {name: {} for name in names}
    for product, units in demand.items():
        for _ in range(max(1, round(units * scarcity))):
            cells = on_hand[random.choice(names)]
            cells[product] = cells.get(product, Decimal(0)) + 1
    return Problem(
        now=NOW,
        orders=tuple(wanted),
        sources=tuple(Source(name=name, place=_somewhere(random)) for name in names),
        source_lists=(SourceList(name="all", sources=tuple(names)),),
        strategy=Strategy(name="nearest", source_list="all"),
        on_hand=on_hand,
        search=Search(moves=1_000_000),
    )


def _order(number: int, chosen: list[tuple[str, int]], destination: Place) -> WantedOrder:
    lines = tuple(
        WantedLine(line_id=str(n), number=n, product=product, quantity=Decimal(quantity))
        for n, (product, quantity) in enumerate(chosen, start=1)
    )
    return WantedOrder(
        order_id=f"O{number:04}", number=f"{number:04}", placed_at=NOW, destination=destination, lines=lines
    )


def _somewhere(random: Random) -> Place:
    return Place(latitude=random.uniform(30, 48), longitude=random.uniform(-122, -75))


def single_order() -> dict[str, Any]:
    shops = [a_shop(1, 5, 50, 20, seed) for seed in range(1, 101)]
    seconds = [_timed(shop, None)[1] for shop in shops]
    return {"median_ms": round(1000 * median(seconds), 3), "p95_ms": round(1000 * sorted(seconds)[94], 3)}


def batch(orders: int, sources: int, scarcity: float, budget: float) -> dict[str, Any]:
    shop = a_shop(orders, 3, sources, scarcity)
    greedy, _ = _timed(shop.with_(search=Search(moves=0)), None)
    plan, seconds = _timed(shop, budget)
    (found,) = plan.passes
    return {
        "scarcity": scarcity,
        "seconds": round(seconds, 2),
        "moves": found.moves,
        "units": int(found.goal.units),
        "units_bound": int(found.bound.units),
        "shipments_first_come": greedy.passes[0].goal.shipments,
        "shipments": found.goal.shipments,
        "shipments_bound": found.bound.shipments,
        "gap": found.goal.shipments - found.bound.shipments,
        "optimal": found.optimal,
    }


def _timed(problem: Problem, budget: float | None) -> tuple[FulfillmentPlan, float]:
    started = perf_counter()
    plan = optimize(problem, budget_seconds=budget, elapsed=perf_counter)
    return plan, perf_counter() - started


def main() -> None:
    result: dict[str, Any] = {
        "1x5x50": single_order(),
        "100x3x50": [batch(100, 50, scarcity, 1.0) for scarcity in (0.9, 1.5, 3.0)],
    }
    if "--quick" not in sys.argv[1:]:
        result["1000x3x200"] = batch(1_000, 200, 1.0, 30.0)
    result["peak_memory_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
