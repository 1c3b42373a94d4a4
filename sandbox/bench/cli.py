"""`python -m sandbox bench`: one line of JSON with what orders cost, what idling costs, and how fast the app is."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from sandbox.bench.callbacks import answer_seconds
from sandbox.bench.idle import SETTINGS, idle_interval, idle_jobs, report_of_jobs
from sandbox.bench.load import Rush, pace, percentiles
from sandbox.bench.meter import Meter
from sandbox.bench.orders import Orders
from sandbox.bench.outside import NotCompleted, Outside
from sandbox.bench.rounds import check_the_app_agrees, play
from sandbox.bench.scenarios import SCENARIOS
from sandbox.demo.cli import add_transport_argument
from sandbox.host.settings import host_settings
from sandbox.service_bus import Transport
from sandbox.stack import ROOT, Sandbox

_UNDER_LOAD, _OF_SCENARIOS = 20_001, 40_001  # the first numbers of the orders
_APART = 2_000
_IDLE_SECONDS = {Transport.STORAGE: 20.0, Transport.SERVICE_BUS: 120.0}  # there one waits for up to a minute


def add_bench_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--orders",
        type=_count_from(0),
        default=50,
        help="how many at once under load; 0: no load; default: %(default)s",
    )
    parser.add_argument("--callback-seconds", type=float, default=5.0, help="of 100 callbacks/s; default: %(default)s")
    parser.add_argument(
        "--scenario", action="append", choices=SCENARIOS, help="count only this one; may be repeated; default: all"
    )
    parser.add_argument("--each", type=_count_from(1), default=10, help="orders of each scenario; default: %(default)s")
    parser.add_argument(
        "--idle-seconds",
        type=float,
        help="of doing nothing; default: {:g}, on Service Bus {:g}".format(*_IDLE_SECONDS.values()),
    )
    add_transport_argument(parser)
    parser.add_argument("--report", type=Path, metavar="FILE", help="also write the figures as readable JSON")


def _count_from(least: int) -> Callable[[str], int]:
    def count(text: str) -> int:
        number = int(text)
        if not least <= number < _APART:
            raise argparse.ArgumentTypeError(f"{number} is not between {least} and {_APART - 1}")
        return number

    return count


def bench(options: argparse.Namespace) -> int:
    with Sandbox(access_log=True, settings=SETTINGS, transport=options.transport) as sandbox:
        try:
            figures = asyncio.run(_measure(sandbox, options))
        except (NotCompleted, httpx.HTTPError) as failure:
            print(f"{type(failure).__name__}: {failure}; logs: {sandbox.run_folder}", file=sys.stderr)
            return 1
    print(json.dumps(figures))
    if options.report:
        options.report.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


async def _measure(sandbox: Sandbox, options: argparse.Namespace) -> dict[str, Any]:
    # A connection for each call: on one that is kept, and that the other side is just closing, a call would be lost.
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=0)
    async with httpx.AsyncClient(timeout=60, trust_env=False, limits=limits) as http:
        outside, meter = Outside(sandbox, http), Meter(sandbox, http)
        await Rush(Orders(outside, [_UNDER_LOAD - 1])).follow()  # warm: connections, tokens, reference rows
        await meter.at_rest(outside)
        jobs = await idle_jobs(outside, meter)
        idle_seconds = options.idle_seconds or _IDLE_SECONDS[sandbox.transport]
        figures: dict[str, Any] = {
            "measured_on": f"{datetime.now(UTC):%Y-%m-%d}",
            "cores": os.cpu_count(),
            "transport": sandbox.transport.value,
            "idle": await idle_interval(meter, idle_seconds, _polling_seconds()),
            "idle_jobs": report_of_jobs(jobs),
            "scenarios": {},
        }
        for place, name in enumerate(options.scenario or SCENARIOS):
            numbers = range(_OF_SCENARIOS + place * _APART, _OF_SCENARIOS + place * _APART + options.each)
            orders = SCENARIOS[name].orders(outside, numbers)
            figures["scenarios"][name] = (await play(SCENARIOS[name], orders, meter, jobs)).report(len(orders))
        if options.orders:
            numbers = range(_UNDER_LOAD, _UNDER_LOAD + options.orders)
            figures["load"] = await _under_load(Orders(outside, numbers), meter)
            answers = await answer_seconds(sandbox, http, numbers, options.callback_seconds)
            figures["load"]["callback_ms"] = percentiles([1000 * seconds for seconds in answers])
    return figures


def _polling_seconds() -> float:
    return host_settings(ROOT).queues.max_polling_interval


async def _under_load(orders: Orders, meter: Meter) -> dict[str, Any]:
    """The first scenario, all orders at once."""
    before = await meter.read()
    journeys = await Rush(orders).follow()
    await meter.at_rest(orders.outside)
    used = (await meter.read()) - before
    await check_the_app_agrees(orders)
    return {"orders": len(orders), **pace(journeys), **used.per_order(len(orders))}
