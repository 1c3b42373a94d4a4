"""What an amount of each meter costs."""

from sandbox.cost.inputs import Inputs
from sandbox.cost.usage import Setup, Usage


class PriceMissing(ValueError):
    """Something is to be paid for whose price the file does not have."""


def price(usage: Usage, inputs: Inputs, *, free: bool) -> dict[str, float]:
    """By what it is paid for. `free`: whether the month's free grants are still there to be taken off; so is what a
    base price includes."""
    prices = inputs.prices
    functions, storage, monitor = prices.functions, prices.storage, prices.monitor
    free_executions, free_gb_seconds = functions.free_executions * free, functions.free_gb_seconds * free
    return {
        "Functions, executions": (_beyond(usage.executions, free_executions) + usage.ready_executions)
        / 1e6
        * functions.million_executions,
        "Functions, GB-seconds": _beyond(usage.gb_seconds, free_gb_seconds) * functions.gb_second
        + usage.ready_gb_seconds * functions.ready_gb_second,
        "Functions, always ready": usage.baseline_gb_seconds * functions.ready_baseline_gb_second,
        "Tables": usage.table_calls / 1e4 * storage.table_10000_transactions,
        "Queues, messages": usage.queue_calls / 1e4 * storage.queue_10000_operations,
        "Queues, looks into empty ones": usage.empty_polls / 1e4 * storage.queue_10000_operations,
        "Task hub (estimate)": usage.hub_queue_calls / 1e4 * storage.queue_10000_operations
        + usage.hub_table_calls / 1e4 * storage.table_10000_transactions
        + usage.hub_blob_calls / 1e4 * storage.blob_10000_others,
        "Leases of the host (estimate)": usage.host_blob_calls / 1e4 * storage.blob_10000_others
        + usage.host_blob_writes / 1e4 * storage.blob_10000_writes,
        "Service Bus, operations": _beyond(
            usage.service_bus_operations, prices.service_bus.included_million_operations * 1e6 * free
        )
        / 1e6
        * prices.service_bus.million_operations,
        "Durable Task Scheduler": _scheduler(usage.scheduler_actions, inputs),
        "Telemetry": _beyond(usage.log_bytes / 1e9, monitor.free_log_gb * free) * monitor.log_gb,
    }


def standing(setup: Setup) -> dict[str, float]:
    """What costs the same whatever happens."""
    prices, environment = setup.inputs.prices, setup.environment
    hours, bus = setup.inputs.assumptions.month_hours, prices.service_bus
    metric_alerts = environment.metric_alerts + environment.service_bus_alerts * environment.service_bus
    return {
        "Alerts": environment.log_alerts * prices.monitor.log_alert_month
        + metric_alerts * prices.monitor.metric_alert_month,
        "Health test": setup.health_runs * prices.monitor.availability_test_run,
        "Private endpoints and their zones": (environment.private_endpoints + environment.premium)
        * (prices.network.private_endpoint_hour * hours + prices.network.private_dns_zone_month),
        "Key Vault": setup.inputs.assumptions.vault_operations_month / 1e4 * prices.vault.operations_10000,
        "Service Bus, base": (bus.premium_unit_hour * hours if environment.premium else bus.base_month)
        * environment.service_bus,
    }


def month(setup: Setup, scenario: str, orders: float) -> dict[str, float]:
    """The whole bill; lines of nothing are left out."""
    usage = setup.of_month(setup.order(scenario), orders)
    lines = {**standing(setup), **price(usage, setup.inputs, free=True)}
    return {line: amount for line, amount in lines.items() if amount}


def total(lines: dict[str, float]) -> float:
    return sum(lines.values())


def _beyond(amount: float, free: float) -> float:
    return max(amount - free, 0)


def _scheduler(actions: float, inputs: Inputs) -> float:
    million = inputs.prices.durable_task_scheduler.million_actions
    if million is None:
        if actions:
            raise PriceMissing("prices.durable_task_scheduler.million_actions is not known")
        return 0.0
    return actions / 1e6 * million
