"""What one order of a scenario takes of each service: counts of the bench, and estimates that follow from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.cost.inputs import Environment, Inputs

_ORDERS_OF_THE_STORE = "order-intake"
_CALLS_OF_A_MESSAGE = 3  # put, get, delete
_OPERATIONS = "service_bus_operations_per"
MESSAGES = "queue"


@dataclass(frozen=True)
class Order:
    """Amounts for one order.

    `queue_calls` and `service_bus`, operations by kind, are of whatever carried the messages when it was counted.
    Counted, but for those of `durable_...`, which a real task hub on storage would need, and for `found_again`: no more
    than that.
    """

    executions: Mapping[str, float]
    table_calls: float
    messages: Mapping[str, float]
    queue_calls: float
    service_bus: Mapping[str, float]
    turns: float
    activities: float
    durable_queue_calls: float
    durable_table_calls: float
    wake_ups: float
    scheduler_actions: float
    log_lines: float
    found_again: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, counted: Mapping[str, Any], environment: Environment, inputs: Inputs) -> "Order":
        """`counted` is a scenario of the bench's report."""
        again = _found_again(name, counted["messages_per_order"], environment, inputs)
        extra = sum(again.values())
        each = counted["found_again"]
        ran, made = _by_message(counted["executions_per_order"]), dict(counted["durable_per_order"])
        queries = made.get("statusQueries", 0) + extra * _amount(each, "durable_per_message", "statusQueries")
        messages = {queue: count + again.get(queue, 0) for queue, count in counted["messages_per_order"].items()}
        turns, activities = ran["orchestration"], ran["activity"]
        events = made["orchestrations"] + made["events"]
        assumed = inputs.assumptions.durable_storage
        return cls(
            executions={
                **{kind: count for kind, count in ran.items() if kind != "total"},
                MESSAGES: ran[MESSAGES] + extra,
            },
            table_calls=_tables(counted, "order") + extra * (_tables(each, "message") if extra else 0),
            messages=messages,
            queue_calls=_queue_calls(counted) + extra * _CALLS_OF_A_MESSAGE,
            service_bus={
                kind: count + extra * _amount(each, f"{_OPERATIONS}_message", kind)
                for kind, count in counted.get(f"{_OPERATIONS}_order", {}).items()
                if kind != "total"
            },
            turns=turns,
            activities=activities,
            # An activity takes two: one that has it done, and its result.
            durable_queue_calls=assumed.queue_operations_message * (events + made["timers"] + 2 * activities),
            durable_table_calls=assumed.table_calls_turn * turns
            + assumed.table_calls_start * made["orchestrations"]
            + queries,
            wake_ups=max(turns - activities, 0),
            scheduler_actions=events + 2 * activities,
            log_lines=counted["log_lines_per_order"],
            found_again=again,
        )


def _by_message(executions: Mapping[str, float]) -> dict[str, float]:
    """Executions by kind, those by messages under one name, whatever has carried them."""
    carried = {"queue", "serviceBus"}
    others = {kind: count for kind, count in executions.items() if kind not in carried}
    return {**others, MESSAGES: sum(executions.get(kind, 0) for kind in carried)}


def table_calls(storage_calls: Mapping[str, Any]) -> float:
    """Those of the app itself, a transaction being one call."""
    return sum(count for kind, count in storage_calls["app"].items() if kind.startswith("table "))


def _found_again(
    name: str, messages: Mapping[str, float], environment: Environment, inputs: Inputs
) -> dict[str, float]:
    """Messages of an order that sweeps put into queues though callbacks had told of the same, at most."""
    found: dict[str, float] = {}
    for job, sweep in inputs.sweeps.items():
        told = messages.get(sweep.queue, 0)
        # Orders born in F&O come to intake by their rows in Dataverse, which no sweep sends there a second time.
        is_theirs = sweep.queue != _ORDERS_OF_THE_STORE or name.startswith("bigcommerce_")
        if told and is_theirs:
            found[sweep.queue] = told * inputs.passes(job, environment)
    return found


def _tables(counted: Mapping[str, Any], share: str) -> float:
    return table_calls(counted[f"storage_calls_per_{share}"])


def _queue_calls(counted: Mapping[str, Any]) -> float:
    """As if each message was taken alone: under load one call takes up to sixteen."""
    calls, messages = counted["storage_calls_per_order"], sum(counted["messages_per_order"].values())
    others = ("queue delete", "queue update")
    return 2 * messages + sum(by.get(kind, 0) for by in (calls["app"], calls["triggers"]) for kind in others)


def _amount(counted: Mapping[str, Any], section: str, name: str) -> float:
    return counted.get(section, {}).get(name, 0)
