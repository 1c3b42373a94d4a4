"""What the app uses while no order is there: looks into empty queues, and the runs of its timers."""

import asyncio
import time
from typing import Any

from sandbox.bench.meter import Meter, Used, shared, summed
from sandbox.bench.outside import Outside
from sandbox.bench.rounds import SWEEPS, run_jobs
from sandbox.bench.service_bus_operations import Broker
from sandbox.host.service_bus_trigger import ACCEPT_SECONDS

JOBS = (*SWEEPS, "run_optimization_batches", "release_backorders", "keep_webhooks", "report_metrics")
_NEVER = "0 0 0 29 2 MON"  # 29 February on a Monday, next in 2044: no New Year is measured with all timers
# Timers do not run by themselves while something else is measured, and sweeps look no further back than they must.
SETTINGS = {
    "BIGCOMMERCE_PULL_SCHEDULE": _NEVER,
    "DATAVERSE_SWEEP_SCHEDULE": _NEVER,
    "FLEXE_SWEEP_SCHEDULE": _NEVER,
    "SAP_SWEEP_SCHEDULE": _NEVER,
    "OPTIMIZATION_BATCH_SCHEDULE": _NEVER,
    "BACKORDER_SCHEDULE": _NEVER,
    "WEBHOOK_UPKEEP_SCHEDULE": _NEVER,
    "METRICS_SCHEDULE": _NEVER,
    "ORDERS__BIGCOMMERCE__PULL_OVERLAP_SECONDS": "0",
    "ORDERS__FLEXE__SWEEP_OVERLAP_SECONDS": "0",
    "ORDERS__SAP__SWEEP_OVERLAP_SECONDS": "0",
}


async def idle_jobs(outside: Outside, meter: Meter) -> dict[str, Used]:
    """What one run of each job uses that finds nothing to do; a first run, which makes its rows, is not counted."""
    used: dict[str, Used] = {}
    for job in JOBS:
        await run_jobs(outside, meter, [job])
        used[job] = await run_jobs(outside, meter, [job])
    return used


async def idle_interval(meter: Meter, seconds: float, polling_seconds: float) -> dict[str, Any]:
    """What goes on by itself, for a minute, timers aside. `polling_seconds`: the longest pause between two looks."""
    await asyncio.sleep(2 * polling_seconds)  # pauses have grown to their longest
    started = time.monotonic()  # before the reading: what happens while it is taken may be counted
    before = await meter.read()
    await asyncio.sleep(seconds)
    used, minutes = (await meter.read()) - before, (time.monotonic() - started) / 60
    on_storage = {
        "polling_seconds": polling_seconds,
        "queues": meter.storage.queues_looked_into(),
        "empty_polls_per_minute": round(used.empty_polls / minutes, 1),
    }
    return {
        "seconds": seconds,
        **(await _waits(meter.broker, used, minutes) if meter.broker else on_storage),
        "executions_per_minute": shared(used.executions, minutes),
        "storage_calls_per_minute": used.storage_calls(minutes),
        "cpu_seconds_per_minute": round(used.cpu_seconds / minutes, 3),
    }


def report_of_jobs(used: dict[str, Used]) -> dict[str, Any]:
    return {
        job: {"executions": shared(each.executions, 1), "storage_calls": each.storage_calls(1)}
        for job, each in used.items()
    }


async def _waits(broker: Broker, used: Used, minutes: float) -> dict[str, Any]:
    """`queues` have sessions, and the next one is waited for; at the others, and at dead letters, messages are."""
    return {
        "accept_seconds": ACCEPT_SECONDS,
        "queues": len(await broker.session_queues()),
        "service_bus_operations_per_minute": summed(used.service_bus + used.service_bus_waits, minutes),
    }
