"""The best way to draw one line from a given set of its order's sources."""

from itertools import combinations

from shared.optimization.jobs import Want

Draw = list[tuple[int, int]]  # (position, units)


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
