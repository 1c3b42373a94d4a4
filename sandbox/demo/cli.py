"""`python -m sandbox demo`: play the scenarios side by side and say whether every step happened."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from sandbox.demo.report import as_json
from sandbox.demo.scenario import Order, Result, Scenario, play
from sandbox.demo.scenarios import SCENARIOS
from sandbox.demo.show import Show
from sandbox.demo.world import World
from sandbox.processes import ProcessFailed
from sandbox.registrations import RegistrationRefused
from sandbox.service_bus import Transport
from sandbox.stack import ROOT, Sandbox

_FIRST_ORDER = 10427
_DEADLINE_SECONDS = 60.0


def add_demo_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--scenario", action="append", choices=SCENARIOS, help="only this one; may be repeated")
    parser.add_argument("--report", type=Path, metavar="FILE", help="also write the result as JSON")
    parser.add_argument(
        "--deadline", type=float, default=_DEADLINE_SECONDS, metavar="SECONDS", help="for each step; %(default)s"
    )
    add_transport_argument(parser)
    parser.add_argument("--app", type=Path, default=ROOT, metavar="DIR", help="the app's folder; default: this project")


def add_transport_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--transport",
        type=Transport,
        choices=list(Transport),
        default=Transport.STORAGE,
        help="what carries the app's messages; %(default)s",
    )


def demo(options: argparse.Namespace) -> int:
    """0 if every step of every scenario happened, else 1."""
    scenarios = [SCENARIOS[name] for name in options.scenario or SCENARIOS]
    show = Show(scenarios)
    show.say("starting Azurite, the stand-ins and the app...")
    started = time.monotonic()
    try:
        with Sandbox(app=options.app.resolve(), transport=options.transport) as sandbox:
            show.say(f"ready after {time.monotonic() - started:.1f} s; logs: {sandbox.run_folder}")
            results = play_all(scenarios, sandbox, show, options.deadline)
    except (ProcessFailed, RegistrationRefused) as failure:
        print(failure, file=sys.stderr)
        results = [Result(scenario.name, "") for scenario in scenarios]
    else:
        show.received(results)
        show.verdict(results)
    report = as_json(results)
    if options.report:
        options.report.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 0 if report["ok"] else 1


def play_all(scenarios: Sequence[Scenario], sandbox: Sandbox, show: Show, deadline_seconds: float) -> list[Result]:
    """All scenarios at once, each with an order of its own."""
    stop = Event()
    with show, _world(sandbox) as world, ThreadPoolExecutor(len(scenarios)) as pool:

        def run(number: int) -> Result:
            scenario, order = scenarios[number], Order(world, str(_FIRST_ORDER + number))
            return play(
                scenario, order, deadline_seconds=deadline_seconds, stop=stop,
                tell=lambda step, outcome: show.tell(scenario.name, step, outcome),
            )  # fmt: skip

        try:
            return list(pool.map(run, range(len(scenarios))))
        finally:
            stop.set()  # on Ctrl+C: the pool waits for its threads


def _world(sandbox: Sandbox) -> World:
    return World.at(
        app=sandbox.app_url,
        bigcommerce=sandbox.bigcommerce_url,
        finops=sandbox.finops_url,
        flexe=sandbox.flexe_url,
        sap=sandbox.sap_url,
        inventory=sandbox.inventory_url,
    )
