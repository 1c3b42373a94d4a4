"""How much a month takes of each meter: what is there without any order, and what orders add."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Self

from sandbox.cost.counted import Counted, Report
from sandbox.cost.inputs import Environment, Inputs
from sandbox.cost.order import MESSAGES, Order, table_calls
from sandbox.service_bus import Transport

_ACCEPT_TIMEOUTS = "session_accept_timeouts"


@dataclass(frozen=True)
class Usage:
    """Amounts by meter. `ready`: on instances that are always ready; `baseline`: their being there."""

    executions: float = 0
    gb_seconds: float = 0
    ready_executions: float = 0
    ready_gb_seconds: float = 0
    baseline_gb_seconds: float = 0
    table_calls: float = 0
    queue_calls: float = 0
    empty_polls: float = 0
    hub_queue_calls: float = 0
    hub_table_calls: float = 0
    hub_blob_calls: float = 0
    host_blob_calls: float = 0
    host_blob_writes: float = 0
    service_bus_operations: float = 0
    scheduler_actions: float = 0
    log_bytes: float = 0

    def __add__(self, other: Self) -> Self:
        return type(self)(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)})


@dataclass(frozen=True)
class Setup:
    """One environment and the counts and assumptions that hold for it."""

    counted: Counted
    inputs: Inputs
    environment: Environment

    @property
    def bench(self) -> Report:
        """On what carries the messages here."""
        return self.counted[Transport.SERVICE_BUS if self.environment.service_bus else Transport.STORAGE]

    @property
    def on_service_bus(self) -> Self:
        return replace(self, environment=self.environment.model_copy(update={"service_bus": True}))

    def order(self, scenario: str) -> Order:
        return Order.of(scenario, self.bench["scenarios"][scenario], self.environment, self.inputs)

    def of_orders(self, order: Order, count: float) -> Usage:
        """What orders take by themselves, without the listening that they cause."""
        assumed, memory = self.inputs.assumptions, self.environment.memory_gb
        seconds, executions = assumed.billed_seconds, order.executions
        log_bytes = sum(executions.values()) * assumed.log_bytes_execution + order.log_lines * assumed.log_bytes_line
        on_storage = not self.environment.service_bus
        hub_on_storage = not self.environment.scheduler
        web = self._web(count * executions["http"])
        return web + Usage(
            executions=count * (sum(executions.values()) - executions["http"]),
            gb_seconds=count * memory * (executions[MESSAGES] * seconds.queue + order.wake_ups * seconds.orchestration),
            table_calls=count * order.table_calls,
            queue_calls=count * order.queue_calls * on_storage,
            hub_queue_calls=count * order.durable_queue_calls * hub_on_storage,
            hub_table_calls=count * order.durable_table_calls * hub_on_storage,
            service_bus_operations=count * self._billed(order.service_bus),
            scheduler_actions=count * order.scheduler_actions * (not hub_on_storage),
            log_bytes=count * log_bytes * assumed.log_share,
        )

    def without_orders(self) -> Usage:
        """Timers, the health test, instances that are always ready."""
        assumed, environment = self.inputs.assumptions, self.environment
        runs = {job: self._days * environment.runs_a_day(job) for job in environment.timers}
        all_runs, health = sum(runs.values()), self.health_runs
        tables = (count * table_calls(self.bench["idle_jobs"][job]["storage_calls"]) for job, count in runs.items())
        timer_minutes = sum(self._listening(count) for count in runs.values())
        host = assumed.host
        ready = environment.always_ready_http * environment.memory_gb
        return self._web(health) + Usage(
            executions=all_runs,
            gb_seconds=all_runs * assumed.billed_seconds.timer * environment.memory_gb,
            baseline_gb_seconds=ready * assumed.month_hours * 3600,
            table_calls=sum(tables),
            host_blob_calls=timer_minutes * (host.blob_operations_minute + host.blob_operations_minute_timer)
            + self._listening(health) * host.blob_operations_minute,
            host_blob_writes=all_runs * host.blob_writes_timer_run,
            log_bytes=(all_runs + health) * assumed.log_bytes_execution * assumed.log_share,
        )

    def of_listening(self, order: Order, count: float) -> Usage:
        """Looks into empty queues, or waiting at them, and leases, for as long as orders keep instances there."""
        assumed, environment = self.inputs.assumptions, self.environment
        queues = sum(self._listening(count * messages) for messages in order.messages.values())
        orchestrations = self._listening(count * order.wake_ups)
        hub = assumed.durable_storage
        in_hub = 0 if environment.scheduler else orchestrations
        return Usage(
            empty_polls=0 if environment.service_bus else queues * self._polls_a_minute(),
            service_bus_operations=queues * self._waits_a_minute() if environment.service_bus else 0,
            hub_queue_calls=in_hub * hub.idle_queue_operations_minute,
            hub_blob_calls=in_hub * hub.idle_blob_operations_minute,
            host_blob_calls=(queues + orchestrations) * assumed.host.blob_operations_minute,
        )

    def of_month(self, order: Order, count: float) -> Usage:
        return self.without_orders() + self.of_orders(order, count) + self.of_listening(order, count)

    @property
    def health_runs(self) -> float:
        """A month."""
        return self._days * 86_400 / self.environment.health_every_seconds * self.environment.health_places

    @property
    def _days(self) -> float:
        return self.inputs.assumptions.month_hours / 24

    def _web(self, executions: float) -> Usage:
        """Executions by HTTP."""
        gb_seconds = executions * self.inputs.assumptions.billed_seconds.http * self.environment.memory_gb
        if self.environment.always_ready_http:
            return Usage(ready_executions=executions, ready_gb_seconds=gb_seconds)
        return Usage(executions=executions, gb_seconds=gb_seconds)

    def _listening(self, times: float) -> float:
        """Minutes of the month that an instance is there for a function which something came for so often."""
        return min(times * self.inputs.assumptions.linger_minutes, self.inputs.assumptions.month_hours * 60)

    def _polls_a_minute(self) -> float:
        """Of one queue: as measured, and then as often as this environment looks."""
        idle = self.bench["idle"]
        measured = idle["empty_polls_per_minute"] / idle["queues"]
        return measured * idle["polling_seconds"] / self.environment.polling_seconds

    def _waits_a_minute(self) -> float:
        """Operations at one queue that a next session is waited for at: as measured, and then as long as in Azure."""
        idle, assumed = self.bench["idle"], self.inputs.assumptions.service_bus
        timeouts = idle["service_bus_operations_per_minute"][_ACCEPT_TIMEOUTS] / idle["queues"]
        return self._billed({_ACCEPT_TIMEOUTS: timeouts}) * idle["accept_seconds"] / assumed.accept_seconds

    def _billed(self, operations: Mapping[str, float]) -> float:
        return 0 if self.environment.premium else self.inputs.assumptions.service_bus.operations(operations)
