"""`python -m sandbox.systems --config FILE.json`: serve the named stand-ins, each on its own port, in one process.

The file: `{"bigcommerce": {"port": 0, ...its configuration}, "finops": {...}}`; port 0 or none means a free one. When
all answer, one JSON line goes to standard output: `{"bigcommerce": "http://127.0.0.1:1234", ...}`. SIGTERM or SIGINT
stops them.
"""

import argparse
import asyncio
import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from starlette.applications import Starlette

from sandbox.systems.kit import serve_all

# Each module has a `Config` with `from_json` and a `create_app(config)`.
SYSTEMS = {
    "bigcommerce": "sandbox.systems.bigcommerce",
    "finops": "sandbox.systems.finops",
    "inventory": "sandbox.systems.inventory",
    "flexe": "sandbox.systems.flexe",
    "sap": "sandbox.systems.sap",
    "service_bus": "sandbox.systems.service_bus",
}


def build(name: str, raw: Mapping[str, Any]) -> tuple[Starlette, int]:
    """The named system's app and its port; `SystemExit` with the reason when the name or its configuration is wrong."""
    if name not in SYSTEMS:
        raise SystemExit(f"unknown system {name!r}; known: {', '.join(SYSTEMS)}")
    system = import_module(SYSTEMS[name])
    settings = dict(raw)
    port = settings.pop("port", 0)
    try:
        return system.create_app(system.Config.from_json(settings)), port
    except ValueError as error:
        raise SystemExit(f"{name}: {error}") from error


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.systems", description="Serve the stand-in systems.")
    parser.add_argument("--config", type=Path, required=True, help='JSON file: {"<system>": {"port": 0, ...}}')
    systems: dict[str, dict[str, Any]] = json.loads(parser.parse_args().config.read_text())
    apps = {name: build(name, settings) for name, settings in systems.items()}
    asyncio.run(serve_all(apps, announce=lambda urls: print(json.dumps(urls), flush=True)))


if __name__ == "__main__":
    main()
