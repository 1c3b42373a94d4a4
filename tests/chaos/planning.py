"""Which fault meets which order: the whole matrix, a fixed part of it, and the soak's dice.

A plan is made of waves, each played out before the next begins. Within a wave an order meets several faults, far apart
on its way, so that each pair of boundary and fault is met and the whole stays within minutes.
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from tests.chaos.boundaries import CALLBACKS, OUTSIDE, STORAGE, Boundary
from tests.chaos.faults import KILLS, ON_CALLS, STORAGE_RESTART, Planned, faults_at
from tests.chaos.journey import Case

Crossed = Mapping[str, Sequence[Boundary]]
"""What an order of each scenario crosses, in order."""

ORDERS_AT_ONCE = 24
_ORDERS_A_WAVE = 72
_FAULTS_PER_ORDER = 3
_KILLS_PER_ORDER = 2
_SHARED_KILLS = 4
_RESTART_AT_EVERY = 12  # of an order's writes to storage
# Of the app's own start, and of commands run before any order.
_NOT_OF_ORDERS = ("v3/hooks", "sdkmessage", "serviceendpoints", "OPTIONS", "/devstoreaccount1/", "Tables")


@dataclass(frozen=True)
class Wave:
    """Orders that are played together. `shared`: faults for calls that are about no order, or about many.

    `fresh`: the app is started anew first, so that it asks for its tokens and names again. `flood`: both dual-write
    maps are paused meanwhile, and replay what has gathered, twice.
    """

    name: str
    cases: tuple[Case, ...]
    shared: tuple[Planned, ...] = ()
    fresh: bool = False
    flood: bool = False

    def to_json(self) -> dict[str, Any]:
        shared = [each.to_json() for each in self.shared]
        wave = {"name": self.name, "shared": shared, "fresh": self.fresh, "flood": self.flood}
        return {**wave, "cases": [each.to_json() for each in self.cases]}

    @classmethod
    def from_json(cls, wave: Mapping[str, Any]) -> "Wave":
        shared = tuple(map(Planned.from_json, wave["shared"]))
        return cls(wave["name"], tuple(map(Case.from_json, wave["cases"])), shared, wave["fresh"], wave["flood"])


@dataclass
class _Dealt:
    """Faults of one scenario, dealt to orders so that no order meets two near each other."""

    scenario: str
    planned: list[Planned] = field(default_factory=list)

    def cases(self, per_order: int) -> list[Case]:
        orders = -(-len(self.planned) // per_order)
        return [Case(self.scenario, tuple(self.planned[n::orders])) for n in range(orders)]


def matrix(crossed: Crossed, shared: Sequence[tuple[str, str]], kinds: Sequence[str]) -> Iterator[Wave]:
    """Everything: `shared` are the kinds of call that are no order's own; `kinds` as in `KINDS`."""
    for kind in kinds:
        yield from KINDS[kind](crossed, shared)


def _calls(crossed: Crossed, _: Sequence[tuple[str, str]]) -> Iterator[Wave]:
    yield from _waves("faults on calls", _on(crossed, OUTSIDE), _FAULTS_PER_ORDER)


def _storage(crossed: Crossed, _: Sequence[tuple[str, str]]) -> Iterator[Wave]:
    yield from _waves("faults on storage", _on(crossed, STORAGE), _FAULTS_PER_ORDER)
    restarts = [
        _Dealt(name, [Planned(each, STORAGE_RESTART) for each in _of(boundaries, STORAGE)[::_RESTART_AT_EVERY]])
        for name, boundaries in crossed.items()
    ]
    yield from _waves("storage restarts", restarts, 1)


def _callbacks(crossed: Crossed, _: Sequence[tuple[str, str]]) -> Iterator[Wave]:
    yield from _waves("faults on callbacks", _on(crossed, frozenset({CALLBACKS})), 1)


def _kills(crossed: Crossed, _: Sequence[tuple[str, str]]) -> Iterator[Wave]:
    everything = OUTSIDE | STORAGE | {CALLBACKS}
    dealt = [
        _Dealt(name, [Planned(each, kill) for each in _of(boundaries, everything) for kill in KILLS])
        for name, boundaries in crossed.items()
    ]
    # Small ones: an order is to meet the kills that are planned for it, and few that are meant for others.
    yield from _waves("kills", dealt, _KILLS_PER_ORDER, ORDERS_AT_ONCE)


def _shared(crossed: Crossed, shared: Sequence[tuple[str, str]]) -> Iterator[Wave]:
    """One order of each scenario, and one fault for each kind of shared call, fault after fault."""
    outside = [each for each in shared if each[0] in OUTSIDE and not _is_of_start(each)]
    anywhere = [each for each in shared if each[0] != CALLBACKS and not _is_of_start(each)]
    cases = tuple(map(Case, crossed))
    for turn in range(len(ON_CALLS)):
        planned = [_shared_at(each, ON_CALLS[(turn + n) % len(ON_CALLS)]) for n, each in enumerate(outside)]
        yield Wave("faults on shared calls", cases, tuple(planned), fresh=True)
    for kill in KILLS:
        for n in range(0, len(anywhere), _SHARED_KILLS):
            killed = tuple(_shared_at(each, kill) for each in anywhere[n : n + _SHARED_KILLS])
            yield Wave("kills at shared calls", cases, killed, fresh=True)


def _floods(crossed: Crossed, _: Sequence[tuple[str, str]]) -> Iterator[Wave]:
    for _turn in range(3):
        yield Wave("paused maps", tuple(Case(name) for name in crossed for _ in range(3)), flood=True)


KINDS = {
    "calls": _calls,
    "shared": _shared,
    "callbacks": _callbacks,
    "storage": _storage,
    "kills": _kills,
    "maps": _floods,
}


def thinned(waves: Iterable[Wave], every: int) -> Iterator[Wave]:
    """Every so many-th order of each kind of wave: the same way from its first call to its last, in a shorter time."""
    for name, alike in groupby(waves, key=lambda wave: wave.name):
        kept = list(alike)
        if any(wave.shared for wave in kept) or every == 1:
            yield from kept[::every]
            continue
        cases = [case for wave in kept for case in wave.cases][::every]
        for n in range(0, len(cases), len(kept[0].cases)):
            yield replace(kept[0], name=name, cases=tuple(cases[n : n + len(kept[0].cases)]))


def again(unmet: Mapping[str, Sequence[Planned]], shared: Sequence[Planned]) -> Iterator[Wave]:
    """What was planned and not met, by scenario: a call that did not come this time, or one kill too many in a wave."""
    hitting_all = (*KILLS, STORAGE_RESTART)
    for name, all_at_once in (("kills, again", True), ("faults, again", False)):
        dealt = [_Dealt(each, [one for one in planned if (one.fault in hitting_all) is all_at_once])
                 for each, planned in unmet.items()]  # fmt: skip
        yield from _waves(name, dealt, _KILLS_PER_ORDER, ORDERS_AT_ONCE)
    for n in range(0, len(shared), _SHARED_KILLS):
        yield Wave("shared calls, again", tuple(map(Case, unmet)), tuple(shared[n : n + _SHARED_KILLS]), fresh=True)


def sample(crossed: Crossed, seed: int, *, orders: int, faults: int, kills: int) -> Wave:
    """Orders of all scenarios in turn, each with so many faults of every kind but kills; `kills` of them die too."""
    dice = random.Random(seed)
    names = sorted(crossed)
    cases = []
    for n in range(orders):
        name = names[n % len(names)]
        planned = {}
        for boundary in dice.sample(list(crossed[name]), min(faults, len(crossed[name]))):
            if possible := faults_at(boundary):
                planned[boundary] = Planned(boundary, dice.choice(possible))
        if n < kills:
            boundary = dice.choice(list(crossed[name]))
            planned[boundary] = Planned(boundary, dice.choice(KILLS))
        cases.append(Case(name, tuple(planned.values())))
    return Wave(f"seed {seed}", tuple(cases))


def _on(crossed: Crossed, systems: frozenset[str]) -> list[_Dealt]:
    return [
        _Dealt(name, [Planned(each, fault) for each in _of(boundaries, systems) for fault in faults_at(each)])
        for name, boundaries in crossed.items()
    ]


def _of(boundaries: Sequence[Boundary], systems: frozenset[str]) -> list[Boundary]:
    return [each for each in boundaries if each.system in systems]


def _waves(name: str, dealt: Sequence[_Dealt], per_order: int, size: int = _ORDERS_A_WAVE) -> Iterator[Wave]:
    """All scenarios side by side, so that no wave is one provider's alone; equal places on the way meet."""
    cases = [
        (n / len(own), case)
        for each in dealt
        for own in (each.cases(per_order),)
        for n, case in enumerate(own)
    ]  # fmt: skip
    ordered = [case for _, case in sorted(cases, key=lambda placed: placed[0])]
    for n in range(0, len(ordered), size):
        yield Wave(name, tuple(ordered[n : n + size]))


def _is_of_start(shared: tuple[str, str]) -> bool:
    return any(part in shared[1] for part in _NOT_OF_ORDERS)


def _shared_at(kind: tuple[str, str], fault: str) -> Planned:
    return Planned(Boundary(*kind, 1), fault)
