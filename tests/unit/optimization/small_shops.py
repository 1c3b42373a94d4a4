"""Small shops at random: as a problem for the optimizer and, pass by pass, as a case for brute force."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import hypothesis.strategies as st

from shared.optimization import (
    Constraint,
    FulfillmentPlan,
    LocationPriority,
    MaximumDistance,
    MaximumOrderLines,
    MaximumSourcesPerLine,
    MaximumSourcesPerOrder,
    PassSummary,
    Problem,
    Rank,
    RestrictPartialLines,
    RestrictPartialOrders,
    SafetyStock,
    Search,
    SourceList,
    Strategy,
)
from tests.unit.optimization.exhaustive import Rules, Shipments, Small
from tests.unit.optimization.shop import a_problem, a_source, an_order

_DEGREE = 6_371_008.8 * 3.141592653589793 / 180  # metres, along the equator of a sphere of mean radius
_LIMITS = st.sampled_from([1, 2, 99])
_KINDS = ("ranks", "per order", "per line", "near", "whole orders", "whole lines", "safety", "a day", "dock")


@dataclass(frozen=True)
class Wishes:
    """One strategy; sequences are by source. The constraints named in `soft` yield in its second pass."""

    members: tuple[bool, ...]
    ranks: tuple[int | None, ...] | None
    per_order: int
    per_line: int
    within: int  # degrees
    whole_orders: bool
    whole_lines: bool
    safety: Literal["ring_fence", "threshold"] | None
    a_day: int  # lines of each source
    dock: int  # lines of the first two sources together
    shipments_before_rank: bool
    soft: frozenset[str]

    @property
    def passes(self) -> tuple[int, ...]:
        absent = {"ranks": self.ranks is None, "whole orders": not self.whole_orders}
        absent |= {"whole lines": not self.whole_lines, "safety": self.safety is None}
        return (1, 2) if any(not absent.get(kind) for kind in self.soft) else (1,)

    def in_force(self, kind: str, pass_number: int) -> bool:
        return pass_number == 1 or kind not in self.soft


@dataclass(frozen=True)
class Shop:
    """`orders[o]` are lines (product, quantity); `stock[product][source]`, `degrees` and `safety` by source."""

    orders: tuple[tuple[tuple[int, int], ...], ...]
    stock: tuple[tuple[int, ...], ...]
    degrees: tuple[int, ...]
    safety: tuple[int, ...]
    strategies: tuple[Wishes, ...]

    @property
    def names(self) -> str:
        return "ABCDEFGH"[: len(self.degrees)]


@st.composite
def wishes(draw: st.DrawFn, sources: int, *, crowded: bool, soft: bool) -> Wishes:
    few = st.sampled_from([0, 1, 2, 99]) if crowded else st.just(99)
    return Wishes(
        members=draw(st.tuples(*[st.sampled_from([True, True, False])] * sources)),
        ranks=draw(st.none() | st.tuples(*[st.none() | st.integers(1, 3)] * sources)),
        per_order=draw(_LIMITS),
        per_line=draw(_LIMITS),
        within=draw(st.sampled_from([4, 9])),
        whole_orders=draw(st.booleans()),
        whole_lines=draw(st.booleans()),
        safety=draw(st.sampled_from([None, "ring_fence", "threshold"])),
        a_day=draw(few),
        dock=draw(few),
        shipments_before_rank=draw(st.booleans()),
        soft=draw(st.frozensets(st.sampled_from(_KINDS), min_size=1, max_size=4)) if soft else frozenset(),
    )


@st.composite
def shops(
    draw: st.DrawFn,
    *,
    orders: int = 1,
    lines: int = 3,
    products: int = 2,
    sources: int = 3,
    units: int = 3,
    crowded: bool = False,
    soft: bool = False,
    strategies: int = 1,
) -> Shop:
    """At most so many of each. Lines may want the same product."""
    count = draw(st.integers(1, sources))
    line = st.tuples(st.integers(0, products - 1), st.integers(1, units))
    return Shop(
        orders=tuple(
            tuple(draw(st.lists(line, min_size=1, max_size=lines))) for _ in range(draw(st.integers(1, orders)))
        ),
        stock=tuple(tuple(draw(st.integers(0, units)) for _ in range(count)) for _ in range(products)),
        degrees=tuple(draw(st.integers(1, 6)) for _ in range(count)),
        safety=tuple(draw(st.integers(0, 1)) for _ in range(count)),
        strategies=tuple(draw(wishes(count, crowded=crowded, soft=soft)) for _ in range(strategies)),
    )


def as_problem(shop: Shop, moves: int = 200) -> Problem:
    names = shop.names
    main, *alternate = [_strategy(shop, number, each) for number, each in enumerate(shop.strategies)]
    lists = [SourceList(name="dock", sources=tuple(names[:2]))]
    lists += [
        SourceList(name=f"list {number}", sources=tuple(n for n, on in zip(names, each.members, strict=True) if on))
        for number, each in enumerate(shop.strategies)
    ]
    problem = a_problem(
        *(_order(number, lines) for number, lines in enumerate(shop.orders, start=1)),
        sources=tuple(
            a_source(name, degrees, safety_stock=safety)
            for name, degrees, safety in zip(names, shop.degrees, shop.safety, strict=True)
        ),
        on_hand={name: {f"P{item}": units[s] for item, units in enumerate(shop.stock)} for s, name in enumerate(names)},
        lists=tuple(lists),
        search=Search(moves=moves),
    )
    return problem.with_(strategy=main, alternate=alternate[0] if alternate else None)


def _order(number: int, lines: tuple[tuple[int, int], ...]):
    lines_by_id = {f"P{item}_{at}": quantity for at, (item, quantity) in enumerate(lines)}
    return an_order(number, country="US", **lines_by_id)


def _strategy(shop: Shop, number: int, wishes: Wishes) -> Strategy:
    def facts(kind: str, *, enabled: bool = True) -> dict[str, str | bool]:
        return {"name": kind, "hard": kind not in wishes.soft, "enabled": enabled}

    rules: tuple[Constraint, ...] = (
        MaximumSourcesPerOrder.model_validate(facts("per order") | {"limit": wishes.per_order}),
        MaximumSourcesPerLine.model_validate(facts("per line") | {"limit": wishes.per_line}),
        MaximumDistance.model_validate(facts("near") | {"limit": wishes.within * _DEGREE / 1000 + 1}),
        MaximumOrderLines.model_validate(facts("a day") | {"limit": wishes.a_day}),
        MaximumOrderLines.model_validate(facts("dock") | {"limit": wishes.dock, "source_list": "dock"}),
        RestrictPartialOrders.model_validate(facts("whole orders", enabled=wishes.whole_orders)),
        RestrictPartialLines.model_validate(facts("whole lines", enabled=wishes.whole_lines)),
        SafetyStock.model_validate(
            facts("safety", enabled=wishes.safety is not None) | {"mode": wishes.safety or "ring_fence"}
        ),
    )
    if wishes.ranks is not None:
        ranks = tuple(Rank(rank=r, source=n) for r, n in zip(wishes.ranks, shop.names, strict=True) if r is not None)
        rules += (LocationPriority.model_validate(facts("ranks") | {"ranks": ranks}),)
    return Strategy(
        name=f"strategy {number}",
        source_list=f"list {number}",
        constraints=rules,
        partial_lines=True,
        shipments_before_rank=wishes.shipments_before_rank,
    )


def passes(shop: Shop, plan: FulfillmentPlan) -> Iterator[tuple[PassSummary, Small, tuple[Shipments, ...]]]:
    """Of each pass: what the plan says of it, the case it had to solve, and what was given after it."""
    summaries = iter(plan.passes)
    given = _given(shop, plan, set())
    known: set[tuple[str, int]] = set()
    for wishes in shop.strategies:
        fixed = frozenset((o, n) for o, lines in enumerate(given) for n, line in enumerate(lines) if any(line))
        for pass_number in wishes.passes:
            summary = next(summaries)
            small = _small(shop, wishes, pass_number, given, fixed)
            known.add((summary.strategy, summary.pass_number))
            given = _given(shop, plan, known)
            yield summary, small, given
    assert list(summaries) == []


def _given(shop: Shop, plan: FulfillmentPlan, passes: set[tuple[str, int]]) -> tuple[Shipments, ...]:
    lines = iter(plan.lines)
    return tuple(
        tuple(
            tuple(
                sum(
                    int(detail.quantity)
                    for detail in line.details
                    if detail.source == name and (detail.strategy, detail.pass_number) in passes
                )
                for name in shop.names
            )
            for _, line in zip(order, lines, strict=False)
        )
        for order in shop.orders
    )


def _small(
    shop: Shop, wishes: Wishes, number: int, given: tuple[Shipments, ...], fixed: frozenset[tuple[int, int]]
) -> Small:
    strict = wishes.in_force("ranks", number)
    worst = max((rank for rank in wishes.ranks or () if rank is not None), default=0)
    sources = range(len(shop.degrees))
    opened = tuple(
        wishes.members[s]
        and (shop.degrees[s] <= wishes.within or not wishes.in_force("near", number))
        and not (strict and wishes.ranks is not None and wishes.ranks[s] is None)
        for s in sources
    )
    rules = Rules(
        stock=tuple(
            tuple(max(0, _may_leave(shop, wishes, number, item, s) - _taken(shop, given, item, s)) for s in sources)
            for item in range(len(shop.stock))
        ),
        open=opened,
        ranks=tuple(worst + 1 if rank is None else rank for rank in wishes.ranks or ()) if worst else None,
        per_order=wishes.per_order if wishes.in_force("per order", number) else 99,
        per_line=wishes.per_line if wishes.in_force("per line", number) else 99,
        whole_orders=wishes.whole_orders and wishes.in_force("whole orders", number),
        whole_lines=wishes.whole_lines and wishes.in_force("whole lines", number),
        shipments_before_rank=wishes.shipments_before_rank,
        groups=tuple(_groups(shop, wishes, number, given)),
    )
    metres = tuple(round(degrees * _DEGREE) for degrees in shop.degrees)
    return Small(orders=shop.orders, metres=metres, rules=rules, given=given, fixed=fixed)


def _may_leave(shop: Shop, wishes: Wishes, number: int, item: int, source: int) -> int:
    units, safety = shop.stock[item][source], shop.safety[source]
    if wishes.safety is None or not wishes.in_force("safety", number):
        return units
    return max(0, units - safety) if wishes.safety == "ring_fence" else units * (units >= safety)


def _taken(shop: Shop, given: tuple[Shipments, ...], item: int, source: int) -> int:
    return sum(
        line[source]
        for lines, plan in zip(shop.orders, given, strict=True)
        for (wanted, _), line in zip(lines, plan, strict=True)
        if wanted == item
    )


def _groups(
    shop: Shop, wishes: Wishes, number: int, given: tuple[Shipments, ...]
) -> Iterator[tuple[tuple[int, ...], int]]:
    limits: list[tuple[str, tuple[int, ...], int]] = [
        ("a day", (s,), wishes.a_day) for s in range(len(shop.degrees)) if wishes.members[s]
    ]
    limits.append(("dock", tuple(range(len(shop.degrees))[:2]), wishes.dock))
    for kind, members, limit in limits:
        if wishes.in_force(kind, number):
            lines = sum(line[s] > 0 for plan in given for line in plan for s in members)
            yield members, max(0, limit - lines)
