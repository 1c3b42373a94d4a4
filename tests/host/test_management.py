"""Starting, watching and steering instances, through the client binding and through the public URLs."""

from typing import Any

import httpx
import pytest

from tests.host.running_host import RunningHost


def client(host: RunningHost, operation: str, instance_id: str = "") -> dict[str, Any]:
    return host.call("POST", f"api/client/{operation}/{instance_id}").json()


def test_the_client_binding_starts_an_instance_and_gives_its_urls(orchestrations: RunningHost):
    answer = orchestrations.call("POST", "api/start/chain", params={"id": "by-client"}, json=1)

    urls = answer.json()
    assert answer.status_code == 202
    assert urls["id"] == "by-client"
    assert urls["statusQueryGetUri"].startswith(
        f"{orchestrations.url}/runtime/webhooks/durabletask/instances/by-client"
    )
    assert orchestrations.output_of("by-client") == 6
    assert httpx.get(urls["statusQueryGetUri"]).json()["output"] == 6


def test_a_running_instance_is_not_started_twice(orchestrations: RunningHost):
    instance_id = orchestrations.start_new("two_events", instance_id="only-once")

    again = orchestrations.webhook("POST", f"orchestrators/two_events/{instance_id}")

    assert again.status_code == 409
    assert "already exists" in again.json()["ExceptionMessage"]


def test_a_finished_instance_is_replaced_and_old_events_do_not_reach_the_new_one(orchestrations: RunningHost):
    instance_id = orchestrations.start_new("failing", instance_id="replaced")
    orchestrations.wait_for(instance_id)

    orchestrations.start_new("two_events", instance_id="replaced")
    orchestrations.webhook("POST", "instances/replaced/raiseEvent/first", json=1)
    orchestrations.webhook("POST", "instances/replaced/raiseEvent/second", json=2)

    assert orchestrations.output_of("replaced") == [1, 2]


@pytest.mark.parametrize("instance_id", ["@entity", "a%23b", "a%3Fb", "a%2Fb", "x" * 101])
def test_an_instance_id_the_task_hub_cannot_hold_is_refused(orchestrations: RunningHost, instance_id: str):
    answer = orchestrations.webhook("POST", f"orchestrators/chain/{instance_id}", json=1)

    assert answer.status_code == 400
    assert "not a valid instance id" in answer.json()["ExceptionMessage"]


def test_an_unknown_orchestrator_is_refused(orchestrations: RunningHost):
    answer = orchestrations.webhook("POST", "orchestrators/nothing")

    assert answer.status_code == 400
    assert "'nothing' doesn't exist" in answer.json()["ExceptionMessage"]


def test_an_unknown_instance_has_no_status_and_an_empty_body(orchestrations: RunningHost):
    answer = orchestrations.webhook("GET", "instances/nobody")

    assert (answer.status_code, answer.content) == (404, b"")


def test_the_status_of_a_running_instance_says_where_to_look_again(orchestrations: RunningHost):
    instance_id = orchestrations.start_new("two_events")

    answer = orchestrations.webhook("GET", f"instances/{instance_id}", params={"showInput": "false"})

    assert answer.status_code == 202
    assert answer.headers["Location"].startswith(f"{orchestrations.url}/runtime/webhooks/durabletask/instances/")
    assert answer.json()["input"] is None


def test_a_failed_instance_is_an_error_only_for_those_who_ask(orchestrations: RunningHost):
    instance_id = orchestrations.start_new("failing")
    orchestrations.wait_for(instance_id)

    plain = orchestrations.webhook("GET", f"instances/{instance_id}")
    asked = orchestrations.webhook(
        "GET", f"instances/{instance_id}", params={"returnInternalServerErrorOnFailure": "true"}
    )

    assert (plain.status_code, asked.status_code) == (200, 500)


def test_a_suspended_instance_keeps_events_until_it_is_resumed(orchestrations: RunningHost):
    instance_id = orchestrations.start_new("two_events")
    assert client(orchestrations, "suspend", instance_id) == {"result": None}
    orchestrations.wait_for(instance_id, "Suspended")

    orchestrations.webhook("POST", f"instances/{instance_id}/raiseEvent/first", json=1)
    orchestrations.webhook("POST", f"instances/{instance_id}/raiseEvent/second", json=2)
    still = orchestrations.status(instance_id)
    client(orchestrations, "resume", instance_id)

    assert still["runtimeStatus"] == "Suspended"
    assert orchestrations.output_of(instance_id) == [1, 2]


def test_a_suspended_instance_can_be_suspended_again_and_terminated(orchestrations: RunningHost):
    instance_id = orchestrations.start_new("two_events")
    client(orchestrations, "suspend", instance_id)
    client(orchestrations, "suspend", instance_id)
    orchestrations.wait_for(instance_id, "Suspended")

    client(orchestrations, "terminate", instance_id)

    status = orchestrations.wait_for(instance_id)
    assert (status["runtimeStatus"], status["output"]) == ("Terminated", "enough")


def test_nothing_can_be_sent_to_an_unknown_or_finished_instance(orchestrations: RunningHost):
    instance_id = orchestrations.start_new("chain", 1)
    orchestrations.output_of(instance_id)

    finished = orchestrations.webhook("POST", f"instances/{instance_id}/raiseEvent/x", json=1)
    unknown = orchestrations.webhook("POST", "instances/nobody/raiseEvent/x", json=1)
    terminated = client(orchestrations, "terminate", instance_id)

    assert (finished.status_code, unknown.status_code) == (410, 404)
    assert terminated == {"result": None}


def test_only_json_events_are_taken(orchestrations: RunningHost):
    instance_id = orchestrations.start_new("two_events")

    as_text = orchestrations.webhook("POST", f"instances/{instance_id}/raiseEvent/first", content="1")
    broken = orchestrations.webhook(
        "POST",
        f"instances/{instance_id}/raiseEvent/first",
        content="{",
        headers={"Content-Type": "application/json"},
    )

    assert (as_text.status_code, broken.status_code) == (400, 400)


def test_a_purged_instance_is_gone(orchestrations: RunningHost):
    instance_id = orchestrations.start_new("chain", 1)
    orchestrations.output_of(instance_id)

    first = client(orchestrations, "purge", instance_id)
    second = client(orchestrations, "purge", instance_id)

    assert (first, second) == ({"result": 1}, {"result": 0})
    assert orchestrations.webhook("GET", f"instances/{instance_id}").status_code == 404


def test_a_running_instance_can_be_purged_too(orchestrations: RunningHost):
    instance_id = orchestrations.start_new("two_events")
    orchestrations.wait_for(instance_id, "Running")

    client(orchestrations, "purge", instance_id)

    event = orchestrations.webhook("POST", f"instances/{instance_id}/raiseEvent/first", json=1)
    assert event.status_code == 404


def test_instances_are_listed_by_prefix_and_status_and_purged_by_time(orchestrations: RunningHost):
    for number in range(3):
        orchestrations.start_new("chain", number, f"listed-{number}")
        orchestrations.output_of(f"listed-{number}")
    orchestrations.start_new("two_events", None, "listed-running")

    by_client = client(orchestrations, "list", "listed-")["result"]
    completed = orchestrations.webhook(
        "GET", "instances/", params={"runtimeStatus": "Completed", "instanceIdPrefix": "listed-"}
    ).json()
    purged = orchestrations.webhook(
        "DELETE", "instances/", params={"createdTimeFrom": "2020-01-01T00:00:00Z", "instanceIdPrefix": "listed-"}
    ).json()

    assert {status["instanceId"] for status in by_client} == {f"listed-{end}" for end in (0, 1, 2, "running")}
    assert sorted(status["output"] for status in completed) == [5, 6, 7]
    assert purged == {"instancesDeleted": 3}


def test_purging_by_time_needs_a_time(orchestrations: RunningHost):
    assert orchestrations.webhook("DELETE", "instances/").status_code == 400


def test_a_restart_runs_again_with_the_same_input(orchestrations: RunningHost):
    instance_id = orchestrations.start_new("chain", 4)
    orchestrations.output_of(instance_id)

    urls = client(orchestrations, "restart", instance_id)["result"]

    assert urls["id"] != instance_id
    assert orchestrations.output_of(urls["id"]) == 9


def test_what_this_host_does_not_serve_is_said_so(orchestrations: RunningHost):
    rewind = client(orchestrations, "rewind", "any")
    entity = orchestrations.webhook("GET", "entities/counter/1")
    waiting = orchestrations.webhook("POST", "orchestrators/chain", params={"timeout": "5"})

    assert "not served by this host" in rewind["error"]
    assert (entity.status_code, waiting.status_code) == (501, 501)


def test_the_history_tells_what_happened(orchestrations: RunningHost):
    instance_id = orchestrations.start_new("chain", 1)
    orchestrations.output_of(instance_id)

    params = {"showHistory": "true", "showHistoryOutput": "true"}
    events = orchestrations.webhook("GET", f"instances/{instance_id}", params=params).json()["historyEvents"]

    assert [item["EventType"] for item in events] == ["ExecutionStarted", *["TaskCompleted"] * 5, "ExecutionCompleted"]
    assert [item.get("Result") for item in events[1:]] == [2, 3, 4, 5, 6, 6]
    assert {item["FunctionName"] for item in events[1:6]} == {"plus_one"}
