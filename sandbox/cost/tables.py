"""The tables of `docs/cost.md`, as Markdown."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sandbox.cost.bill import month, price, total
from sandbox.cost.counted import Counted
from sandbox.cost.inputs import Inputs
from sandbox.cost.order import MESSAGES
from sandbox.cost.usage import Setup
from sandbox.service_bus import Transport

ORDERS_A_MONTH = (1_000, 10_000, 100_000)
# What `what a setting changes` is shown for.
_OPERATIONS = {
    "sends": "messages sent",
    "schedules": "messages sent for later",
    "session_accepts": "sessions accepted",
    "receives": "messages delivered",
    "settlements": "messages settled",
    "empty_receives": "receives that nothing comes for, and that end a session",
    "management": "other calls",
}
_TYPICAL, _TYPICAL_ORDERS, _TYPICAL_ENVIRONMENT = "bigcommerce_finops_finops", 10_000, "prod"


def all_tables(counted: Counted, inputs: Inputs) -> str:
    setups = {name: Setup(counted, inputs, environment) for name, environment in inputs.environments.items()}
    first = next(iter(setups.values()))
    parts = [
        ("What one order takes", counts(first)),
        (f"What 1,000 orders cost ({inputs.currency})", orders(first)),
        (f"A month without any order ({inputs.currency})", idle(setups)),
        *((f"A month in {name} ({inputs.currency})", months(setup)) for name, setup in setups.items()),
        *(_by_service_bus(setups) if Transport.SERVICE_BUS in counted else ()),
        (f"What a setting changes ({inputs.currency} a month)", settings(setups[_TYPICAL_ENVIRONMENT])),
    ]
    return "\n\n".join(f"### {title}\n\n{body}" for title, body in parts)


def _by_service_bus(setups: Mapping[str, Setup]) -> Iterator[tuple[str, str]]:
    first = next(iter(setups.values()))
    bus, currency = "where Service Bus carries the messages", first.inputs.currency
    yield f"What one order takes {bus}", operations(first.on_service_bus)
    yield f"What 1,000 orders cost {bus} ({currency})", orders(first.on_service_bus)
    for name, setup in setups.items():
        yield f"A month in {name} {bus} ({currency})", months(setup.on_service_bus)


def operations(setup: Setup) -> str:
    """By kind, as far as there are any, and what is paid for."""
    names = list(setup.bench["scenarios"])
    made = [setup.order(name).service_bus for name in names]
    billed = setup.inputs.assumptions.service_bus.operations
    rows = [(words, [by_kind.get(kind, 0) for by_kind in made]) for kind, words in _OPERATIONS.items()]
    rows = [(words, values) for words, values in rows if any(values)]
    return _amounts(["one order", *names], [*rows, ("**operations billed**", [billed(by_kind) for by_kind in made])])


def counts(setup: Setup) -> str:
    """Of each scenario, in its own words; what is estimated says so."""
    names = list(setup.bench["scenarios"])
    found = {name: setup.order(name) for name in names}
    rows: list[tuple[str, list[float]]] = [
        ("executions by HTTP", [found[name].executions["http"] for name in names]),
        ("executions by queue", [found[name].executions[MESSAGES] for name in names]),
        ("of these for what sweeps found again, at most", [sum(found[name].found_again.values()) for name in names]),
        ("activities", [found[name].activities for name in names]),
        ("turns of the orchestration", [found[name].turns for name in names]),
        ("calls of tables by the app", [found[name].table_calls for name in names]),
        ("calls of queues", [found[name].queue_calls for name in names]),
        ("task hub on storage: calls of queues (estimate)", [found[name].durable_queue_calls for name in names]),
        ("task hub on storage: calls of tables (estimate)", [found[name].durable_table_calls for name in names]),
        ("or actions of the Durable Task Scheduler", [found[name].scheduler_actions for name in names]),
        ("lines of log by the app", [found[name].log_lines for name in names]),
    ]
    return _amounts(["one order", *names], rows)


def orders(setup: Setup) -> str:
    """Without free grants, and without what instances cost that go on listening."""
    names = list(setup.bench["scenarios"])
    bills = [price(setup.of_orders(setup.order(name), 1000), setup.inputs, free=False) for name in names]
    return _bills(["1,000 orders", *names], bills, digits=3)


def idle(setups: Mapping[str, Setup]) -> str:
    return _bills(["no orders", *setups], [month(setup, _TYPICAL, 0) for setup in setups.values()])


def months(setup: Setup) -> str:
    names = list(setup.bench["scenarios"])
    rows = [[f"{count:,}", *(f"{total(month(setup, name, count)):,.2f}" for name in names)] for count in ORDERS_A_MONTH]
    return _table(["orders a month", *names], rows)


def settings(setup: Setup) -> str:
    """One thing changed at a time."""
    before = total(month(setup, _TYPICAL, _TYPICAL_ORDERS))
    rows = [["as it is", f"{before:,.2f}", ""]]
    for what, changed in _changes(setup):
        after = total(month(changed, _TYPICAL, _TYPICAL_ORDERS))
        rows.append([what, f"{after:,.2f}", f"{after - before:+,.2f}"])
    return _table([f"{_TYPICAL_ORDERS:,} orders of `{_TYPICAL}`, {_TYPICAL_ENVIRONMENT}", "a month", "change"], rows)


def _changes(setup: Setup) -> Iterator[tuple[str, Setup]]:
    now = setup.environment

    def instead(**fields: Any) -> Setup:
        return replace(setup, environment=now.model_copy(update=fields))

    def timers(**schedules: str) -> Setup:
        return instead(timers={**now.timers, **schedules})

    yield "empty queues looked into every 10 s (`maxPollingInterval`)", instead(polling_seconds=10)
    yield "no instance always ready (`alwaysReadyHttp`)", instead(always_ready_http=0)
    yield "no private network (`privateNetwork`)", instead(private_endpoints=0)
    yield "health asked for from two places", instead(health_places=2)
    yield "sweeps every 15 minutes", timers(**dict.fromkeys(setup.inputs.sweeps, "0 */15 * * * *"))
    yield "optimization batches every 5 minutes", timers(run_optimization_batches="0 */5 * * * *")
    yield "instances of 4 GB (`instanceMemoryMB`)", instead(memory_mb=4096)
    assumed = setup.inputs.assumptions.model_copy(update={"log_share": 0.5})
    yield (
        "half of the telemetry (sampling)",
        replace(setup, inputs=setup.inputs.model_copy(update={"assumptions": assumed})),
    )
    if Transport.SERVICE_BUS in setup.counted:
        in_the_open = instead(private_endpoints=0).on_service_bus
        yield "messages by Service Bus (`transport`), Premium for the private network", setup.on_service_bus
        yield "messages by Service Bus (`transport`), Standard, and no private network", in_the_open
    if setup.inputs.prices.durable_task_scheduler.million_actions is not None:
        yield "orchestrations in the Durable Task Scheduler", instead(scheduler=True)


def _bills(heads: Sequence[str], bills: Sequence[Mapping[str, float]], digits: int = 2) -> str:
    lines = [
        line for line in dict.fromkeys(line for bill in bills for line in bill) if any(bill.get(line) for bill in bills)
    ]
    rows = [[line, *(f"{bill.get(line, 0):,.{digits}f}" for bill in bills)] for line in lines]
    sums = ["**together**", *(f"**{sum(bill.values()):,.{digits}f}**" for bill in bills)]
    return _table(heads, [*rows, sums])


def _amounts(heads: Sequence[str], rows: Sequence[tuple[str, Sequence[float]]]) -> str:
    return _table(heads, [[row, *(f"{value:.0f}" for value in values)] for row, values in rows])


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The first column is words, the others are numbers."""
    rule = ["---", *("---:" for _ in heads[1:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, rule, *rows))
