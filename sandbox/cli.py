"""The command line of the sandbox."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from sandbox.app_host import core_tools
from sandbox.azurite.installation import InstallFailed
from sandbox.bench.cli import add_bench_arguments, bench
from sandbox.cost.cli import add_cost_arguments, cost
from sandbox.demo.cli import add_demo_arguments, add_transport_argument, demo
from sandbox.node import NodeMissing
from sandbox.processes import ProcessFailed
from sandbox.registrations import RegistrationRefused
from sandbox.service_bus import BrokerMissing, Transport
from sandbox.signals import Stopped, stop_on_signals
from sandbox.stack import ROOT, Sandbox

_FUNC_PORT = 7071  # where `func start` listens
_WATCH_SECONDS = 0.5


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0 when it did what was asked (being stopped while running on is that), else 1."""
    options = _parser().parse_args(arguments)
    stop_on_signals()
    try:
        return options.run(options)
    except Stopped:
        return 0 if options.runs_on else 1
    except (ProcessFailed, InstallFailed, NodeMissing, RegistrationRefused, BrokerMissing) as failure:
        print(failure, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    up_parser = commands.add_parser("up", help="run everything in the background of a test, until SIGTERM")
    up_parser.add_argument("--json", action="store_true", help="print all addresses and secrets as one line of JSON")
    up_parser.set_defaults(run=up, runs_on=True)
    start_parser = commands.add_parser("start", help="run everything and show what the app writes, until Ctrl+C")
    start_parser.add_argument("--bundled", action="store_true", help="the bundled host, even when `func` is installed")
    start_parser.set_defaults(run=start, runs_on=True)
    for each, port in ((up_parser, None), (start_parser, _FUNC_PORT)):
        each.add_argument("--port", type=int, default=port, help="the app's port, if it is free; default: %(default)s")
        add_transport_argument(each)
        each.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="an app setting")
        each.add_argument(
            "--app", type=Path, default=ROOT, metavar="DIR", help="the app's folder; default: this project"
        )
    demo_parser = commands.add_parser("demo", help="follow an order through each scenario")
    add_demo_arguments(demo_parser)
    demo_parser.set_defaults(run=demo, runs_on=False)
    bench_parser = commands.add_parser("bench", help="measure; prints one line of JSON")
    add_bench_arguments(bench_parser)
    bench_parser.set_defaults(run=bench, runs_on=False)
    cost_parser = commands.add_parser("cost", help="price what the bench has counted; prints Markdown tables")
    add_cost_arguments(cost_parser)
    cost_parser.set_defaults(run=cost, runs_on=False)
    return parser


def up(options: argparse.Namespace) -> int:
    with _sandbox(options) as sandbox:
        print(json.dumps(sandbox.connection()) if options.json else _addresses(sandbox), flush=True)
        return _run_on(sandbox)


def start(options: argparse.Namespace) -> int:
    func = core_tools() is not None and not options.bundled
    with _sandbox(options, func=func, show_app=True) as sandbox:
        print(f"\n{_addresses(sandbox)}\n\nCtrl+C stops everything.", flush=True)
        return _run_on(sandbox)


def _sandbox(options: argparse.Namespace, *, func: bool = False, show_app: bool = False) -> Sandbox:
    settings = _settings(options.set)
    return Sandbox(
        app=options.app.resolve(),
        settings=settings,
        port=options.port,
        func=func,
        show_app=show_app,
        transport=options.transport,
    )


def _run_on(sandbox: Sandbox) -> int:
    """Waits for a signal, which arrives as `Stopped`; 1 when a process has ended by itself."""
    while (ended := sandbox.ended()) is None:
        time.sleep(_WATCH_SECONDS)
    print(f"{ended} has ended by itself; its log is in {sandbox.run_folder}", file=sys.stderr)
    return 1


def _settings(pairs: Sequence[str]) -> dict[str, str]:
    return dict(_pair(text) for text in pairs)


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise SystemExit(f"--set {text}: expected NAME=VALUE")
    return name, value


def _addresses(sandbox: Sandbox) -> str:
    places: dict[str, str | Path] = {
        "app": sandbox.app_url,
        "BigCommerce": sandbox.bigcommerce_url,
        "Dataverse and F&O": sandbox.finops_url,
        "Flexe": sandbox.flexe_url,
        "SAP S/4HANA": sandbox.sap_url,
        "Inventory Visibility": sandbox.inventory_url,
        **({"Service Bus": sandbox.service_bus_url} if sandbox.transport is Transport.SERVICE_BUS else {}),
        "logs and data": sandbox.run_folder,
    }
    return "\n".join(f"{name:20} {place}" for name, place in places.items())
