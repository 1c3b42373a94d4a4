"""`python -m tests.load`: many orders of all scenarios with faults; exit code 1 if one is lost, doubled or stuck, or if
memory or the storage calls of an order have grown. One line of JSON on standard output, a table on the other."""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from sandbox.bench.outside import NotCompleted
from sandbox.signals import Stopped, stop_on_signals
from sandbox.stack import Sandbox
from tests.load.app import LEASE_SECONDS, POLLING_SECONDS, patient_app
from tests.load.outcome import Outcome
from tests.load.run import Load
from tests.load.scripts import SCRIPTS
from tests.load.wish import Wish

_ROWS = 12


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    wish = Wish(
        orders=options.orders,
        per_minute=options.per_minute,
        faults=options.faults,
        scenarios=options.scenario or tuple(SCRIPTS),
        probe=options.probe,
        jobs_every_seconds=options.jobs_every,
        minutes=options.minutes,
        polling_seconds=options.polling,
    )
    stop_on_signals()
    try:
        with tempfile.TemporaryDirectory() as folder, _sandbox(wish, Path(folder)) as sandbox:
            try:
                outcome = asyncio.run(_run(sandbox, wish))
            except (NotCompleted, httpx.HTTPError) as failure:
                print(f"{type(failure).__name__}: {failure}; logs: {sandbox.run_folder}", file=sys.stderr)
                return 1
            if not outcome.ok:
                print(f"logs: {sandbox.run_folder}", file=sys.stderr)
    except Stopped:
        return 1
    return _told(outcome, options.report)


def _sandbox(wish: Wish, folder: Path) -> Sandbox:
    return Sandbox(
        app=patient_app(folder, wish.polling_seconds),
        access_log=True,
        settings=wish.settings(),
        # What Flexe is asked to create twice is there twice, so that it can be counted.
        systems={"flexe": {"duplicate_policy": "accept_duplicate"}},
        queue_lease_seconds=LEASE_SECONDS,
        storage_in_memory=True,
    )


async def _run(sandbox: Sandbox, wish: Wish) -> Outcome:
    # A connection for each call: one that is kept may be closed by a stand-in just when a call is made on it.
    limits = httpx.Limits(max_connections=50, max_keepalive_connections=0)
    async with httpx.AsyncClient(timeout=httpx.Timeout(120, pool=None), trust_env=False, limits=limits) as http:
        return await Load(sandbox, http, wish).run()


def _told(outcome: Outcome, report: Path | None) -> int:
    figures = outcome.report()
    print(json.dumps(figures), flush=True)
    console = Console(stderr=True, highlight=False)
    console.print(_hundreds(outcome))
    for harm in (*outcome.findings.all(), *outcome.flat):
        console.print(harm, markup=False)
    if report:
        report.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0 if outcome.ok else 1


def _hundreds(outcome: Outcome) -> Table:
    """Of many hundreds, some."""
    table = Table("orders", "seconds", "storage calls an order", "memory (MiB)", title="on the way")
    every = -(-len(outcome.hundreds) // _ROWS) or 1
    for each in outcome.hundreds[every - 1 :: every]:
        table.add_row(*map(str, (each.gone, each.seconds, each.storage_calls, each.memory_mib)))
    return table


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--orders", type=int, default=1000, help="default: %(default)s")
    pace = parser.add_mutually_exclusive_group()
    pace.add_argument("--at-once", action="store_true", help="all are placed at once; the default")
    pace.add_argument("--per-minute", type=float, metavar="ORDERS", help="as they arrive")
    parser.add_argument("--faults", type=int, metavar="SEED", help="random faults; without it none")
    parser.add_argument("--scenario", action="append", choices=SCRIPTS, help="only this; may be repeated; default: all")
    parser.add_argument("--probe", type=int, default=100, help="orders before and after; default: %(default)s")
    parser.add_argument("--jobs-every", type=float, default=60.0, metavar="SECONDS", help="default: %(default)s")
    parser.add_argument(
        "--polling",
        type=float,
        default=POLLING_SECONDS,
        metavar="SECONDS",
        help="longest pause before looking into a queue that was empty, below a minute; default: %(default)s",
    )
    parser.add_argument("--minutes", type=float, default=30.0, help="give up what is under way then; default: 30")
    parser.add_argument("--report", type=Path, metavar="FILE", help="also write the figures as readable JSON")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
