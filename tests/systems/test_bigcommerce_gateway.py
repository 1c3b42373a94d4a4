"""What every call to the store's API must bring, and what every answer carries."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import requests

from sandbox.systems.bigcommerce import Config, create_app
from sandbox.systems.kit import serve

if TYPE_CHECKING:
    from tests.systems.conftest import Shop


@pytest.mark.parametrize("token", [None, "somebody-elses-token"])
def test_a_call_without_the_right_token_is_unauthorized(shop: "Shop", token: str | None) -> None:
    answer = shop.call("GET", "/v2/orders", headers={"X-Auth-Token": token})

    assert answer.status_code == 401
    assert answer.json()["status"] == 401
    assert {"title", "type"} <= answer.json().keys()


def test_another_stores_path_is_forbidden(shop: "Shop") -> None:
    answer = shop.http.get(f"{shop.url}/stores/other/v2/orders", timeout=5)

    assert (answer.status_code, answer.json()["status"]) == (403, 403)


def test_a_call_that_does_not_accept_json_is_not_acceptable(shop: "Shop") -> None:
    answer = shop.call("GET", "/v2/orders", headers={"Accept": "*/*"})

    assert answer.status_code == 406


def test_a_body_that_is_not_declared_as_json_is_an_unsupported_media_type(shop: "Shop") -> None:
    shop.place(10427)

    answer = shop.call("PUT", "/v2/orders/10427", data='{"status_id": 2}')

    assert answer.status_code == 415


@pytest.mark.parametrize("body", ["{", "[1]", ""])
def test_a_body_that_is_no_json_object_is_refused(shop: "Shop", body: str) -> None:
    shop.place(10427)

    answer = shop.call("PUT", "/v2/orders/10427", data=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400


def test_v2_errors_are_arrays_and_v3_errors_are_objects(shop: "Shop") -> None:
    v2 = shop.call("GET", "/v2/orders/999")
    v3 = shop.call("GET", "/v3/hooks/999")

    assert (v2.status_code, v2.json()[0]["status"]) == (404, 404)
    assert v2.json()[0]["message"]
    assert (v3.status_code, v3.json()["title"]) == (404, "Webhook with id [999] not found")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v2/nothing", 404), ("GET", "/v2/orders/abc", 404), ("PUT", "/v2/orders", 405)],
)
def test_what_does_not_exist_is_refused_in_the_apis_own_shape(
    shop: "Shop", method: str, path: str, status: int
) -> None:
    answer = shop.call(method, path, json={})

    assert (answer.status_code, answer.json()[0]["status"]) == (status, status)


def test_every_answer_tells_the_state_of_the_rate_limit(shop: "Shop") -> None:
    first, second = shop.call("GET", "/v2/orders"), shop.call("GET", "/v2/orders/999")

    left = [int(answer.headers["X-Rate-Limit-Requests-Left"]) for answer in (first, second)]
    assert left[1] == left[0] - 1
    assert first.headers["X-Rate-Limit-Requests-Quota"] == "1000000"
    assert first.headers["X-Rate-Limit-Time-Window-Ms"] == "30000"
    assert 0 < int(first.headers["X-Rate-Limit-Time-Reset-Ms"]) <= 30_000
    assert "X-Retry-After" not in first.headers


@contextmanager
def a_reader(config: Config) -> Iterator[Callable[[], requests.Response]]:
    """Reads once for each call, from a store of its own."""
    headers = {"X-Auth-Token": config.access_token, "Accept": "application/json"}
    with serve(create_app(config)) as url:
        yield lambda: requests.get(f"{url}/stores/q7xk2demo/v2/order_statuses", headers=headers, timeout=5)


def test_calls_within_the_quota_are_answered_and_no_more() -> None:
    with a_reader(Config(rate_limit_quota=2)) as read:
        answers = [read() for _ in range(3)]

    limited = answers[-1]
    reset_ms = int(limited.headers["X-Rate-Limit-Time-Reset-Ms"])
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["X-Rate-Limit-Requests-Left"] for answer in answers] == ["1", "0", "0"]
    assert 0 < reset_ms <= 30_000
    assert limited.headers["X-Retry-After"] == str(math.ceil(reset_ms / 1000))


def test_calls_beyond_the_quota_must_wait_as_long_as_the_answer_says() -> None:
    with a_reader(Config(rate_limit_quota=2, rate_limit_window_ms=400)) as read:
        # The window is as old as the store: it may end among the first calls.
        limited = next(answer for answer in (read() for _ in range(1000)) if answer.status_code == 429)
        time.sleep(int(limited.headers["X-Rate-Limit-Time-Reset-Ms"]) / 1000)
        after = read()

    assert limited.headers["X-Rate-Limit-Requests-Left"] == "0"
    assert after.status_code == 200


def test_a_configuration_with_an_unknown_key_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="acess_token"):
        Config.from_json({"acess_token": "typo"})


def test_a_configuration_is_read_from_json() -> None:
    config = Config.from_json({"store_hash": "abc", "rate_limit_quota": 150, "retry_time_scale": 0.5})

    assert config == Config(store_hash="abc", rate_limit_quota=150, retry_time_scale=0.5)
