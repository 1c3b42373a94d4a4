"""`python -m sandbox bench`: one line of JSON with what an order costs and how fast callbacks are answered."""

import argparse
import asyncio
import json
import statistics
import sys
from collections.abc import Sequence
from typing import Any

import httpx

from sandbox.bench.callbacks import answer_seconds
from sandbox.bench.meter import Meter
from sandbox.bench.orders import Journey, NotCompleted, Outside
from sandbox.stack import Sandbox

_FIRST_ORDER = 20001


def add_bench_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--orders", type=int, default=50, help="how many at once; default: %(default)s")
    parser.add_argument("--callback-seconds", type=float, default=5.0, help="of 100 callbacks/s; default: %(default)s")


def bench(options: argparse.Namespace) -> int:
    with Sandbox(access_log=True) as sandbox:
        try:
            figures = asyncio.run(_measure(sandbox, options.orders, options.callback_seconds))
        except (NotCompleted, httpx.HTTPError) as failure:
            print(f"{type(failure).__name__}: {failure}; logs: {sandbox.run_folder}", file=sys.stderr)
            return 1
    print(json.dumps(figures))
    return 0


async def _measure(sandbox: Sandbox, orders: int, callback_seconds: float) -> dict[str, Any]:
    numbers = range(_FIRST_ORDER, _FIRST_ORDER + orders)
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    async with httpx.AsyncClient(timeout=60, trust_env=False, limits=limits) as http:
        outside = Outside(sandbox, http)
        await outside.follow([_FIRST_ORDER - 1])  # warm: connections, tokens, reference rows
        async with Meter(sandbox, http) as meter:
            journeys = await outside.follow(numbers)
        answers = await answer_seconds(sandbox, http, numbers, callback_seconds)
    return {
        "orders": orders,
        **pace(journeys),
        **meter.per_order(orders),
        "callback_ms": percentiles([1000 * seconds for seconds in answers]),
    }


def pace(journeys: Sequence[Journey]) -> dict[str, Any]:
    """Seconds count from the shop's callback until it was told that the order is completed."""
    first, last = min(each.placed for each in journeys), max(each.completed for each in journeys)
    return {
        "orders_per_minute": round(60 * len(journeys) / (last - first).total_seconds(), 1),
        "seconds_per_order": percentiles([each.seconds for each in journeys]),
    }


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """p50 and p99, by interpolation; of a single value, that value."""
    cuts = statistics.quantiles(values, n=100, method="inclusive") if len(values) > 1 else list(values) * 99
    return {"p50": round(cuts[49], 3), "p99": round(cuts[98], 3)}
