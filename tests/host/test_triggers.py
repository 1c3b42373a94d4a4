"""HTTP, queue and timer functions, end to end."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import QueueClient, TextBase64DecodePolicy, TextBase64EncodePolicy

from sandbox.azurite import Azurite
from tests.host.conftest import StartHost
from tests.host.running_host import RunningHost
from tests.sandbox.waiting import wait_until


@pytest.fixture(scope="module")
def host(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHost]:
    host = RunningHost("triggers", azurite.connection_string, tmp_path_factory.mktemp("host"), ["--queue-lease", "2"])
    host.start()
    yield host
    host.close()


def queue(azurite: Azurite, name: str) -> QueueClient:
    """The queue as another program sees it: through Microsoft's own client."""
    return QueueClient.from_connection_string(
        azurite.connection_string,
        name,
        message_encode_policy=TextBase64EncodePolicy(),
        message_decode_policy=TextBase64DecodePolicy(),
    )


def bodies(azurite: Azurite, name: str) -> list[str]:
    """What is in a queue, which may not be there yet."""
    with queue(azurite, name) as client:
        try:
            return [message.content for message in client.peek_messages(10)]
        except ResourceNotFoundError:
            return []


def orders_seen(host: RunningHost, body: str) -> list[int]:
    """The dequeue counts with which a message came to the function."""
    return sorted(note["dequeued"] for note in host.notes("order") if note["body"] == body)


def test_a_function_sees_the_request_as_in_azure(host: RunningHost):
    answer = host.call(
        "POST", "API/orders/17/lines?a=1&a=2&empty=&b=x%20y", content="für dich", headers={"X-Shop": "north"}
    )

    assert answer.status_code == 201
    assert answer.headers["X-Answer"] == "yes"
    seen = answer.json()
    assert seen.pop("url").startswith(f"{host.url}/API/orders/17/lines?")
    assert seen == {
        "method": "POST",
        "route": {"id": "17", "part": "lines"},
        "params": {"a": "1,2", "b": "x y"},
        "header": "north",
        "body": "für dich",
        "function": "show_request",
    }


def test_the_more_specific_route_wins(host: RunningHost):
    answer = host.call("GET", "api/orders/latest")

    assert (answer.status_code, answer.text) == (200, "the latest")


@pytest.mark.parametrize(("method", "path"), [("GET", "api/orders/x"), ("PUT", "api/orders/1"), ("GET", "orders/1")])
def test_no_matching_route_or_method_is_not_found(host: RunningHost, method: str, path: str):
    assert host.call(method, path).status_code == 404


@pytest.mark.parametrize("kind", ["raise", "return-a-dict"])
def test_a_failing_http_function_is_an_empty_500(host: RunningHost, kind: str):
    answer = host.call("GET", f"api/wrong/{kind}")

    assert (answer.status_code, answer.content) == (500, b"")


def test_each_element_of_a_queue_output_list_is_one_message(host: RunningHost):
    host.call("POST", "api/forward", json=["one", "zwei €"])

    wait_until(lambda: orders_seen(host, "one") == orders_seen(host, "zwei €") == [1], "both messages")


def test_a_look_into_a_queue_that_finds_nothing_is_counted_apart(host: RunningHost):
    wait_until(lambda: host.metrics()["executionsRunning"] == 0, "the host is at rest")
    before = host.metrics()

    wait_until(lambda: host.metrics()["queuePollsEmpty"] > before["queuePollsEmpty"], "a look that finds nothing")

    # Of all since the start: a look is counted as it begins, so one that was under way `before` has only its end here.
    after = host.metrics()
    assert after["storage"]["queue.get"] >= after["queuePollsEmpty"]
    assert after["executions"].get("queue", 0) == before["executions"].get("queue", 0)  # timers run meanwhile


def test_a_failing_message_comes_again(host: RunningHost):
    host.call("POST", "api/forward", json=["shaky"])

    wait_until(lambda: orders_seen(host, "shaky") == [1, 2], "the second try")


def test_a_message_that_keeps_failing_ends_in_the_poison_queue_as_it_was(host: RunningHost, azurite: Azurite):
    host.call("POST", "api/forward", json=["broken"])

    wait_until(lambda: orders_seen(host, "broken") == [1, 2, 3], "three tries")
    wait_until(lambda: bodies(azurite, f"{host.hub}-orders-poison") == ["broken"], "the message in the poison queue")


def test_a_queue_function_that_returns_something_has_failed(host: RunningHost, azurite: Azurite):
    with queue(azurite, f"{host.hub}-texts") as texts:
        texts.send_message("answer")
        texts.send_message("plain")

    wait_until(lambda: sorted(host.notes("text")) == [*["answer"] * 3, "plain"], "three tries of one, one of the other")


def test_messages_run_side_by_side_and_keep_their_lease(host: RunningHost, azurite: Azurite):
    names = [f"slow-{number}" for number in range(5)]  # with more than four in hand, no others are fetched
    with queue(azurite, f"{host.hub}-slow") as slow:
        for name in names:
            slow.send_message(name)

    wait_until(lambda: len(host.notes("slow-begin")) == 5, "all begun, for none may end")
    renewed = host.metrics()["storage"].get("queue.update", 0) + 2 * len(names)
    wait_until(lambda: host.metrics()["storage"].get("queue.update", 0) >= renewed, "more time than a lease lasts")
    host.release()
    wait_until(lambda: len(host.notes("slow-end")) == 5, "all ended")

    assert sorted(host.notes("slow-begin")) == sorted(host.notes("slow-end")) == names


def test_a_timer_runs_on_its_schedule(host: RunningHost):
    wait_until(lambda: len(host.notes("second")) >= 2, "two runs")

    assert not any(note["past_due"] for note in host.notes("second"))
    assert host.notes("year") == []


def test_timer_and_queue_functions_can_be_run_by_hand(start_host: StartHost):
    host = start_host("triggers")

    timer = host.call("POST", "admin/functions/almost_never", json={"input": ""})
    text = host.call("POST", "admin/functions/take_text", json={"input": "by hand"})
    unknown = host.call("POST", "admin/functions/latest", json={})

    assert (timer.status_code, text.status_code, unknown.status_code) == (202, 202, 404)
    wait_until(lambda: host.notes("year") == [{"past_due": False}] and host.notes("text") == ["by hand"], "both runs")


def test_a_message_in_hand_when_the_host_is_killed_comes_again(start_host: StartHost, azurite: Azurite):
    host = start_host("triggers", "--queue-lease", "2")
    with queue(azurite, f"{host.hub}-slow") as slow:
        slow.send_message("killed")
    wait_until(lambda: host.notes("slow-begin") == ["killed"], "the first try")

    host.process.kill()
    host.release()
    host.start()

    wait_until(lambda: host.notes("slow-end") == ["killed"], "the second try")
    assert host.notes("slow-begin") == ["killed"] * 2


def test_keys_are_enforced_on_request_only(start_host: StartHost, tmp_path: Path):
    keys = tmp_path / "keys.json"
    keys.write_text(
        json.dumps(
            {"masterKey": "m", "functionKeys": {"show_request": {"default": "f"}}, "systemKeys": {"durabletask": "s"}}
        )
    )
    host = start_host("triggers", "--keys", str(keys))

    def status(path: str, key: str = "") -> int:
        return host.call("GET", path, headers={"x-functions-key": key} if key else {}).status_code

    assert [status("api/orders/1", key) for key in ("", "x", "f", "m")] == [401, 401, 201, 201]
    assert status("api/orders/1?code=f") == 201
    assert [status("api/admin-only", key) for key in ("f", "m")] == [401, 200]
    assert status("api/orders/latest") == 200
    assert [status("runtime/webhooks/durabletask/instances/x", key) for key in ("f", "s")] == [401, 404]
    assert [status("admin/host/metrics", key) for key in ("f", "m")] == [401, 200]
