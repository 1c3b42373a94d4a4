"""The best way to fill an order's lines from a given set of its sources."""

from collections.abc import Iterator
from itertools import combinations

from shared.optimization.jobs import Job, Limits, OrderPlan, Part, Score, Supply, Want, bits

Draw = list[tuple[int, int]]  # (position, units)

_JOINT_POSITIONS = 6  # lines that compete inside an order are tried against every subset of at most so many sources


class Desk:
    """One order at its stock of this moment. `rows[w][p]` is what position p can give to want w."""

    def __init__(self, job: Job, supply: Supply, effort: int) -> None:
        self.job = job
        self.supply = supply
        self.exact = True  # False once lines that compete have not been tried in every way
        self.effort = effort  # sets still to be looked at before the answer may be short of proven
        self.rows = [self._row(want) for want in job.wants]
        items = [want.item for want in job.wants]
        self.shared_items = len(set(items)) < len(items)

    @property
    def proven(self) -> bool:
        return self.effort > 0

    def _row(self, want: Want) -> list[int]:
        stock, most = self.supply.stock[want.item], want.quantity
        row = [stock[source] if stock[source] < most else most for source in self.job.sources]
        if want.reach != (1 << len(row)) - 1:
            row = [units if want.reach >> p & 1 else 0 for p, units in enumerate(row)]
        if self.supply.groups:
            row = [
                units if units and (want.before >> p & 1 or self.supply.has_room(self.job.sources[p])) else 0
                for p, units in enumerate(row)
            ]
        return row

    def fill(self, chosen: int) -> OrderPlan:
        """The best plan that ships from `chosen` positions only, and from those that ship the order already."""
        self.effort -= 1
        positions = bits(chosen | self.job.before)
        limits = self.job.limits
        draws = [
            draw_line(row, want, positions, self.job.may_split(want), limits.whole_lines)
            for want, row in zip(self.job.wants, self.rows, strict=True)
        ]
        parts = self._parts(draws)
        if (self.shared_items and self._overdraws(parts)) or not self.supply.lines_fit(parts):
            parts = _Competition(self, positions).best()
        return self.plan(parts)

    def plan(self, parts: list[Part]) -> OrderPlan:
        if self.job.limits.whole_orders and sum(p.amount for p in parts) < sum(w.quantity for w in self.job.wants):
            parts = []
        return OrderPlan(self._score(parts), tuple(sorted(parts)))

    def _parts(self, draws: list[Draw]) -> list[Part]:
        sources = self.job.sources
        return [
            Part(number, want.item, sources[p], units, not want.before >> p & 1)
            for number, (want, draw) in enumerate(zip(self.job.wants, draws, strict=True))
            for p, units in draw
        ]

    def _overdraws(self, parts: list[Part]) -> bool:
        taken: dict[tuple[int, int], int] = {}
        for part in parts:
            cell = part.item, part.source
            taken[cell] = taken.get(cell, 0) + part.amount
        return any(self.supply.stock[item][source] < units for (item, source), units in taken.items())

    def _score(self, parts: list[Part]) -> Score:
        job = self.job
        used = {part.source for part in parts}
        opened = [p for p, source in enumerate(job.sources) if source in used and not job.before >> p & 1]
        units = rank = pieces = 0
        place = {source: p for p, source in enumerate(job.sources)} if any(w.ranks for w in job.wants) else {}
        for part in parts:
            units += part.amount
            pieces += part.piece
            ranks = job.wants[part.want].ranks
            if ranks:
                rank += part.amount * ranks[place[part.source]]
        metres = sum(job.metres[p] for p in opened)
        return score(job.limits, units=units, rank=rank, shipments=len(opened), metres=metres, pieces=pieces)


def score(limits: Limits, *, units: int, rank: int, shipments: int, metres: int, pieces: int) -> Score:
    if limits.shipments_before_rank:
        return -units, shipments, rank, metres, pieces
    return -units, rank, shipments, metres, pieces


def draw_line(row: list[int], want: Want, positions: list[int], may_split: int, whole: bool) -> Draw:
    """Most units, then best ranks, then fewest new pieces of one line; ties to the nearest."""
    have = [p for p in positions if row[p]]
    if whole and sum(row[p] for p in have) < want.quantity:
        return []
    draw = _by_rank(row, want, have)
    if sum(not want.before >> p & 1 for p, _ in draw) > may_split:
        draw = _split_less(row, want, have, may_split)
    if whole and sum(units for _, units in draw) < want.quantity:
        return []
    return draw


def _by_rank(row: list[int], want: Want, have: list[int]) -> Draw:
    draw: Draw = []
    wanted = want.quantity
    for level in _levels(want, have):
        single = next((p for p in level if row[p] >= wanted), None)
        if single is not None and not any(want.before >> p & 1 for p in level):
            return [*draw, (single, wanted)]
        for p in sorted(level, key=lambda p: (not want.before >> p & 1, -row[p], p)):
            units = min(row[p], wanted)
            draw.append((p, units))
            wanted -= units
            if not wanted:
                return draw
    return draw


def _levels(want: Want, have: list[int]) -> list[list[int]]:
    if want.ranks is None:
        return [have]
    levels: dict[int, list[int]] = {}
    for p in have:
        levels.setdefault(want.ranks[p], []).append(p)
    return [levels[rank] for rank in sorted(levels)]


def _split_less(row: list[int], want: Want, have: list[int], may_split: int) -> Draw:
    free = [p for p in have if want.before >> p & 1]
    new = sorted((p for p in have if not want.before >> p & 1), key=lambda p: (-row[p], p))
    if want.ranks is None:
        return _by_rank(row, want, free + sorted(new[:may_split]))
    tries = (_by_rank(row, want, free + sorted(few)) for few in combinations(new, min(may_split, len(new))))
    ranks = want.ranks
    return min(
        tries, key=lambda draw: (-sum(u for _, u in draw), sum(u * ranks[p] for p, u in draw), len(draw), sorted(draw))
    )


class _Competition:
    """Lines of one order that compete for stock of one item or for the last lines a source takes today."""

    def __init__(self, desk: Desk, positions: list[int]) -> None:
        self._desk = desk
        self._positions = positions
        self._best = desk.plan([])
        self._left = {(want.item, p): desk.supply.stock[want.item][desk.job.sources[p]]
                      for want in desk.job.wants for p in positions}  # fmt: skip
        quantities = [want.quantity for want in desk.job.wants]
        self._after = [sum(quantities[number:]) for number in range(len(quantities) + 1)]

    def best(self) -> list[Part]:
        self._place(0, [], 0)
        return list(self._best.parts)

    def _place(self, number: int, parts: list[Part], units: int) -> None:
        wants = self._desk.job.wants
        if units + self._after[number] < -self._best.score[0]:
            return
        if number == len(wants):
            self._best = min(self._best, self._desk.plan(parts), key=lambda plan: plan.key)
            return
        for draw in self._draws(number):
            self._desk.effort -= 1
            more = [Part(number, wants[number].item, self._desk.job.sources[p], n, not wants[number].before >> p & 1)
                    for p, n in draw]  # fmt: skip
            if not self._desk.supply.lines_fit(parts + more):
                continue
            self._move(number, draw, -1)
            self._place(number + 1, parts + more, units + sum(n for _, n in draw))
            self._move(number, draw, 1)
            if self._desk.effort <= 0 and self._best.parts:
                return

    def _move(self, number: int, draw: Draw, sign: int) -> None:
        item = self._desk.job.wants[number].item
        for p, units in draw:
            self._left[item, p] += sign * units

    def _draws(self, number: int) -> Iterator[Draw]:
        """Every way worth trying to fill a line from what is left, and leaving it."""
        want, limits = self._desk.job.wants[number], self._desk.job.limits
        row = [0] * len(self._desk.job.sources)
        for p in self._positions:
            row[p] = min(self._desk.rows[number][p], self._left[want.item, p])
        have = [p for p in self._positions if row[p]]
        most = min(len(have), self._desk.job.may_split(want) + want.before.bit_count())
        if len(have) > _JOINT_POSITIONS:
            self._desk.exact = False
        subsets = (
            [few for size in range(1, most + 1) for few in combinations(have, size)]
            if len(have) <= _JOINT_POSITIONS
            else [tuple(have)]
        )
        draws = [draw_line(row, want, list(few), self._desk.job.may_split(want), limits.whole_lines) for few in subsets]
        known = {tuple(draw): draw for draw in draws if draw}
        yield from sorted(known.values(), key=lambda draw: (-sum(n for _, n in draw), len(draw), draw))
        yield []
