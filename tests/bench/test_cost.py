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
from sandbox.service_bus import Transport

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


def _on_bus(scenario: dict[str, Any]) -> dict[str, Any]:
    """The same by Service Bus: a session for every message, but two for the five from Dataverse."""
    by_kind = {"sends": 10, "receives": 10, "settlements": 10, "session_accepts": 7, "empty_receives": 7}
    again = {"sends": 1, "receives": 1, "settlements": 1, "session_accepts": 0.5, "empty_receives": 0.5}
    executions = scenario["executions_per_order"]
    executions["serviceBus"] = executions.pop("queue")
    scenario["storage_calls_per_order"] |= {"triggers": {}, "app": {"table read": 6, "table transaction": 14}}
    scenario["service_bus_operations_per_order"] = {"total": 44, **by_kind}
    scenario["found_again"]["service_bus_operations_per_message"] = {"total": 4, **again}
    return scenario


def _counted() -> dict[Transport, Any]:
    on_storage = _bench()
    waits = {"total": 47, "session_accept_timeouts": 36, "empty_receives": 11}
    on_bus = {
        "idle": {"queues": 9, "accept_seconds": 30, "service_bus_operations_per_minute": waits},
        "idle_jobs": on_storage["idle_jobs"],
        "scenarios": {STORE: _on_bus(_scenario()), FINOPS: _on_bus(_scenario())},
    }
    return {Transport.STORAGE: on_storage, Transport.SERVICE_BUS: on_bus}


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
    return Setup(_counted(), inputs, inputs.environments["dev"])


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
    timers = days * (5 * 288 + 1440 + 96 + 24)
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
    bus = dev.on_service_bus

    usage = bus.of_month(bus.order(STORE), 10)

    assert (usage.queue_calls, usage.empty_polls) == (0, 0)
    # 44 operations, four for each of eight messages found again; two waits of a minute while a queue is listened to.
    assert usage.service_bus_operations == pytest.approx(10 * (44 + 8 * 4) + 10 * 18 * 10 * 2)
    assert month(bus, STORE, 10)["Service Bus, base"] == 9.81


def test_executions_by_messages_are_the_same_on_either_transport(dev: Setup):
    assert dev.on_service_bus.order(STORE).executions == dev.order(STORE).executions


def test_an_operation_that_is_not_billed_costs_nothing(dev: Setup):
    known = yaml.safe_load(PRICES.read_text())
    known["assumptions"]["service_bus"]["billed"] |= {"session_accepts": 0, "session_accept_timeouts": 0}
    bus = replace(dev, inputs=Inputs.model_validate(known)).on_service_bus

    usage = bus.of_month(bus.order(STORE), 10)

    assert usage.service_bus_operations == pytest.approx(10 * (44 - 7 + 8 * 3.5))


def test_operations_included_in_a_month_are_not_taken_off_the_price_of_orders(inputs: Inputs):
    used = Usage(service_bus_operations=15_000_000)

    in_a_month, by_themselves = (price(used, inputs, free=free)["Service Bus, operations"] for free in (True, False))

    assert in_a_month == pytest.approx(2 * 0.80)
    assert by_themselves == pytest.approx(15 * 0.80)


def test_a_private_network_takes_the_premium_tier_whose_operations_cost_nothing(dev: Setup):
    private = _with(dev, private_endpoints=4)

    before, after = month(private, STORE, 1000), month(private.on_service_bus, STORE, 1000)

    assert after["Service Bus, base"] == pytest.approx(730 * 0.9275)
    assert private.on_service_bus.of_month(private.on_service_bus.order(STORE), 1000).service_bus_operations == 0
    network = "Private endpoints and their zones"
    assert after[network] == pytest.approx(before[network] * 5 / 4)
    assert after["Alerts"] == pytest.approx(before["Alerts"] + 2 * 0.10)


def test_service_bus_is_compared_where_it_was_counted(inputs: Inputs):
    counted = _counted()
    of_storage = {Transport.STORAGE: counted[Transport.STORAGE]}

    assert "**operations billed** | 76 | 64 |" in all_tables(counted, inputs)
    assert "Service Bus" not in all_tables(of_storage, inputs)


def test_without_its_price_the_scheduler_is_not_for_nothing(dev: Setup):
    with pytest.raises(PriceMissing, match="million_actions"):
        month(_with(dev, scheduler=True), STORE, 1000)


def test_with_its_price_the_scheduler_is_compared(inputs: Inputs):
    known = yaml.safe_load(PRICES.read_text())
    known["prices"]["durable_task_scheduler"]["million_actions"] = 100.0

    tables = all_tables(_counted(), Inputs.model_validate(known))

    assert "orchestrations in the Durable Task Scheduler" in tables
    assert "orchestrations in the Durable Task Scheduler" not in all_tables(_counted(), inputs)


@pytest.mark.parametrize("wrong", [{"table_10000_transactions": -1}, {"table_million": 3}])
def test_a_price_that_is_none_is_refused(wrong: dict[str, float]):
    given = yaml.safe_load(PRICES.read_text())
    given["prices"]["storage"].update(wrong)

    with pytest.raises(ValidationError, match=next(iter(wrong))):
        Inputs.model_validate(given)
