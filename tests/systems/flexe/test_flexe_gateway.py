"""What every call to Flexe must bring, how it refuses, and what can go wrong on the way."""

from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox.systems.flexe import Config, create_app
from sandbox.systems.kit import serve
from tests.systems.conftest import wait_until

if TYPE_CHECKING:
    from tests.systems.flexe.conftest import Flexe


def refusal(answer: requests.Response) -> tuple[int, str]:
    [error] = answer.json()["errors"]
    return answer.status_code, error["code"]


@pytest.mark.parametrize("credentials", [None, "", "sandbox-flexe-token", "Bearer somebody-elses", "Bearer "])
def test_a_call_without_the_right_token_is_unauthorized(flexe: "Flexe", credentials: str | None) -> None:
    answer = flexe.call("GET", "/obo_1", headers={"Authorization": credentials})

    assert refusal(answer) == (401, "unauthorized")
    assert answer.json()["request_id"].startswith("req_")


def test_a_rotated_token_locks_the_old_one_out(flexe: "Flexe") -> None:
    flexe.switch(api_token="new-token")

    old = flexe.call("GET", params={"owner_id": "own_7741"})
    new = flexe.call("GET", params={"owner_id": "own_7741"}, headers={"Authorization": "Bearer new-token"})

    assert (old.status_code, new.status_code) == (401, 200)


def test_the_token_may_travel_in_a_header_of_its_own() -> None:
    config = Config(auth_header="X-Api-Key", auth_scheme="", api_token="key-1", orders_path="/api/v2/orders")
    with serve(create_app(config)) as url:
        address = f"{url}/api/v2/orders?owner_id=own_7741"

        allowed = requests.get(address, headers={"X-Api-Key": "key-1"}, timeout=5)
        refused = requests.get(address, headers={"Authorization": "Bearer key-1"}, timeout=5)

    assert (allowed.status_code, refused.status_code) == (200, 401)


def test_another_owners_orders_are_forbidden(flexe: "Flexe") -> None:
    written = flexe.call("POST", body=flexe.body(owner_id="own_1"))
    listed = flexe.call("GET", params={"owner_id": "own_1"})

    assert refusal(written) == refusal(listed) == (403, "forbidden")


@pytest.mark.parametrize("body", ["{", "[1]", "", '"text"'])
def test_a_body_that_is_no_json_object_is_refused(flexe: "Flexe", body: str) -> None:
    answer = flexe.call("POST", data=body, headers={"Content-Type": "application/json"})

    assert refusal(answer) == (400, "malformed_json")


def test_a_body_that_is_not_declared_as_json_is_an_unsupported_media_type(flexe: "Flexe") -> None:
    answer = flexe.call("POST", data="{}")

    assert refusal(answer) == (415, "unsupported_media_type")


def test_what_does_not_exist_is_refused_in_the_apis_own_shape(flexe: "Flexe") -> None:
    assert refusal(flexe.call("GET", "/obo_1")) == (404, "not_found")
    assert refusal(flexe.call("GET", "/obo_1/parcels")) == (404, "not_found")
    assert refusal(flexe.call("DELETE", "/obo_1")) == (405, "method_not_allowed")


def test_too_many_calls_are_told_when_to_come_again(flexe: "Flexe") -> None:
    flexe.switch(rate_limit_calls=2)

    first, second, third = (flexe.call("GET", params={"owner_id": "own_7741"}) for _ in range(3))

    assert (first.status_code, second.status_code) == (200, 200)
    assert refusal(third) == (429, "rate_limited")
    assert 0 < int(third.headers["Retry-After"]) <= 60


def test_too_many_calls_may_be_told_nothing_but_that(flexe: "Flexe") -> None:
    flexe.switch(rate_limit_calls=0, tells_retry_after=False)

    answer = flexe.call("GET", params={"owner_id": "own_7741"})

    assert answer.status_code == 429
    assert "Retry-After" not in answer.headers


def test_calls_are_let_in_again_as_the_window_slides() -> None:
    with serve(create_app(Config(rate_limit_calls=1, rate_limit_seconds=0.1))) as url:
        address, token = f"{url}/v1/outbound_orders?owner_id=own_7741", {"Authorization": "Bearer sandbox-flexe-token"}

        def answers(status: int) -> bool:
            return requests.get(address, headers=token, timeout=5).status_code == status

        wait_until(lambda: answers(429))
        wait_until(lambda: answers(200))


@pytest.mark.parametrize("body", ["<html>Bad Gateway</html>", {"error": "x"}, {"message": "x"}])
def test_an_armed_outage_answers_whatever_a_proxy_would(flexe: "Flexe", body: Any) -> None:
    flexe.arm(call="POST /v1/outbound_orders", fault={"status": 503, "body": body, "headers": {"Retry-After": "7"}})

    refused = flexe.call("POST", body=flexe.body())
    taken = flexe.call("POST", body=flexe.body())

    assert (refused.status_code, refused.headers["Retry-After"], taken.status_code) == (503, "7", 201)
    assert (refused.text if isinstance(body, str) else refused.json()) == body


def test_a_connection_dropped_after_storing_leaves_one_order(flexe: "Flexe") -> None:
    flexe.arm(call="POST /v1/outbound_orders", fault={"drop": "after"})

    with pytest.raises(requests.ConnectionError):
        flexe.call("POST", body=flexe.body())

    [order] = flexe.find(external_order_id="BC-q7xk2demo-10427")["outbound_orders"]
    assert order["status"] == "accepted"
    assert flexe.effects() == ["order_created"]


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        ({"duplicate_polcy": "replay_200"}, "duplicate_polcy"),
        ({"duplicate_policy": "often"}, "duplicate_policy"),
        ({"webhooks": [{"name": "a", "url": "http://x", "secret": "s", "colour": "red"}]}, "colour"),
        ({"orders_path": "orders"}, "orders_path"),
        ({"warehouses": []}, "warehouses"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused_by_name(raw: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Config.from_json(raw)


@pytest.mark.parametrize(
    ("switches", "named"), [({"owner_id": "own_1"}, "owner_id"), ({"lookup_lag_ms": -1}, "lookup_lag_ms")]
)
def test_a_switch_that_cannot_be_thrown_is_refused_by_name(
    flexe: "Flexe", switches: dict[str, Any], named: str
) -> None:
    answer = flexe.control("POST", "/switches", switches)

    assert answer.status_code == 400
    assert named in answer.json()["error"]


def test_a_reset_empties_the_warehouse_and_puts_the_switches_back(flexe: "Flexe") -> None:
    as_given = flexe.control("GET", "/switches").json()
    flexe.switch(duplicate_policy="accept_duplicate", lookup_lag_ms=60_000)
    order_id = flexe.place()

    flexe.control("POST", "/reset")

    assert flexe.control("GET", "/switches").json() == as_given
    assert flexe.control("GET", "/orders").json() == {"orders": []}
    assert (flexe.call("GET", f"/{order_id}").status_code, flexe.effects()) == (404, [])
