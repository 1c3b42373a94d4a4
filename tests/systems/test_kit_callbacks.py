"""Callbacks: how they are retried and what the callback faults do to them."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import requests
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.systems.kit import Callback, RetryPolicy, StandIn, read_json_object, serve

if TYPE_CHECKING:
    from tests.systems.conftest import Receiver

PATIENCE_SECONDS = 10.0


class Bell:
    """A stand-in that sends what a POST to `/ring` wishes for, and keeps what it was told about given-up ones."""

    def __init__(self, url: str, given_up: list[int | None]) -> None:
        self.url = url
        self.given_up = given_up

    def ring(self, destination: str, *labels: str) -> None:
        """All in one call: no time passes between them."""
        body = {"destination": destination, "labels": labels}
        requests.post(f"{self.url}/ring", json=body, timeout=5).raise_for_status()

    def arm(self, **fault: Any) -> None:
        requests.post(f"{self.url}/_control/faults", json=fault, timeout=5).raise_for_status()

    def attempts(self) -> list[dict[str, Any]]:
        """All attempts, once nothing is on its way any more."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (state := requests.get(f"{self.url}/_control/callbacks", timeout=5).json())["pending"]:
            assert time.monotonic() < deadline, "callbacks are still pending"
            time.sleep(0.01)
        return state["attempts"]


@contextmanager
def a_bell(retry: RetryPolicy, *, wanted: bool = True) -> Iterator[Bell]:
    stand_in, given_up = StandIn(retry), list[int | None]()
    stamps: Iterator[Mapping[str, str]] = ({"X-Stamp": str(number)} for number in range(1, 100))

    async def ring(request: Request) -> Response:
        wish = await read_json_object(request)
        for label in wish["labels"]:
            stand_in.callbacks.send(
                Callback(
                    destination=wish["destination"],
                    label=label,
                    body=json.dumps({"scope": label}).encode(),
                    headers=lambda: next(stamps),
                    wanted=lambda: wanted,
                    given_up=given_up.append,
                )
            )
        return Response(status_code=202)

    routes = [Route("/ring", ring, methods=["POST"])]
    with serve(stand_in.app(routes, reset=lambda _: None)) as url:
        yield Bell(url, given_up)


@pytest.fixture
def bell() -> Iterator[Bell]:
    # Nothing held is let go because time has passed.
    with a_bell(RetryPolicy(delays=(10, 20), time_scale=0.001, reorder_wait_seconds=60)) as bell:
        yield bell


def test_a_callback_is_delivered_once(bell: Bell, receiver: "Receiver") -> None:
    bell.ring(receiver.url, "a")

    [callback] = receiver.wait_for(1)
    assert callback.body == {"scope": "a"}
    assert [(attempt["attempt"], attempt["status"]) for attempt in bell.attempts()] == [(1, 200)]
    assert bell.given_up == []


def test_a_failed_callback_is_tried_again_after_each_wait_and_then_given_up(bell: Bell, receiver: "Receiver") -> None:
    receiver.answers.extend([500, 503, 404])

    bell.ring(receiver.url, "a")

    callbacks = receiver.wait_for(3)
    assert [(attempt["attempt"], attempt["status"]) for attempt in bell.attempts()] == [(1, 500), (2, 503), (3, 404)]
    assert [callback.headers["x-stamp"] for callback in callbacks] == ["1", "2", "3"]
    assert bell.given_up == [404]


def test_a_status_the_policy_does_not_retry_is_given_up_at_once(receiver: "Receiver") -> None:
    receiver.answers.extend([502, 400])
    policy = RetryPolicy(delays=(0.01, 0.01), retried=lambda status: status in {502, 503, 504})

    with a_bell(policy) as bell:
        bell.ring(receiver.url, "a")
        attempts = bell.attempts()

    assert [attempt["status"] for attempt in attempts] == [502, 400]
    assert bell.given_up == [400]


def test_a_callback_nobody_wants_any_more_is_not_tried_again(receiver: "Receiver") -> None:
    receiver.answers.append(500)

    with a_bell(RetryPolicy(delays=(0.01,)), wanted=False) as bell:
        bell.ring(receiver.url, "a")
        attempts = bell.attempts()

    assert [attempt["status"] for attempt in attempts] == [500]
    assert bell.given_up == []


def test_lost_callbacks_are_never_sent(bell: Bell, receiver: "Receiver") -> None:
    bell.arm(callbacks={"lose": 2})

    bell.ring(receiver.url, "a", "b", "c")

    bell.attempts()
    assert receiver.scopes == ["c"]


def test_only_callbacks_that_match_are_lost(bell: Bell, receiver: "Receiver") -> None:
    bell.arm(callbacks={"lose": 1}, match="order/*")

    bell.ring(receiver.url, "shipment/created", "order/created", "order/updated")

    bell.attempts()
    assert sorted(receiver.scopes) == ["order/updated", "shipment/created"]


def test_a_duplicated_callback_comes_several_times(bell: Bell, receiver: "Receiver") -> None:
    bell.arm(callbacks={"duplicate": 3}, times=1)

    bell.ring(receiver.url, "a", "b")

    bell.attempts()
    assert sorted(receiver.scopes) == ["a", "a", "a", "b"]


def test_a_delayed_callback_is_overtaken(bell: Bell, receiver: "Receiver") -> None:
    bell.arm(callbacks={"delay_seconds": 600})

    bell.ring(receiver.url, "slow", "quick")

    receiver.wait_for(1)
    assert receiver.scopes == ["quick"]


def test_a_delayed_callback_comes_after_its_delay(bell: Bell, receiver: "Receiver") -> None:
    bell.arm(callbacks={"delay_seconds": 0.2})
    started = time.monotonic()

    bell.ring(receiver.url, "slow")

    receiver.wait_for(1)
    assert receiver.scopes == ["slow"]
    assert time.monotonic() - started >= 0.2


def test_reordered_callbacks_come_backwards(bell: Bell, receiver: "Receiver") -> None:
    bell.arm(callbacks={"reorder": 3})

    bell.ring(receiver.url, "a", "b", "c", "d")

    receiver.wait_for(4)
    assert [scope for scope in receiver.scopes if scope != "d"] == ["c", "b", "a"]


def test_held_callbacks_come_even_when_too_few_follow(receiver: "Receiver") -> None:
    with a_bell(RetryPolicy(reorder_wait_seconds=0.05)) as bell:
        bell.arm(callbacks={"reorder": 3})

        bell.ring(receiver.url, "a", "b")

        receiver.wait_for(2)
    assert receiver.scopes == ["b", "a"]


def test_a_reset_drops_what_is_still_on_its_way(bell: Bell, receiver: "Receiver") -> None:
    bell.arm(callbacks={"delay_seconds": 600})
    bell.ring(receiver.url, "a")

    requests.post(f"{bell.url}/_control/reset", timeout=5).raise_for_status()

    assert bell.attempts() == []
    assert receiver.scopes == []
