"""Groups of orders that compete with one another, directly or through others; no two groups compete."""

from collections import defaultdict
from collections.abc import Hashable

from shared.optimization.jobs import Job, Supply


def components_of(jobs: list[Job], supply: Supply) -> list[list[int]]:
    """Positions in `jobs`.

    Only what can run out connects: stock of an item at a source, or lines of a capacity group, wanted in excess.
    """
    if len(jobs) == 1:
        return [[0]]
    wanted: dict[Hashable, int] = defaultdict(int)
    wanting: dict[Hashable, list[int]] = defaultdict(list)
    room: dict[Hashable, int] = {}
    for number, job in enumerate(jobs):
        for thing, amount, there in _wanted_by(job, supply):
            wanted[thing] += amount
            wanting[thing].append(number)
            room[thing] = there
    leader = list(range(len(jobs)))
    for thing, numbers in wanting.items():
        if wanted[thing] > room[thing]:
            for number in numbers:
                leader[_find(leader, number)] = _find(leader, numbers[0])
    found: dict[int, list[int]] = defaultdict(list)
    for number in range(len(jobs)):
        found[_find(leader, number)].append(number)
    return sorted(found.values())


def _wanted_by(job: Job, supply: Supply) -> list[tuple[Hashable, int, int]]:
    """What an order may take: (what, how much of it, how much there is)."""
    found: list[tuple[Hashable, int, int]] = []
    for want in job.wants:
        for p, units in enumerate(supply.row(job, want)):
            if not units:
                continue
            source = job.sources[p]
            found.append(((want.item, source), units, supply.stock[want.item][source]))
            if supply.groups and not want.before >> p & 1:
                found.extend((group, 1, supply.room[group]) for group in supply.groups[source])
    return found


def _find(leader: list[int], number: int) -> int:
    while leader[number] != number:
        leader[number] = leader[leader[number]]
        number = leader[number]
    return number
