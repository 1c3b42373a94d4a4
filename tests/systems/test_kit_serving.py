"""Serving stand-ins: in a test's own process, and as `python -m sandbox.systems`."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from starlette.applications import Starlette

from sandbox.systems.kit import StandIn, serve

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 20


def an_app() -> Starlette:
    return StandIn().app([], reset=lambda _: None)


@contextmanager
def systems(config: Any, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """`python -m sandbox.systems` with this configuration; killed at the end if it is still there."""
    file = folder / "systems.json"
    file.write_text(json.dumps(config))
    command = [sys.executable, "-m", "sandbox.systems", "--config", str(file)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own module
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_an_app_is_gone_after_it_was_served() -> None:
    with serve(an_app()) as url:
        during = requests.get(f"{url}/_control/faults", timeout=5)

    assert during.json() == {"faults": []}
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/_control/faults", timeout=5)


def test_a_failure_inside_comes_out_as_it_is() -> None:
    with pytest.raises(KeyError, match="mine"), serve(an_app()):
        raise KeyError("mine")


def test_a_port_that_is_taken_is_an_error() -> None:
    with serve(an_app()) as url:
        taken = int(url.rpartition(":")[2])

        with (
            pytest.raises(OSError, match="in use"),
            serve(an_app(), taken),
        ):
            pass


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_named_systems_are_served_until_a_signal_comes(tmp_path: Path, number: signal.Signals) -> None:
    config = {"bigcommerce": {"port": 0, "store_hash": "abc", "access_token": "t"}}
    with systems(config, tmp_path) as process:
        urls = json.loads(first_line(process))
        answer = requests.get(
            f"{urls['bigcommerce']}/stores/abc/v2/order_statuses",
            headers={"X-Auth-Token": "t", "Accept": "application/json"},
            timeout=5,
        )
        process.send_signal(number)
        rest, errors = process.communicate(timeout=PATIENCE_SECONDS)

    assert urls.keys() == {"bigcommerce"}
    assert len(answer.json()) == 15
    assert (process.returncode, rest, errors) == (0, "", "")


@pytest.mark.parametrize(
    ("config", "named"), [({"shopify": {}}, "shopify"), ({"bigcommerce": {"acess_token": "t"}}, "acess_token")]
)
def test_a_configuration_that_cannot_be_served_is_refused_by_name(tmp_path: Path, config: Any, named: str) -> None:
    with systems(config, tmp_path) as process:
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode == 1
    assert named in errors
    assert "Traceback" not in errors
