"""The demo believes nothing without evidence, and says which step did not happen."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event
from typing import Any, cast

import httpx
import pytest
from rich.console import Console
from rich.text import Text

from sandbox.demo.report import as_json
from sandbox.demo.scenario import Order, Outcome, Result, Scenario, Step, play
from sandbox.demo.show import Show
from sandbox.demo.world import Timeline, World


class _App:
    """Knows one order, which is on hold."""

    def order(self, order_id: str) -> dict[str, Any]:
        problem = {"field": "lines[0].sku", "value": "BAG", "problem": "is not mapped"}
        return {"order_id": order_id, "state": "On Hold", "state_reason": "Order Validation", "problems": [problem]}


class _World:
    app = _App()


def _scenario(
    *steps: Step, effects: Callable[[Order], dict[str, Any]] = lambda _: {"finops": {"sales_orders": 1}}
) -> Scenario:
    return Scenario("one_two_three", "One > two > three", steps, effects)


def _play(scenario: Scenario, *, deadline: float = 0.2, known_as: str = "o-1") -> tuple[Result, list[int]]:
    told: list[int] = []
    order = Order(cast("World", _World()), "10427", order_id=known_as)
    result = play(scenario, order, deadline_seconds=deadline, stop=Event(), tell=lambda number, _: told.append(number))
    return result, told


def _refused(_: Order) -> None:
    request = httpx.Request("POST", "http://127.0.0.1/_control/orders/BC-1/pick")
    httpx.Response(409, request=request, text="nothing to pick").raise_for_status()


def test_a_scenario_whose_steps_all_happen_is_ok():
    answers = iter([None, None, "seen at last"])

    scenario = _scenario(Step("first", lambda _: "done"), Step("second", lambda _: next(answers)))
    result, told = _play(scenario, deadline=60)

    assert result.ok
    assert told == [0, 1]
    assert [outcome.evidence for outcome in result.outcomes] == ["done", "seen at last"]


def test_a_step_without_evidence_fails_the_scenario_and_ends_it_there():
    result, told = _play(_scenario(Step("first", lambda _: None), Step("second", lambda _: "never asked")))

    assert not result.ok
    assert told == [0]
    assert [outcome.ok for outcome in result.outcomes] == [False, False]


def test_the_missing_step_is_named_with_the_order_s_state_and_problems():
    result, _ = _play(_scenario(Step("Order header and lines validated", lambda _: None)))

    assert result.missing
    assert result.missing.step == "Order header and lines validated"
    assert result.missing.problem == (
        "not seen within 0.2 s; the order is On Hold / Order Validation (lines[0].sku = 'BAG': is not mapped)"
    )


def test_an_order_the_app_never_took_in_is_called_that():
    result, _ = _play(_scenario(Step("taken in", lambda _: None)), known_as="")

    assert result.missing
    assert result.missing.problem == "not seen within 0.2 s; the app does not know the order"


def test_an_outside_system_that_refuses_fails_the_step_with_its_words():
    result, _ = _play(_scenario(Step("picked", lambda _: "picked", act=_refused)))

    assert result.missing
    assert result.missing.problem == "POST http://127.0.0.1/_control/orders/BC-1/pick answered 409: nothing to pick"


def test_the_report_tells_each_step_and_what_was_received():
    result, _ = _play(_scenario(Step("first", lambda _: "done"), Step("second", lambda _: None)))

    report = as_json([result])

    assert report["ok"] is False
    scenario = report["scenarios"][0]
    assert [(step["name"], step["ok"]) for step in scenario["steps"]] == [("first", True), ("second", False)]
    assert [step["evidence"] for step in scenario["steps"]] == ["done", ""]
    assert scenario["steps"][1]["at"] is None
    assert scenario["effects"] == {"finops": {"sales_orders": 1}}
    assert (scenario["external_id"], scenario["order_id"]) == ("10427", "o-1")


def test_one_failed_scenario_fails_the_whole_report():
    fine, _ = _play(_scenario(Step("first", lambda _: "done")))
    failed, _ = _play(_scenario(Step("first", lambda _: None)))

    assert as_json([fine])["ok"] is True
    assert as_json([fine, failed])["ok"] is False


def test_a_scenario_that_could_not_even_start_is_not_ok():
    assert as_json([Result("one_two_three", "10427")])["ok"] is False


@pytest.mark.parametrize("terminal", [True, False])
def test_steps_are_shown_as_they_happen(terminal: bool):
    scenario = _scenario(Step("Order created", lambda _: "order 10427"), Step("Order picked", lambda _: None))
    console = Console(record=True, force_terminal=terminal, width=140, quiet=False, legacy_windows=False)
    result, _ = _play(scenario)

    with Show([scenario], console) as show:
        for number, outcome in enumerate(result.outcomes):
            show.tell(scenario.name, number, outcome)
    show.verdict([result])

    text = console.export_text()
    assert "Order created" in text
    assert "order 10427" in text
    assert "one_two_three: did not happen: Order picked: not seen within 0.2 s" in text


def test_scenarios_that_do_not_fit_the_terminal_have_a_row_each_and_their_steps_at_the_end():
    scenarios = [
        Scenario(f"way_{way}", f"Way {way}", tuple(Step(f"{way}.{n}", lambda _: "x") for n in range(9)), lambda _: {})
        for way in "abc"
    ]
    console = Console(file=io.StringIO(), force_terminal=True, width=80, height=24, legacy_windows=False)
    show = Show(scenarios, console)
    for number in range(9):
        show.tell("way_a", number, Outcome(f"a.{number}", datetime.now(UTC)))
    show.tell("way_b", 0, Outcome("b.0", problem="not seen within 60 s"))

    with console.capture() as while_it_runs:
        console.print(show)
    with console.capture() as at_the_end, show:
        pass

    rows = [line.split() for line in Text.from_ansi(while_it_runs.get()).plain.splitlines()]
    assert [(row[0], row[-2:]) for row in rows] == [
        ("way_a", ["steps", "happened"]),
        ("way_b", ["FAILED:", "b.0"]),
        ("way_c", ["0/9", "c.0"]),
    ]
    assert "Way c" in at_the_end.get()
    assert "not seen within 60 s" in at_the_end.get()


def test_the_last_table_lists_what_every_system_received_and_leaves_out_those_that_received_nothing():
    console = Console(record=True, width=140)
    received = {
        "bigcommerce": {"shipments": 1, "status_writes": [2, 10]},
        "finops": {"sales_orders": 1},
        "sap": {"sales_orders": 0},
    }

    Show([], console).received([Result("one_two_three", "10427", outcomes=(Outcome("first"),), effects=received)])

    text = console.export_text()
    assert "shipments: 1, status writes: 2 then 10" in text
    assert "sales orders: 1" in text
    assert "sap" not in text


def test_events_count_only_when_they_moved_the_order():
    stale = {"name": "Order Picked", "outcome": "ignored", "state": "Completed", "state_reason": "Fulfilled"}

    assert Timeline([stale], []).applied("Order Picked") is None
