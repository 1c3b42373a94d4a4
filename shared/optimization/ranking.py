"""Ranks of sources for products, from location priorities."""

from collections.abc import Iterable

from shared.optimization.constraints import LocationPriority, Rank
from shared.optimization.world import World


class Ranking:
    """The most specific rank counts: for the product before for all, of the source before of a list, then the lowest.

    Ranks of priorities that are no longer in force stay as a wish: who has none comes after the worst.
    """

    def __init__(self, world: World, enabled: Iterable[LocationPriority], in_force: Iterable[LocationPriority]) -> None:
        self._world = world
        ranks = [rank for priority in enabled for rank in priority.ranks]
        self._strict = bool(list(in_force))
        self._last = max((rank.rank for rank in ranks), default=0) + 1
        self._known: dict[tuple[str | None, int], tuple[bool, int]] = {}
        for rank in ranks:
            self._note(rank)

    def rank(self, source: int, item: int) -> int:
        return self._found(source, item) or self._last

    def allows(self, source: int, item: int) -> bool:
        return not self._strict or self._found(source, item) is not None

    @property
    def matters(self) -> bool:
        return self._strict or bool(self._known)

    def _note(self, rank: Rank) -> None:
        by_list = rank.source is None
        members = (
            self._world.lists[rank.source_list] if rank.source_list else [self._world.source_index[rank.source or ""]]
        )
        for source in members:
            key = rank.product, source
            self._known[key] = min(self._known.get(key, (True, self._last)), (by_list, rank.rank))

    def _found(self, source: int, item: int) -> int | None:
        known = self._known.get((self._world.items[item], source)) or self._known.get((None, source))
        return known[1] if known else None
