"""`python -m shared.running_flows https://YOUR-APP`: how many orders are under way on each orchestrator.

A version without any may be taken out (docs/changing-flows.md). The task hub is asked through the Durable extension's
HTTP interface, page by page: the SDK's client sees the first page only. The environment variable DURABLE_KEY holds the
system key `durabletask_extension`, where keys are asked for. Exit codes: 0 told, 2 the command was not understood,
3 refused or no answer.
"""

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence

import requests

UNFINISHED = ("Pending", "Running", "Suspended", "ContinuedAsNew")
_PAGE = 1_000
_SECONDS = 60
_NEXT = "x-ms-continuation-token"
_REFUSED = 3


def running_on(app: str, key: str = "") -> dict[str, int]:
    """Orchestrations that have not ended, by orchestrator. Raises requests.RequestException."""
    return dict(Counter(_orchestrators(app, key)))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m shared.running_flows", description="orders under way by orchestrator"
    )
    parser.add_argument("app", help="the address of the app, without /api")
    parser.add_argument("--json", action="store_true", help='{"orchestrator": orders}')
    given = parser.parse_args(arguments)
    try:
        running = running_on(given.app.rstrip("/"), os.environ.get("DURABLE_KEY", ""))
    except requests.RequestException as problem:
        print(f"error: the task hub was not told of: {_without_key(problem)}", file=sys.stderr)
        return _REFUSED
    lines = [f"{name}: {orders}" for name, orders in sorted(running.items())]
    print(json.dumps(running) if given.json else "\n".join(lines) or "no order is under way")
    return 0


def _orchestrators(app: str, key: str) -> Iterator[str]:
    """The name of each unfinished orchestration's orchestrator. A page may be empty and still have a next."""
    query = {"runtimeStatus": ",".join(UNFINISHED), "showInput": "false", "top": str(_PAGE)}
    if key:
        query["code"] = key
    place = ""
    with requests.Session() as http:
        while True:
            headers = {_NEXT: place} if place else {}
            url = f"{app}/runtime/webhooks/durabletask/instances"
            answer = http.get(url, params=query, headers=headers, timeout=_SECONDS)
            answer.raise_for_status()
            yield from (instance["name"] for instance in answer.json())
            place = answer.headers.get(_NEXT, "")
            if not place or place == "null":
                return


def _without_key(problem: requests.RequestException) -> str:
    """The address in an error holds the key."""
    status = problem.response.status_code if problem.response is not None else None
    return f"HTTP {status}" if status else type(problem).__name__


if __name__ == "__main__":
    sys.exit(main())
