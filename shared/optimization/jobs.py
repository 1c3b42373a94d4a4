"""The batch as the search sees it: whole numbers, sources by position, nearest first."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from shared.optimization.score import Score, score

UNLIMITED = 1 << 30


def bits(mask: int) -> list[int]:
    """Positions in `mask`, nearest first."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


@dataclass(frozen=True, slots=True)
class Want:
    """What a line still needs. `ranks` by position, None: all alike.

    `reach` holds the positions that may ship it, `before` those that ship some of it since an earlier pass, of which
    there are `before_count` (more than the mask when a source is out of this pass).
    """

    line: int
    item: int
    quantity: int
    reach: int
    ranks: tuple[int, ...] | None = None
    before: int = 0
    before_count: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """The rules of one pass that speak of an order as a whole."""

    sources_per_order: int = UNLIMITED
    sources_per_line: int = UNLIMITED
    whole_orders: bool = False
    whole_lines: bool = True
    shipments_before_rank: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """One order in one pass: position p is source `sources[p]`, `metres[p]` away."""

    order: int
    wants: tuple[Want, ...]
    sources: tuple[int, ...]
    metres: tuple[int, ...]
    limits: Limits
    before: int = 0
    before_count: int = 0

    @property
    def may_open(self) -> int:
        return max(0, self.limits.sources_per_order - self.before_count)

    def may_split(self, want: Want) -> int:
        return max(0, self.limits.sources_per_line - want.before_count)

    def score(self, parts: Collection["Part"]) -> Score:
        """Of a plan; sources that ship the order already cost nothing more."""
        used = {part.source for part in parts}
        opened = [p for p, source in enumerate(self.sources) if source in used and not self.before >> p & 1]
        units = rank = pieces = 0
        ranked = any(want.ranks for want in self.wants)
        place = {source: p for p, source in enumerate(self.sources)} if ranked else {}
        for part in parts:
            units += part.amount
            pieces += part.piece
            ranks = self.wants[part.want].ranks
            if ranks:
                rank += part.amount * ranks[place[part.source]]
        return score(
            shipments_first=self.limits.shipments_before_rank,
            units=units,
            rank=rank,
            shipments=len(opened),
            metres=sum(self.metres[p] for p in opened),
            pieces=pieces,
        )


class Part(NamedTuple):
    """Units of a want that leave a position's source; `piece` unless that source ships the line already."""

    want: int
    item: int
    source: int
    amount: int
    piece: bool


@dataclass(frozen=True, slots=True)
class OrderPlan:
    """`bound`: no plan of this order, on the stock it was made for, scores less; None: nor than this one."""

    score: Score
    parts: tuple[Part, ...]
    bound: Score | None = None

    @property
    def least(self) -> Score:
        return self.score if self.bound is None else self.bound

    @property
    def proven(self) -> bool:
        return self.least == self.score

    @property
    def key(self) -> tuple[Score, tuple[Part, ...]]:
        return self.score, self.parts


@dataclass(slots=True)
class Supply:
    """What is left: units by item and source, lines by capacity group. Sources are numbered by name."""

    stock: list[list[int]]
    room: list[int] = field(default_factory=list)
    groups: list[tuple[int, ...]] = field(default_factory=list)

    def row(self, job: Job, want: Want) -> list[int]:
        """By position, what it can give to a want of `job`, if nothing else is taken."""
        stock, most = self.stock[want.item], want.quantity
        row = [stock[source] if stock[source] < most else most for source in job.sources]
        if want.reach != (1 << len(row)) - 1:
            row = [units if want.reach >> p & 1 else 0 for p, units in enumerate(row)]
        if self.groups:
            row = [
                units if units and (want.before >> p & 1 or self.has_room(job.sources[p])) else 0
                for p, units in enumerate(row)
            ]
        return row

    def has_room(self, source: int) -> bool:
        return not self.groups or all(self.room[group] > 0 for group in self.groups[source])

    def take(self, plan: OrderPlan, times: int = 1) -> None:
        for part in plan.parts:
            self.stock[part.item][part.source] -= times * part.amount
            if part.piece and self.groups:
                for group in self.groups[part.source]:
                    self.room[group] -= times

    def give_back(self, plan: OrderPlan) -> None:
        self.take(plan, -1)

    def lines_fit(self, parts: list[Part]) -> bool:
        if not self.groups:
            return True
        needed = Counter(group for part in parts if part.piece for group in self.groups[part.source])
        return all(self.room[group] >= count for group, count in needed.items())
