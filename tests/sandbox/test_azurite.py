"""Azurite starts on free ports, keeps its data, and shares a machine with others of its kind."""

import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from azure.data.tables import TableServiceClient

from sandbox.azurite import Azurite, Ports, installation
from sandbox.azurite import __main__ as preparation
from tests.sandbox.ports import own_ports
from tests.sandbox.waiting import is_gone, wait_until

HERE = Path(installation.__file__).parent
ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 100  # for a borrowed port, so that a slow start on it is still followed by another


def _tables(azurite: Azurite) -> list[str]:
    with TableServiceClient.from_connection_string(azurite.connection_string) as service:
        return [table.name for table in service.list_tables()]


def _create_table(azurite: Azurite, name: str) -> None:
    with TableServiceClient.from_connection_string(azurite.connection_string) as service:
        service.create_table(name)


def test_what_was_stored_is_there_after_a_restart_under_the_same_address(tmp_path: Path):
    with Azurite.start(tmp_path) as first:
        _create_table(first, "Orders")

    with Azurite.start(tmp_path, ports=first.ports) as second:
        assert _tables(second) == ["Orders"]
        assert second.connection_string == first.connection_string


def test_leaving_stops_it(tmp_path: Path):
    with Azurite.start(tmp_path) as azurite:
        pid = azurite.pid

    assert is_gone(pid)


def test_each_storage_call_is_a_line_of_the_access_log(tmp_path: Path):
    log = tmp_path / "storage.log"

    with Azurite.start(tmp_path / "data", access_log=log) as azurite:
        _create_table(azurite, "Orders")

    assert '"POST /devstoreaccount1/Tables HTTP/1.1" 201' in log.read_text()


def test_one_in_memory_leaves_nothing_but_its_log(tmp_path: Path):
    azurite = Azurite.launch(tmp_path, in_memory=True)
    try:
        with TableServiceClient.from_connection_string(azurite.connection_string) as tables:
            tables.create_table("Orders")

        assert _tables(azurite) == ["Orders"]
    finally:
        azurite.stop()
    assert [path.name for path in tmp_path.iterdir()] == ["azurite.log"]


def test_several_started_at_once_get_ports_of_their_own(tmp_path: Path):
    with ThreadPoolExecutor(3) as pool:
        started = list(pool.map(lambda name: Azurite.launch(tmp_path / name), "abc"))

    ports = [port for azurite in started for port in vars(azurite.ports).values()]
    for azurite in started:
        azurite.stop()

    assert len(set(ports)) == 9


def test_it_waits_for_a_port_that_somebody_borrows_for_a_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sandbox.azurite._PORT_WAIT_SECONDS", PATIENCE_SECONDS)
    wished = Ports(*own_ports(3))
    log = tmp_path / "azurite.log"
    borrower = socket.create_server(("127.0.0.1", wished.table))

    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(Azurite.launch, tmp_path, ports=wished)
        wait_until(lambda: log.exists() and "EADDRINUSE" in log.read_text(), "the collision", PATIENCE_SECONDS)
        borrower.close()
        azurite = starting.result()

    assert azurite.ports == wished
    azurite.stop()


def test_the_lock_file_names_no_registry_so_that_any_mirror_will_do():
    lock = (HERE / "package-lock.json").read_text()

    assert '"resolved"' not in lock
    assert '"node_modules/azurite": {\n      "version": "3.35.0"' in lock


def test_installing_twice_at_once_installs_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    installs: list[Path] = []
    monkeypatch.setattr(installation, "_npm_ci", installs.append)

    with ThreadPoolExecutor(4) as pool:
        scripts = set(pool.map(lambda _: installation.install(tmp_path / "azurite"), range(4)))

    assert installs == [tmp_path / "azurite"]
    assert scripts == {tmp_path / "azurite/node_modules/azurite/dist/src/azurite.js"}


def test_preparing_it_says_nothing_when_it_is_there():
    installation.install()

    prepared = subprocess.run(
        [sys.executable, "-m", "sandbox.azurite"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (prepared.returncode, prepared.stdout, prepared.stderr) == (0, "", "")


def test_an_installation_that_failed_ends_the_preparation_with_npm_s_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def refused() -> Path:
        raise installation.InstallFailed("npm ci ended with exit code 1: no network")

    monkeypatch.setattr(preparation, "install", refused)

    assert preparation.main() == 1
    assert capsys.readouterr().err == "npm ci ended with exit code 1: no network\n"


def test_a_changed_lock_file_installs_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    installs: list[Path] = []
    monkeypatch.setattr(installation, "_npm_ci", installs.append)
    installation.install(tmp_path)

    monkeypatch.setattr(installation, "_fingerprint", lambda: "another lock file")
    installation.install(tmp_path)

    assert len(installs) == 2
