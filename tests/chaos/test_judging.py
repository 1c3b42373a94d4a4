"""The campaign would see what must not happen."""

from copy import deepcopy
from typing import Any

import pytest

from sandbox.demo.scenario import Order
from tests.chaos.boundaries import Boundary
from tests.chaos.faults import Planned
from tests.chaos.journey import Case, Outcome, wrong_effects
from tests.chaos.results import Result
from tests.chaos.subjects import Subject, Subjects

CLEAN: dict[str, dict[str, Any]] = {
    "bigcommerce": {"shipments": 1, "status_writes": [2, 10]},
    "finops": {"sales_orders": 1},
}
HERE = Boundary("flexe", "POST /v1/outbound_orders", 1)


def _outcome(system: str = "finops", name: str = "sales_orders", got: Any = 1) -> Outcome:
    order = Order(None, "7000001")  # pyright: ignore[reportArgumentType] # nothing is asked of its world
    outcome = Outcome(Case("any"), Subject("any 7000001"), order, received=deepcopy(CLEAN))
    outcome.received[system][name] = got
    return outcome


@pytest.mark.parametrize(
    ("effect", "got", "counted_as"),
    [
        ("finops sales_orders", 0, "lost"),
        ("finops sales_orders", 2, "doubled"),
        ("bigcommerce shipments", 2, "doubled"),
        ("bigcommerce status_writes", [2, 2, 10], "doubled"),
        ("bigcommerce status_writes", [10, 2], "doubled"),
        ("bigcommerce status_writes", [2], "lost"),
        ("bigcommerce status_writes", [], "lost"),
        ("bigcommerce status_writes", [2, 5, 10], "doubled"),
    ],
)
def test_an_effect_that_is_missing_doubled_or_out_of_turn_harms_the_order(effect: str, got: Any, counted_as: str):
    system, _, name = effect.partition(" ")
    outcome = _outcome(system, name, got)

    wrong = wrong_effects(outcome, CLEAN)
    result = Result.of(outcome, "", wrong, [])

    assert [str(each) for each in wrong] == [f"{effect}: {got} instead of {CLEAN[system][name]}"]
    assert not result.ok
    assert (result.is_lost, result.is_doubled) == (counted_as == "lost", counted_as == "doubled")


@pytest.mark.parametrize("got", [[2, 10], [10]])
def test_a_status_the_store_has_passed_already_need_not_be_written(got: list[int]):
    assert wrong_effects(_outcome("bigcommerce", "status_writes", got), CLEAN) == []


def test_an_order_that_is_stuck_was_held_or_is_on_the_error_pages_was_harmed():
    held = _outcome()
    held.held.append("Send order Failed: no")

    assert Result.of(_outcome(), "", [], []).ok
    assert not Result.of(_outcome(), "not seen", [], []).ok
    assert not Result.of(held, "", [], []).ok
    assert not Result.of(_outcome(), "", [], ["gave up"]).ok


def test_a_fault_meets_the_very_call_it_is_planned_for_once():
    planned = Planned(HERE._replace(n=2), "503")
    subject = Subject("any", plan=(planned,))

    met = [subject.cross("flexe", HERE.call) for _ in range(4)]

    assert met == [None, planned, None, None]


def test_a_fault_that_met_no_call_is_told():
    subject = Subject("any", plan=(Planned(HERE, "503"),))

    subject.meets_no_more()

    assert subject.cross("flexe", HERE.call) is None
    assert subject.unmet == [Planned(HERE, "503")]


def test_a_text_is_about_the_order_it_names_and_about_nobody_when_it_names_two():
    subjects, first, second = Subjects(), Subject("first"), Subject("second")
    subjects.know(first, "7000001", "24bc6efc-6edb-5aea-9594-6333e7259d8c")
    subjects.know(second, "7000002")
    subjects.learn(first, b'{"id": "obo_900011"}')
    subjects.learn(second, b'{"d": {"SalesOrder": "12"}}')

    assert subjects.of("PartitionKey='24BC6EFC-6edb-5aea-9594-6333e7259d8c'") is first
    assert subjects.of('{"external_order_id": "USMF-SO-7000001-2"}') is first
    assert subjects.of("/v1/outbound_orders/obo_900011") is first
    assert subjects.of("/A_SalesOrder('12')") is second
    assert subjects.of("BC-7000001 and BC-7000002") is None
    assert subjects.of("17000001 and order 70000011") is None
