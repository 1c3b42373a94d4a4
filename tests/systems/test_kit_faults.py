"""Faults on calls: which calls they hit, how often, and what the client sees."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.systems.kit import StandIn, serve
from tests.systems.conftest import wait_until


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A stand-in that counts every call as an effect and answers `{"fine": true}`."""
    stand_in = StandIn()

    async def count_call(request: Request) -> Response:
        stand_in.effects.record("called", path=request.url.path)
        return JSONResponse({"fine": True})

    routes = [Route("/{path:path}", count_call, methods=["GET", "POST"])]
    with serve(stand_in.app(routes, reset=lambda _: None)) as url:
        yield url


@pytest.fixture
def url(server: str) -> str:
    requests.post(f"{server}/_control/reset", timeout=5).raise_for_status()
    return server


def arm(url: str, **fault: Any) -> requests.Response:
    return requests.post(f"{url}/_control/faults", json=fault, timeout=5)


def armed(url: str) -> list[dict[str, Any]]:
    return requests.get(f"{url}/_control/faults", timeout=5).json()["faults"]


def effects(url: str, query: str = "") -> list[dict[str, Any]]:
    return requests.get(f"{url}/_control/effects{query}", timeout=5).json()["effects"]


def status_of(method: str, url: str) -> int:
    return requests.request(method, url, timeout=5).status_code


@pytest.mark.parametrize(
    ("call", "hits", "misses"),
    [
        ("GET /v2/orders/{id}", "GET /v2/orders/7", "GET /v2/orders/7/shipments"),
        ("GET /v2/orders/{id}", "GET /stores/abc/v2/orders/7", "POST /v2/orders/7"),
        ("POST /orders/*/shipments", "POST /v2/orders/7/shipments", "POST /v2/orders/7/8/shipments"),
        ("GET /v2/**", "GET /stores/abc/v2/orders/7/shipments", "GET /v3/orders"),
        ("* /v2/orders", "POST /v2/orders", "POST /xv2/orders"),
        ("GET /rows({key})", "GET /api/rows(name='a')", "GET /api/rows"),
        ("GET **", "GET /anything/at/all", "POST /anything"),
        (r"^(GET|POST) .*/orders/\d+$", "POST /v2/orders/7", "GET /v2/orders/seven"),
    ],
)
def test_a_fault_hits_the_calls_its_pattern_names(url: str, call: str, hits: str, misses: str) -> None:
    arm(url, call=call, fault={"status": 503})

    answers = [status_of(method, url + path) for method, path in (misses.split(" "), hits.split(" "))]

    assert answers == [200, 503]


def test_a_fault_is_used_up_after_its_times(url: str) -> None:
    arm(url, call="GET /x", fault={"status": 500}, times=2)

    answers = [status_of("GET", f"{url}/x") for _ in range(3)]

    assert answers == [500, 500, 200]
    assert armed(url) == []


def test_faults_for_one_call_happen_in_the_order_they_were_armed(url: str) -> None:
    arm(url, call="GET /x", fault={"status": 500})
    arm(url, call="GET /x", fault={"status": 423})

    assert [status_of("GET", f"{url}/x") for _ in range(3)] == [500, 423, 200]


def test_an_armed_fault_can_be_seen_and_cleared(url: str) -> None:
    answer = arm(url, call="GET /x", fault={"status": 429, "headers": {"Retry-After": "1"}}, times=3)
    status_of("GET", f"{url}/x")
    seen = armed(url)

    cleared = requests.delete(f"{url}/_control/faults", timeout=5)

    assert (answer.status_code, answer.json()["left"]) == (201, 3)
    assert [(fault["call"], fault["left"]) for fault in seen] == [("GET /x", 2)]
    assert (cleared.status_code, armed(url)) == (204, [])
    assert status_of("GET", f"{url}/x") == 200


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ([{"status": 503}], "application/json", '[{"status": 503}]'),
        ("<h1>sorry</h1>", "text/plain; charset=utf-8", "<h1>sorry</h1>"),
        (None, "text/plain; charset=utf-8", ""),
    ],
)
def test_a_fault_answers_with_the_body_it_was_given(url: str, body: Any, content_type: str, text: str) -> None:
    arm(url, call="GET /x", fault={"status": 503, "body": body})

    answer = requests.get(f"{url}/x", timeout=5)

    assert (answer.status_code, answer.headers["content-type"], answer.text) == (503, content_type, text)
    assert effects(url) == []


def test_a_fault_can_replace_the_content_type(url: str) -> None:
    arm(url, call="GET /x", fault={"status": 502, "headers": {"Content-Type": "text/html"}, "body": "<p>"})

    assert requests.get(f"{url}/x", timeout=5).headers["content-type"] == "text/html"


@pytest.mark.parametrize("fault", ["delay_seconds", "answer_after_seconds"])
def test_a_delayed_call_is_answered_late_but_well(url: str, fault: str) -> None:
    arm(url, call="GET /x", fault={fault: 0.2})
    started = time.perf_counter()

    answer = requests.get(f"{url}/x", timeout=5)

    assert (answer.status_code, answer.json()) == (200, {"fine": True})
    assert time.perf_counter() - started >= 0.2


def test_a_late_answer_is_about_work_that_was_done_at_once(url: str) -> None:
    arm(url, call="POST /x", fault={"answer_after_seconds": 600})

    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{url}/x", json={}, timeout=(5, 0.5))

    wait_until(lambda: bool(effects(url)))
    assert len(effects(url)) == 1


@pytest.mark.parametrize(("drop", "commits"), [("before", 0), ("after", 1)])
def test_a_dropped_connection_gives_no_answer(url: str, drop: str, commits: int) -> None:
    arm(url, call="POST /x", fault={"drop": drop})

    with pytest.raises(requests.ConnectionError):
        requests.post(f"{url}/x", json={"large": "x" * 200_000}, timeout=5)

    assert len(effects(url)) == commits
    assert status_of("POST", f"{url}/x") == 200


@pytest.mark.parametrize(
    ("wish", "named"),
    [
        ({"call": "GET /x", "fault": {"stats": 500}}, "fault.stats"),
        ({"call": "GET /x", "fault": {"status": 500}, "time": 2}, "time"),
        ({"call": "GET /x", "fault": {"status": 500}, "times": 0}, "times"),
        ({"call": "GET /x", "fault": {"status": 500, "drop": "after"}}, "drop"),
        ({"call": "GET /x", "fault": {"drop": "later"}}, "drop"),
        ({"call": "GET /x", "fault": {"drop": "after", "answer_after_seconds": 1}}, "answer_after_seconds"),
        ({"call": "GET /x", "fault": {"body": "no status"}}, "status"),
        ({"call": "GET /x", "fault": {}}, "fault"),
        ({"call": "GET", "fault": {"status": 500}}, "METHOD"),
        ({"call": "^(", "fault": {"status": 500}}, "regular expression"),
        ({"fault": {"status": 500}}, "call"),
        ({"callbacks": {"loose": 1}}, "callbacks.loose"),
        ({"callbacks": {"lose": 1, "duplicate": 2}}, "callbacks"),
        ({"callbacks": {"reorder": 1}}, "callbacks.reorder"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_by_name(url: str, wish: dict[str, Any], named: str) -> None:
    answer = arm(url, **wish)

    assert answer.status_code == 400
    assert named in answer.json()["error"]
    assert armed(url) == []


def test_control_routes_are_never_hit(url: str) -> None:
    arm(url, call="GET **", fault={"status": 500}, times=5)

    assert status_of("GET", f"{url}/_control/effects") == 200


def test_effects_are_numbered_and_can_be_asked_by_kind(url: str) -> None:
    for path in ("a", "b"):
        status_of("GET", f"{url}/{path}")

    assert [(effect["n"], effect["path"]) for effect in effects(url, "?kind=called")] == [(1, "/a"), (2, "/b")]
    assert effects(url, "?kind=other") == []
    assert [effect["n"] for effect in effects(url, "?after=1")] == [2]
    assert requests.get(f"{url}/_control/effects?after=last", timeout=5).status_code == 400


@pytest.mark.parametrize("body", ["{", "[]", '{"registration": true}'])
def test_a_reset_that_cannot_be_understood_is_refused(url: str, body: str) -> None:
    status_of("GET", f"{url}/a")

    answer = requests.post(f"{url}/_control/reset", data=body, timeout=5)

    assert answer.status_code == 400
    assert len(effects(url)) == 1


def test_a_fault_with_a_chance_hits_that_share_of_calls_and_the_same_ones_for_the_same_seed(url: str) -> None:
    def answers(seed: int) -> list[int]:
        requests.delete(f"{url}/_control/faults", timeout=5)
        arm(url, call="GET /x", fault={"status": 503}, times=1000, chance=0.3, seed=seed)
        return [status_of("GET", f"{url}/x") for _ in range(40)]

    first, again, other = answers(7), answers(7), answers(8)

    assert first == again != other
    assert 4 <= first.count(503) <= 20
    assert armed(url)[0]["left"] == 1000 - other.count(503)


def test_what_a_fault_misses_by_chance_is_offered_to_the_next(url: str) -> None:
    arm(url, call="GET /x", fault={"status": 503}, times=1000, chance=0.5)
    arm(url, call="GET /x", fault={"status": 429}, times=1000)

    assert {status_of("GET", f"{url}/x") for _ in range(20)} == {503, 429}


def test_a_chance_that_is_none_is_refused(url: str) -> None:
    assert arm(url, call="GET /x", fault={"status": 503}, chance=0).status_code == 400
