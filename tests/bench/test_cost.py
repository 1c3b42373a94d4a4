"""Prices times counts, by hand for a bench of round figures."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from sandbox.cost.bill import PriceMissing, month, price
from sandbox.cost.inputs import Inputs
from sandbox.cost.tables import all_tables
from sandbox.cost.usage import Setup, Usage

PRICES = Path(__file__).parents[2] / "docs" / "prices.yaml"
STORE, FINOPS = "bigcommerce_finops_finops", "finops_finops_finops"
MINUTES = 730 * 60


def _scenario() -> dict[str, Any]:
    return {
        "orders": 10,
        "executions_per_order": {"total": 40, "http": 8, "queue": 10, "activity": 8, "orchestration": 14},
        "storage_calls_per_order": {
            "total": 70,
            "app": {"queue put": 10, "table read": 6, "table transaction": 14},
            "triggers": {"queue get": 4, "queue delete": 10},
            "bundled_host": {"table transaction": 14, "table write": 2},
        },
        "messages_per_order": {"order-intake": 1, "dataverse-changes": 5, "provider-actions-finops": 4},
        "durable_per_order": {"orchestrations": 1, "events": 5, "timers": 5, "historyEvents": 60},
        "log_lines_per_order": 8,
        "found_again": {
            "messages": 60,
            "executions_per_message": {"total": 1, "queue": 1},
            "storage_calls_per_message": {"total": 5, "app": {"queue put": 1, "table query": 2}, "triggers": {}},
            "durable_per_message": {"statusQueries": 0.5},
        },
    }


def _bench() -> dict[str, Any]:
    job = {"executions": {"timer": 1}, "storage_calls": {"total": 4, "app": {"table read": 1, "table write": 3}}}
    jobs = yaml.safe_load(PRICES.read_text())["environments"]["dev"]["timers"]
    return {
        "idle": {"empty_polls_per_minute": 1080, "queues": 18, "polling_seconds": 1},
        "idle_jobs": dict.fromkeys(jobs, job),
        "scenarios": {STORE: _scenario(), FINOPS: _scenario()},
    }


@pytest.fixture
def inputs() -> Inputs:
    return Inputs.read(PRICES)


@pytest.fixture
def dev(inputs: Inputs) -> Setup:
    return Setup(_bench(), inputs, inputs.environments["dev"])


def _with(setup: Setup, **fields: Any) -> Setup:
    return replace(setup, environment=setup.environment.model_copy(update=fields))


def test_a_change_is_found_again_by_every_pass_that_looks_back_to_it(dev: Setup):
    # Every five minutes, ten minutes back: three passes see an order of the store; Dataverse's changes are seen once.
    assert dev.order(STORE).found_again == {"order-intake": 3, "dataverse-changes": 5}


def test_an_order_born_in_finance_and_operations_is_not_pulled_from_the_store(dev: Setup):
    assert dev.order(FINOPS).found_again == {"dataverse-changes": 5}


def test_a_sweep_that_runs_less_often_finds_less_again(dev: Setup):
    rarely = {**dev.environment.timers, "pull_bigcommerce_orders": "0 */10 * * * *"}

    assert _with(dev, timers=rarely).order(STORE).found_again["order-intake"] == 2


def test_an_order_is_charged_for_what_it_and_its_finding_again_take(dev: Setup):
    order = dev.order(STORE)

    assert order.executions == {"http": 8, "queue": 10 + 8, "activity": 8, "orchestration": 14}
    assert order.table_calls == 20 + 8 * 2
    assert order.queue_calls == (10 + 8) * 3  # put, taken alone, deleted


def test_the_task_hub_is_estimated_from_turns_activities_and_events(dev: Setup):
    order = dev.order(STORE)

    assert order.durable_queue_calls == 3 * (1 + 5 + 5 + 2 * 8)
    assert order.durable_table_calls == 3 * 14 + 2 * 1 + 8 * 0.5
    assert order.scheduler_actions == 1 + 5 + 2 * 8


def test_what_orders_cost_is_linear(dev: Setup):
    one, thousand = (dev.of_orders(dev.order(STORE), count) for count in (1, 1000))

    assert thousand.executions == 1000 * one.executions == 1000 * (8 + 18 + 8 + 14)
    # 8 calls of a second, 18 messages of two, 6 things that wake the orchestration: on 2 GB.
    assert one.gb_seconds == 2 * (8 * 1 + 18 * 2 + 6 * 1)


def test_free_grants_are_taken_off_a_month_and_not_off_the_price_of_orders(inputs: Inputs):
    used = Usage(executions=1_250_000, gb_seconds=200_000, log_bytes=7e9)

    with_grants, without = (price(used, inputs, free=free) for free in (True, False))

    assert with_grants["Functions, executions"] == pytest.approx(0.40)
    assert without["Functions, executions"] == pytest.approx(0.50)
    assert with_grants["Functions, GB-seconds"] == pytest.approx(100_000 * 0.000026)
    assert with_grants["Telemetry"] == pytest.approx(2 * 2.30)


def test_an_idle_month_has_timers_the_health_test_and_alerts_and_looks_into_no_queue(dev: Setup):
    idle = dev.without_orders()

    days = 730 / 24
    timers = days * (4 * 288 + 1440 + 96 + 24)
    assert idle.executions == pytest.approx(timers + days * 288 * 3)
    assert idle.table_calls == pytest.approx(timers * 4)
    assert (idle.queue_calls, idle.empty_polls, idle.hub_queue_calls) == (0, 0, 0)
    assert "Queues, looks into empty ones" not in month(dev, STORE, 0)


def test_queues_are_looked_into_as_long_as_messages_keep_an_instance_there_and_never_beyond_the_month(dev: Setup):
    order = dev.order(STORE)

    few, many = (dev.of_listening(order, count).empty_polls for count in (10, 1_000_000))

    assert few == pytest.approx(10 * 18 * 10 * 60)  # messages, minutes after each, looks a minute
    assert many == pytest.approx(3 * MINUTES * 60)  # three queues, all month


def test_a_longer_polling_interval_saves_looks_in_proportion(dev: Setup):
    order = dev.order(STORE)

    slower = _with(dev, polling_seconds=10).of_listening(order, 10)

    assert slower.empty_polls == pytest.approx(dev.of_listening(order, 10).empty_polls / 10)


def test_what_http_executes_on_an_instance_that_is_always_ready_has_a_price_of_its_own(dev: Setup):
    ready = _with(dev, always_ready_http=1)

    usage = ready.of_month(ready.order(STORE), 1000)

    calls = 1000 * 8 + ready.health_runs
    assert (usage.ready_executions, usage.ready_gb_seconds) == (calls, calls * 2)
    assert usage.baseline_gb_seconds == 2 * 730 * 3600


def test_service_bus_takes_the_place_of_queues_and_their_polls(dev: Setup):
    by_service_bus = _with(dev, service_bus=True)

    usage = by_service_bus.of_month(by_service_bus.order(STORE), 10)

    assert (usage.queue_calls, usage.empty_polls) == (0, 0)
    assert usage.service_bus_operations == pytest.approx(10 * 18 * 3 + 10 * 18 * 10)
    assert month(by_service_bus, STORE, 10)["Service Bus, base"] == 9.81


def test_without_its_price_the_scheduler_is_not_for_nothing(dev: Setup):
    with pytest.raises(PriceMissing, match="million_actions"):
        month(_with(dev, scheduler=True), STORE, 1000)


def test_with_its_price_the_scheduler_is_compared(inputs: Inputs):
    known = yaml.safe_load(PRICES.read_text())
    known["prices"]["durable_task_scheduler"]["million_actions"] = 100.0

    tables = all_tables(_bench(), Inputs.model_validate(known))

    assert "orchestrations in the Durable Task Scheduler" in tables
    assert "orchestrations in the Durable Task Scheduler" not in all_tables(_bench(), inputs)


@pytest.mark.parametrize("wrong", [{"table_10000_transactions": -1}, {"table_million": 3}])
def test_a_price_that_is_none_is_refused(wrong: dict[str, float]):
    given = yaml.safe_load(PRICES.read_text())
    given["prices"]["storage"].update(wrong)

    with pytest.raises(ValidationError, match=next(iter(wrong))):
        Inputs.model_validate(given)
