from itertools import chain

from tests.chaos.boundaries import Boundary
from tests.chaos.faults import KILLS, ON_CALLBACKS, ON_CALLS, ON_STORAGE, STORAGE_RESTART, Planned
from tests.chaos.journey import Case
from tests.chaos.planning import KINDS, Wave, again, matrix, sample, thinned

CALL = Boundary("bigcommerce", "GET /v2/orders/{n}", 1)
WRITE = Boundary("table", "transaction Orders", 1)
CALLBACK = Boundary("app", "POST /api/webhooks/bigcommerce", 1)
CROSSED = {"one": (CALLBACK, CALL, WRITE), "other": (CALLBACK, WRITE)}
SHARED = [
    ("finops", "GET /api/data/v9.2/uoms"),
    ("bigcommerce", "GET /stores/x/v3/hooks"),
    ("table", "PUT Checkpoints"),
]


def _planned(*kinds: str) -> list[tuple[str, Planned]]:
    waves = matrix(CROSSED, SHARED, kinds or list(KINDS))
    return [(case.scenario, planned) for wave in waves for case in wave.cases for planned in case.faults]


def test_every_fault_is_planned_once_at_every_boundary_of_every_scenario():
    planned = _planned()

    faults = {CALL: ON_CALLS, WRITE: ON_STORAGE, CALLBACK: ON_CALLBACKS}
    wanted = [
        (name, Planned(boundary, fault))
        for name, boundaries in CROSSED.items()
        for boundary in boundaries
        for fault in (*faults[boundary], *KILLS, *([STORAGE_RESTART] if boundary is WRITE else []))
    ]
    assert sorted(planned, key=str) == sorted(wanted, key=str)


def test_calls_that_are_no_order_s_own_meet_every_fault_too_but_for_those_of_the_app_s_start():
    shared = list(chain.from_iterable(wave.shared for wave in matrix(CROSSED, SHARED, ["shared"])))

    names, kills = SHARED[0], SHARED[2]
    wanted = [Planned(Boundary(*names, 1), fault) for fault in (*ON_CALLS, *KILLS)]
    wanted += [Planned(Boundary(*kills, 1), kill) for kill in KILLS]
    assert sorted(shared, key=str) == sorted(wanted, key=str)


def test_a_seed_always_throws_the_same():
    first, same, other = (sample(CROSSED, seed, orders=12, faults=2, kills=4) for seed in (7, 7, 8))

    assert first == same
    assert first.cases != other.cases
    assert {case.scenario for case in first.cases} == set(CROSSED)


def test_a_plan_that_was_written_down_is_read_as_it_was():
    wave = Wave("mixed", (Case("one", (Planned(CALL, "503"),)),), (Planned(WRITE, "kill-after"),), fresh=True)

    assert Wave.from_json(wave.to_json()) == wave


def test_a_thinned_matrix_still_goes_from_the_first_call_to_the_last():
    waves = [Wave("calls", tuple(Case(f"{n}-{place}") for place in range(4))) for n in range(3)]

    thin = list(thinned(waves, 3))

    assert [case.scenario for wave in thin for case in wave.cases] == ["0-0", "0-3", "1-2", "2-1"]


def test_faults_that_met_no_call_are_planned_again():
    unmet = {"one": [Planned(CALL, "500"), Planned(CALL, "kill-before")], "other": []}

    waves = list(again(unmet, [Planned(WRITE, "kill-after")]))

    assert [planned.fault for wave in waves for case in wave.cases for planned in case.faults] == ["kill-before", "500"]
    assert [planned.fault for wave in waves for planned in wave.shared] == ["kill-after"]
