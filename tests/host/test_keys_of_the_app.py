"""The app in its host with keys enforced: nothing that is documented for people answers without one."""

import json
from collections.abc import Iterator

import pytest

from tests.functions.openapi import Operation, operations
from tests.host.running_host import ROOT, RunningHost

KEY, MASTER = "the-function-key", "the-master-key"
SCHEDULE = "0 0 0 29 2 MON"  # next in 2044
FOR_PEOPLE = [operation for operation in operations() if "security" not in operation.what]
CALLBACKS = ("bigcommerce", "dataverse", "flexe", "sap")


@pytest.fixture(scope="module")
def app(connection: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHost]:
    folder = tmp_path_factory.mktemp("keys")
    keys = folder / "keys.json"
    keys.write_text(json.dumps({"masterKey": MASTER, "hostKeys": {"default": KEY}}), encoding="utf-8")
    settings = json.loads((ROOT / "local.settings.sample.json").read_text(encoding="utf-8"))["Values"]
    never = {name: SCHEDULE for name in settings if name.endswith("_SCHEDULE")}
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {**settings, **never}.items():
            environment.setenv(name, value)
        host = RunningHost(str(ROOT), connection, folder, ["--keys", str(keys)])
    host.start()
    yield host
    host.close()


def path_of(operation: Operation) -> str:
    """With something in the place of every parameter."""
    return "api" + operation.path.replace("{", "").replace("}", "")


def test_there_are_as_many_as_are_documented():
    assert len(FOR_PEOPLE) > 40


@pytest.mark.parametrize(
    "given",
    [{}, {"headers": {"x-functions-key": "guessed"}}, {"params": {"code": "guessed"}}, {"params": {"code": ""}}],
    ids=["none", "header", "query", "empty"],
)
def test_every_route_for_people_refuses_without_the_right_key(app: RunningHost, given: dict[str, dict[str, str]]):
    answers = {each.name: app.call(each.method, path_of(each), json={}, **given).status_code for each in FOR_PEOPLE}

    assert answers == dict.fromkeys(answers, 401)


def test_with_the_key_they_answer(app: RunningHost):
    assert app.call("GET", "api/jobs", headers={"x-functions-key": KEY}).status_code == 200
    assert app.call("GET", "api/orders", params={"code": KEY}).status_code == 200


@pytest.mark.parametrize("system", CALLBACKS)
def test_a_webhook_needs_no_key_but_its_systems_own_proof(app: RunningHost, system: str):
    for headers in ({}, {"x-functions-key": KEY}, {"x-functions-key": MASTER}):
        assert app.call("POST", f"api/webhooks/{system}", json={}, headers=headers).status_code == 401


@pytest.mark.parametrize("path", ["admin/functions", "admin/host/keys", "runtime/webhooks/durabletask/instances"])
def test_the_hosts_own_interfaces_are_closed_to_the_keys_of_functions(app: RunningHost, path: str):
    for headers in ({}, {"x-functions-key": KEY}):
        assert app.call("GET", path, headers=headers).status_code == 401
