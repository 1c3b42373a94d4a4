"""`python -m shared.webhooks`, as an operator types it, against the stand-ins."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.credentials import Addresses, Credentials
from sandbox.systems.__main__ import SYSTEMS, build
from sandbox.systems.kit import serve
from shared import webhooks

ROOT = Path(__file__).parents[2]
APP = "https://orders.example.com"


@dataclass
class Desk:
    """Where the operator sits."""

    at: Addresses
    credentials: Credentials
    environment: pytest.MonkeyPatch
    output: pytest.CaptureFixture[str]

    def types(self, *command: str) -> tuple[int, str]:
        """The exit code and what was printed."""
        code = webhooks.main(command)
        return code, self.output.readouterr().out

    def reads(self, *command: str) -> tuple[int, dict[str, Any]]:
        code, text = self.types(*command, "--json")
        return code, json.loads(text)

    def breaks(self, system: str, call: str, **fault: Any) -> None:
        url = getattr(self.at, system)
        httpx.post(f"{url}/_control/faults", json={"call": call, "fault": fault, "times": 1}).raise_for_status()


@pytest.fixture(scope="module")
def systems() -> Iterator[tuple[Addresses, Credentials]]:
    credentials = Credentials()
    with ExitStack() as running:
        given = {name: build(name, credentials.stand_ins()[name])[0] for name in ("bigcommerce", "finops")}
        urls = {name: running.enter_context(serve(app)) for name, app in given.items()}
        yield Addresses(**{name: urls.get(name, "http://127.0.0.1:9") for name in SYSTEMS}), credentials


@pytest.fixture
def desk(
    systems: tuple[Addresses, Credentials], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Desk:
    at, credentials = systems
    for system in ("bigcommerce", "finops"):
        httpx.post(f"{getattr(at, system)}/_control/reset", json={"registrations": True}).raise_for_status()
    for name, value in credentials.app_settings(storage="", at=at).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ORDERS__PUBLIC_URL", APP)
    return Desk(at, credentials, monkeypatch, capsys)


def test_what_is_missing_is_shown_registered_and_then_in_place(desk: Desk):
    missing, before = desk.reads("check")
    done, registered = desk.reads("register")
    fine, after = desk.reads("check")

    assert (missing, done, fine) == (1, 0, 0)
    assert {row["state"] for row in before["registrations"]} == {"missing"}
    assert {row["done"] for row in before["registrations"]} == {""}
    assert {row["done"] for row in registered["registrations"]} == {"created"}
    assert {row["state"] for row in after["registrations"]} == {"in place"}
    assert after["refused"] == {}


def test_people_read_one_line_for_each_webhook(desk: Desk):
    _, checked = desk.types("check")
    _, registered = desk.types("register")

    assert checked.splitlines()[0] == "bigcommerce: store/order/created: missing"
    assert registered.splitlines()[0] == "bigcommerce: store/order/created: created"


def test_an_app_that_has_moved_is_told_where_it_is_now(desk: Desk):
    desk.types("register")
    desk.environment.setenv("ORDERS__PUBLIC_URL", "https://moved.example.com/")

    wrong, checked = desk.reads("check")
    _, corrected = desk.types("register")

    assert wrong == 1
    assert checked["registrations"][0]["wrong"] == ["destination"]
    assert corrected.splitlines()[0] == "bigcommerce: store/order/created: corrected (destination)"
    assert desk.types("check")[0] == 0


def test_a_system_that_refuses_is_named_and_the_others_are_asked_all_the_same(desk: Desk):
    desk.breaks("bigcommerce", "GET /v3/hooks", status=403, body={"status": 403, "title": "No scope."})

    code, told = desk.reads("register")

    assert code == 3
    assert told["refused"] == {"bigcommerce": "BigCommerce answered 403 to GET /v3/hooks: No scope."}


def test_without_an_address_nobody_is_told_anything(desk: Desk):
    desk.environment.delenv("ORDERS__PUBLIC_URL")

    code, told = desk.types("register")

    assert (code, told.strip()) == (
        3,
        "error: settings: ORDERS__PUBLIC_URL is not set: no system can be told where this app is",
    )


def test_a_missing_setting_is_named(desk: Desk):
    desk.environment.delenv("ORDERS__BIGCOMMERCE__ACCESS_TOKEN")

    code, told = desk.types("check")

    assert (code, told.strip()) == (3, "error: settings: setting ORDERS__BIGCOMMERCE__ACCESS_TOKEN is missing")


def test_no_secret_is_printed(desk: Desk):
    said = "".join(desk.types(command)[1] for command in ("check", "register", "register"))

    secrets = desk.credentials.connections(desk.at)
    for name in ("access_token", "client_secret"):
        assert secrets["bigcommerce"][name] not in said
    assert desk.credentials.webhook_header_secret not in said
    assert desk.credentials.dataverse_webhook_key not in said


def test_the_settings_may_come_from_a_file_of_the_functions_host(desk: Desk, tmp_path: Path):
    file = tmp_path / "local.settings.json"
    file.write_text(json.dumps({"Values": {**desk.credentials.app_settings(storage="", at=desk.at),
                                           "ORDERS__PUBLIC_URL": APP}}))  # fmt: skip
    bare = {name: value for name, value in os.environ.items() if not name.startswith("ORDERS__")}
    command = [sys.executable, "-m", "shared.webhooks", "register", "--settings", str(file)]

    ended = subprocess.run(command, cwd=ROOT, env=bare, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - ours

    assert (ended.returncode, ended.stderr) == (0, "")
    assert desk.types("check")[0] == 0


def test_a_file_that_is_none_of_the_host_s_is_refused(desk: Desk, tmp_path: Path):
    (tmp_path / "wrong.json").write_text("[]")

    code, told = desk.types("check", "--settings", str(tmp_path / "wrong.json"))

    assert code == 3
    assert "cannot be read as a local.settings.json" in told
