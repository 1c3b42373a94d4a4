"""The app's host: its settings, its ports, and the Core Tools when there are any."""

import json
import os
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from sandbox import app_host, cli
from sandbox.app_host import AppHost, sample_settings
from sandbox.azurite import Azurite
from sandbox.ports import free_port, is_free
from tests.sandbox.ports import own_ports
from tests.sandbox.waiting import wait_until

DEAF = Path(__file__).parent / "apps" / "deaf"
PATIENCE_SECONDS = 100  # for a borrowed port, so that a slow start on it is still followed by another
ECHO = """
import json, os
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

@app.route(route="settings")
def settings(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(json.dumps({name: os.environ.get(name) for name in req.params["names"].split(",")}))
"""


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[dict[str, str]]:
    with Azurite.start(tmp_path / "azurite") as azurite:
        yield {"AzureWebJobsStorage": azurite.connection_string}


def _echo_app(folder: Path, sample: dict[str, str]) -> Path:
    folder.mkdir()
    (folder / "function_app.py").write_text(ECHO)
    (folder / "host.json").write_text('{"version": "2.0", "extensions": {"http": {"routePrefix": "api"}}}')
    (folder / "local.settings.sample.json").write_text(json.dumps({"IsEncrypted": False, "Values": sample}))
    return folder


def test_this_run_s_settings_win_over_the_sample_s_and_those_over_the_machine_s(
    tmp_path: Path, storage: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    app = _echo_app(tmp_path / "app", {"FROM_SAMPLE": "sample", "FROM_RUN": "sample"})
    for name in ("FROM_MACHINE", "FROM_SAMPLE", "FROM_RUN"):
        monkeypatch.setenv(name, "machine")
    host = AppHost(app, {**storage, "FROM_RUN": "run"}, log=tmp_path / "app.log")

    host.start()
    seen = httpx.get(f"{host.url}/api/settings?names=FROM_MACHINE,FROM_SAMPLE,FROM_RUN").json()
    host.stop()

    assert seen == {"FROM_MACHINE": "machine", "FROM_SAMPLE": "sample", "FROM_RUN": "run"}


def test_a_restart_waits_for_its_port_when_somebody_has_borrowed_it(
    tmp_path: Path, storage: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(app_host, "_PORT_WAIT_SECONDS", PATIENCE_SECONDS)
    log = tmp_path / "app.log"
    [port] = own_ports(1)
    host = AppHost(DEAF, storage, log=log, port=port)
    host.start()
    url = host.url
    host.kill()

    with ThreadPoolExecutor(1) as pool, socket.create_server(("127.0.0.1", port)) as borrower:
        restarting = pool.submit(host.start)
        wait_until(lambda: "address already in use" in log.read_text(), "the collision", PATIENCE_SECONDS)
        borrower.close()
        restarting.result()

    assert host.url == url
    assert httpx.get(f"{url}/api/orders").status_code == 200
    host.stop()


@pytest.mark.skipif(os.name == "nt", reason="the pretended Core Tools are a shell script")
def test_core_tools_are_started_in_the_app_s_folder_with_its_port_and_settings(
    tmp_path: Path, storage: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    func = tmp_path / "bin" / "func"
    func.parent.mkdir()
    arguments = tmp_path / "arguments"
    func.write_text(
        f'#!/bin/sh\necho "$@" > {arguments}\nexec {sys.executable} -m sandbox.host --port "$3" --rpc-port 0\n'
    )
    func.chmod(0o755)
    monkeypatch.setenv("PATH", f"{func.parent}{os.pathsep}{os.environ['PATH']}")
    [port] = own_ports(1)
    host = AppHost(DEAF, storage, log=tmp_path / "app.log", port=port, func=True)

    host.start()
    answer = httpx.get(f"http://127.0.0.1:{port}/api/orders")
    host.stop()

    assert arguments.read_text() == f"start --port {port}\n"
    assert answer.json() == {"orders": []}


@pytest.mark.parametrize(("installed", "arguments", "used"), [
    ("/usr/bin/func", [], True),
    ("/usr/bin/func", ["--bundled"], False),
    (None, [], False),
])  # fmt: skip
def test_start_prefers_the_core_tools(
    monkeypatch: pytest.MonkeyPatch, installed: str | None, arguments: list[str], used: bool
):
    chosen: list[bool] = []

    class Recorded(Exception):
        pass

    def record(**options: bool) -> None:
        chosen.append(options["func"])
        raise Recorded

    monkeypatch.setattr(cli, "core_tools", lambda: installed)
    monkeypatch.setattr(cli, "Sandbox", record)
    monkeypatch.setattr(cli, "stop_on_signals", lambda: None)

    with pytest.raises(Recorded):
        cli.main(["start", *arguments])

    assert chosen == [used]


def test_an_app_without_a_sample_has_no_settings_of_its_own(tmp_path: Path):
    assert sample_settings(tmp_path) == {}


def test_a_preferred_port_is_used_only_while_it_is_free():
    [preferred] = own_ports(1)
    with socket.create_server(("127.0.0.1", preferred)):
        assert not is_free(preferred)
        assert free_port(preferred) != preferred

    assert free_port(preferred) == preferred


def test_ports_are_chosen_below_those_for_outgoing_connections():
    assert all(20000 <= app_host.Ports.free().http <= 32000 for _ in range(20))
