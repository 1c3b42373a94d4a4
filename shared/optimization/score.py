"""How good a plan is: whole numbers compared goal by goal, less is better."""

from collections.abc import Iterable

Score = tuple[int, int, int, int, int]
"""(-units, rank, shipments, metres, pieces), or with shipments before rank."""

NOTHING: Score = (0, 0, 0, 0, 0)
UNITS = 0


def score(*, shipments_first: bool, units: int, rank: int, shipments: int, metres: int, pieces: int) -> Score:
    if shipments_first:
        return -units, shipments, rank, metres, pieces
    return -units, rank, shipments, metres, pieces


def places(*, shipments_first: bool) -> tuple[int, int]:
    """Where in a score rank and shipments stand."""
    return (2, 1) if shipments_first else (1, 2)


def total(scores: Iterable[Score]) -> Score:
    a = b = c = d = e = 0
    for one in scores:
        a, b, c, d, e = a + one[0], b + one[1], c + one[2], d + one[3], e + one[4]
    return a, b, c, d, e


def less(one: Score, other: Score) -> Score:
    """`one` - `other`."""
    return one[0] - other[0], one[1] - other[1], one[2] - other[2], one[3] - other[3], one[4] - other[4]
