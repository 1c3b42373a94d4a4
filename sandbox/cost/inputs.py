"""Prices, assumptions and environments, as `docs/prices.yaml` has them and explains them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, NonNegativeFloat, NonNegativeInt, PositiveFloat

from sandbox.host.ncrontab import parse_schedule

_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FunctionPrices(_Given):
    gb_second: NonNegativeFloat
    million_executions: NonNegativeFloat
    free_gb_seconds: NonNegativeFloat
    free_executions: NonNegativeFloat
    ready_gb_second: NonNegativeFloat
    ready_baseline_gb_second: NonNegativeFloat


class StoragePrices(_Given):
    table_10000_transactions: NonNegativeFloat
    queue_10000_operations: NonNegativeFloat
    blob_10000_writes: NonNegativeFloat
    blob_10000_others: NonNegativeFloat


class ServiceBusPrices(_Given):
    base_month: NonNegativeFloat
    included_million_operations: NonNegativeFloat
    million_operations: NonNegativeFloat
    premium_unit_hour: NonNegativeFloat


class SchedulerPrices(_Given):
    million_actions: NonNegativeFloat | None


class MonitorPrices(_Given):
    log_gb: NonNegativeFloat
    free_log_gb: NonNegativeFloat
    log_alert_month: NonNegativeFloat
    metric_alert_month: NonNegativeFloat
    availability_test_run: NonNegativeFloat


class VaultPrices(_Given):
    operations_10000: NonNegativeFloat


class NetworkPrices(_Given):
    private_endpoint_hour: NonNegativeFloat
    private_dns_zone_month: NonNegativeFloat


class Prices(_Given):
    functions: FunctionPrices
    storage: StoragePrices
    service_bus: ServiceBusPrices
    durable_task_scheduler: SchedulerPrices
    monitor: MonitorPrices
    vault: VaultPrices
    network: NetworkPrices


class BilledSeconds(_Given):
    http: PositiveFloat
    queue: PositiveFloat
    timer: PositiveFloat
    orchestration: PositiveFloat


class DurableStorage(_Given):
    queue_operations_message: NonNegativeFloat
    table_calls_turn: NonNegativeFloat
    table_calls_start: NonNegativeFloat
    idle_queue_operations_minute: NonNegativeFloat
    idle_blob_operations_minute: NonNegativeFloat


class HostStorage(_Given):
    blob_operations_minute: NonNegativeFloat
    blob_operations_minute_timer: NonNegativeFloat
    blob_writes_timer_run: NonNegativeFloat


class ServiceBusBilled(_Given):
    """As how many operations each kind that the bench counts is billed."""

    sends: NonNegativeFloat
    schedules: NonNegativeFloat
    receives: NonNegativeFloat
    settlements: NonNegativeFloat
    renewals: NonNegativeFloat
    management: NonNegativeFloat
    session_accepts: NonNegativeFloat
    session_accept_timeouts: NonNegativeFloat
    empty_receives: NonNegativeFloat


class ServiceBusUse(_Given):
    accept_seconds: PositiveFloat
    billed: ServiceBusBilled

    def operations(self, counts: Mapping[str, float]) -> float:
        """What is billed of counts by kind."""
        return sum(count * getattr(self.billed, kind) for kind, count in counts.items())


class Assumptions(_Given):
    month_hours: PositiveFloat
    billed_seconds: BilledSeconds
    linger_minutes: NonNegativeFloat
    log_bytes_execution: NonNegativeFloat
    log_bytes_line: NonNegativeFloat
    log_share: NonNegativeFloat
    vault_operations_month: NonNegativeFloat
    durable_storage: DurableStorage
    host: HostStorage
    service_bus: ServiceBusUse


class Sweep(_Given):
    queue: str
    overlap_seconds: NonNegativeFloat


class Environment(_Given):
    """How one app is set up. What `service_bus` and `scheduler` replace is then not paid for.

    `service_bus_alerts` are more metric alerts, and there is a private endpoint more, where `service_bus` is.
    """

    memory_mb: PositiveFloat
    always_ready_http: NonNegativeInt
    polling_seconds: PositiveFloat
    health_places: NonNegativeInt
    health_every_seconds: PositiveFloat
    log_alerts: NonNegativeInt
    metric_alerts: NonNegativeInt
    service_bus_alerts: NonNegativeInt
    private_endpoints: NonNegativeInt
    timers: dict[str, str]
    service_bus: bool = False
    scheduler: bool = False

    @property
    def memory_gb(self) -> float:
        return self.memory_mb / 1024

    @property
    def premium(self) -> bool:
        """The tier of Service Bus that a private network takes. Its operations cost nothing."""
        return self.service_bus and self.private_endpoints > 0

    def runs_a_day(self, job: str) -> int:
        return _runs_a_day(self.timers[job])


@cache
def _runs_a_day(schedule: str) -> int:
    parsed, moment, runs = parse_schedule(schedule), _ANY_DAY - timedelta(seconds=1), 0
    while (moment := parsed.next_after(moment)) < _ANY_DAY + timedelta(days=1):
        runs += 1
    return runs


class Inputs(_Given):
    region: str
    currency: str
    as_of: date
    prices: Prices
    assumptions: Assumptions
    sweeps: dict[str, Sweep]
    environments: dict[str, Environment]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises pydantic's ValidationError for a key that is missing, unknown or no price."""
        return cls.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))

    def passes(self, sweep: str, environment: Environment) -> float:
        """How many passes of a sweep find one change."""
        runs = environment.runs_a_day(sweep)
        return 1 + self.sweeps[sweep].overlap_seconds * runs / 86_400 if runs else 0.0
