"""The command line of the host: `python -m sandbox.host --app DIR`."""

import argparse
import asyncio
import json
import logging
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sandbox.host.checks import LoadError
from sandbox.host.functions import Function
from sandbox.host.host import Host
from sandbox.host.http import route_of
from sandbox.host.keys import read_keys
from sandbox.host.loader import load_app
from sandbox.host.settings import HostSettings, SettingsError, export_local_settings, host_settings
from sandbox.host.storage import StorageError

LOG_LEVELS = {
    "trace": logging.DEBUG,
    "debug": logging.DEBUG,
    "information": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
    "none": logging.CRITICAL + 1,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs an app until SIGINT or SIGTERM; 0 after a graceful stop, 1 when the app cannot be run."""
    options = _options(arguments)
    try:
        app = options.app.resolve()
        keys = read_keys(options.keys.resolve()) if options.keys else None
        export_local_settings(app)
        settings = host_settings(app)
        _configure_logging(settings, verbose=options.verbose)
        host = Host(load_app(app), settings, keys)
        asyncio.run(_run(host, options))
    except (LoadError, SettingsError, StorageError, OSError) as error:
        if options.verbose:
            traceback.print_exception(error)
        print(f"cannot run the app: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox.host", description="Runs a Python Functions app on Azurite.")
    parser.add_argument("--app", type=Path, default=Path(), help="folder of function_app.py and host.json")
    parser.add_argument("--port", type=int, default=7071, help="public port; 0 for a free one")
    parser.add_argument("--rpc-port", type=int, default=17071, help="port of the Durable client; 0 for a free one")
    parser.add_argument("--bind", default="127.0.0.1", help="address of the public port")
    parser.add_argument(
        "--queue-lease", type=int, default=600, metavar="SECONDS", help="how long a taken message is hidden"
    )
    parser.add_argument("--keys", type=Path, help="JSON file of access keys, which are then enforced")
    parser.add_argument("--json", action="store_true", help="list the functions as one JSON line when ready")
    parser.add_argument("--verbose", action="store_true", help="log more, and show tracebacks of load errors")
    return parser.parse_args(arguments)


def _configure_logging(settings: HostSettings, *, verbose: bool) -> None:
    level = logging.DEBUG if verbose else LOG_LEVELS.get(settings.log_level.lower(), logging.INFO)
    logging.basicConfig(
        level=level,
        stream=sys.stderr,
        format="%(asctime)s.%(msecs)03d %(levelname)s %(name)s: %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S",
    )


async def _run(host: Host, options: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    try:
        await host.start(
            bind=options.bind, port=options.port, rpc_port=options.rpc_port, lease_seconds=options.queue_lease
        )
        entries = [_entry(host, function) for function in _in_listing_order(host.functions)]
        print(json.dumps({"url": host.origin, "functions": entries}) if options.json else _listing(host, entries))
        sys.stdout.flush()
        await stopped.wait()
    finally:
        await host.stop()


def _in_listing_order(functions: Sequence[Function]) -> list[Function]:
    return sorted(functions, key=lambda function: (function.trigger.type != "httpTrigger", function.name))


def _entry(host: Host, function: Function) -> dict[str, Any]:
    options = function.trigger.options
    entry: dict[str, Any] = {"name": function.name, "trigger": function.trigger.type}
    if function.trigger.type == "httpTrigger":
        entry["methods"] = options.get("methods", [])
        entry["url"] = f"{host.origin}/{route_of(function, host.settings.route_prefix)}"
    return entry | {key: options[key] for key in ("queueName", "schedule") if key in options}


def _listing(host: Host, entries: Sequence[dict[str, Any]]) -> str:
    lines = ["", "Functions:", ""]
    for entry in entries:
        if "url" in entry:
            lines.append(f"\t{entry['name']}: [{','.join(entry['methods']) or 'ANY'}] {entry['url']}")
        else:
            detail = entry.get("queueName") or entry.get("schedule") or ""
            lines.append(f"\t{entry['name']}: {entry['trigger']} {detail}".rstrip())
    return "\n".join([*lines, "", f"The host is ready at {host.origin}"])
