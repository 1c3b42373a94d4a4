"""The whole set comes up, is found from outside, survives crashes of its parts, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from sandbox.stack import Sandbox
from tests.sandbox.ports import own_ports
from tests.sandbox.waiting import is_gone, wait_until

ROOT = Path(__file__).parents[2]
DEAF = Path(__file__).parent / "apps" / "deaf"


@contextmanager
def _up() -> "Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]":
    """`python -m sandbox up --json`, and what it printed."""
    command = [sys.executable, "-m", "sandbox", "up", "--json", "--app", str(DEAF)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        try:
            assert process.stdout
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def _all_gone(pids: dict[str, int]) -> bool:
    return all(is_gone(pid) for pid in pids.values())


def _hooks(connection: dict[str, Any]) -> list[dict[str, Any]]:
    shop = connection["bigcommerce"]
    headers = {"X-Auth-Token": shop["access_token"], "Accept": "application/json"}
    return httpx.get(f"{shop['api']}/v3/hooks", headers=headers).raise_for_status().json()["data"]


def _token(connection: dict[str, Any], system: str, scope: str) -> str:
    account = connection[system]
    form = {
        "grant_type": "client_credentials",
        "client_id": account["client_id"],
        "client_secret": account["client_secret"],
        "scope": scope,
    }
    answer = httpx.post(f"{account['url']}/{account['tenant']}/oauth2/v2.0/token", data=form)
    return answer.raise_for_status().json()["access_token"]


def _webhooks(connection: dict[str, Any], system: str) -> set[str]:
    """Where a system sends its events."""
    answer = httpx.get(f"{connection[system]['url']}/_control/webhooks").raise_for_status()
    return {webhook["url"] for webhook in answer.json()["webhooks"]}


def _flexe_orders(connection: dict[str, Any]) -> dict[str, Any]:
    flexe = connection["flexe"]
    headers = {"Authorization": f"Bearer {flexe['api_token']}"}
    answer = httpx.get(f"{flexe['url']}/v1/outbound_orders", params={"owner_id": flexe["owner_id"]}, headers=headers)
    return answer.raise_for_status().json()


def _sap_orders(connection: dict[str, Any]) -> dict[str, Any]:
    sap = connection["sap"]
    url = f"{sap['url']}/sap/opu/odata/sap/API_SALES_ORDER_SRV/A_SalesOrder"
    query = {"sap-client": sap["sap_client"], "$format": "json"}
    return httpx.get(url, params=query, auth=(sap["user"], sap["password"])).raise_for_status().json()


def test_one_line_of_json_is_enough_to_use_everything_and_sigterm_ends_it():
    with _up() as (process, connection):
        hooks = _hooks(connection)
        webhooks = {system: _webhooks(connection, system) for system in ("finops", "flexe", "sap")}
        tokens = [_token(connection, "finops", f"{connection['finops']['url']}/.default")]
        tokens.append(_token(connection, "inventory", "0cdb527f-a8d1-4bf8-9436-b352c68682b2/.default"))
        partners = _flexe_orders(connection), _sap_orders(connection)
        orders = httpx.get(f"{connection['app']}/api/orders").raise_for_status().json()

        process.send_signal(signal.SIGTERM)
        exit_code = process.wait(60)

    assert {hook["destination"] for hook in hooks} == {f"{connection['app']}/api/webhooks/bigcommerce"}
    assert {hook["scope"] for hook in hooks} == {
        *("store/order/created", "store/order/statusUpdated"),
    }
    app = f"{connection['app']}/api/webhooks"
    assert webhooks == {"finops": {f"{app}/dataverse"}, "flexe": {f"{app}/flexe"}, "sap": {f"{app}/sap"}}
    assert all(tokens)
    assert partners == ({"outbound_orders": [], "next_cursor": None}, {"d": {"results": []}})
    assert orders == {"orders": []}
    assert exit_code == 0
    assert _all_gone(connection["pids"])


def test_start_lists_every_function_and_ctrl_c_ends_it():
    [port] = own_ports(1)
    command = [sys.executable, "-m", "sandbox", "start", "--bundled", "--app", str(DEAF), "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        assert process.stdout
        shown = list(iter(process.stdout.readline, "Ctrl+C stops everything.\n"))

        process.send_signal(signal.SIGINT)
        exit_code = process.wait(60)

    url = f"http://127.0.0.1:{port}"
    assert f"list_orders: [GET] {url}/api/orders" in "".join(shown)
    assert exit_code == 0


def test_nothing_outlives_a_killed_sandbox():
    with _up() as (process, connection):
        process.kill()

        wait_until(lambda: _all_gone(connection["pids"]), "the end of every process")


def test_an_app_that_ends_by_itself_ends_the_sandbox_with_a_failure():
    with _up() as (process, connection):
        os.kill(connection["pids"]["app"], signal.SIGKILL)

        assert process.wait(60) == 1
        wait_until(lambda: _all_gone(connection["pids"]), "the end of every process")


def test_the_app_and_azurite_come_back_where_they_were():
    with Sandbox(app=DEAF) as sandbox:
        before, first_pids = sandbox.connection(), sandbox.pids

        sandbox.kill_app()
        sandbox.stop_azurite()
        sandbox.start_azurite()
        sandbox.start_app()

        assert httpx.get(f"{sandbox.app_url}/api/orders").status_code == 200
        after = sandbox.connection()
        assert (after["app"], after["azurite"]) == (before["app"], before["azurite"])
        assert sandbox.pids["app"] != first_pids["app"]
        assert sandbox.pids["azurite"] != first_pids["azurite"]
