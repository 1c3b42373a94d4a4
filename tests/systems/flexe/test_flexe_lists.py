"""Finding orders: by external id, by what has changed, by status, page by page."""

from typing import TYPE_CHECKING

import pytest

from tests.systems.conftest import wait_until

if TYPE_CHECKING:
    from tests.systems.flexe.conftest import Flexe

FAR_FUTURE = "2999-01-01T00:00:00Z"


def test_an_order_is_found_by_its_external_id(flexe: "Flexe") -> None:
    order_id = flexe.place("BC-1")
    flexe.place("BC-2")

    found = flexe.find(external_order_id="BC-1")

    assert found == {"outbound_orders": [flexe.read(order_id)], "next_cursor": None}


def test_an_unknown_external_id_finds_an_empty_list(flexe: "Flexe") -> None:
    assert flexe.find(external_order_id="BC-1") == {"outbound_orders": [], "next_cursor": None}


def test_a_new_order_may_be_found_only_after_a_while(flexe: "Flexe") -> None:
    flexe.switch(lookup_lag_ms=60_000)
    late = flexe.place("BC-1")
    flexe.switch(lookup_lag_ms=0)
    flexe.place("BC-2")

    found = flexe.find()["outbound_orders"]

    assert flexe.read(late)["external_order_id"] == "BC-1"
    assert [order["external_order_id"] for order in found] == ["BC-2"]
    assert flexe.call("POST", body=flexe.body("BC-1")).status_code == 409


def test_an_order_is_found_once_the_while_is_over(flexe: "Flexe") -> None:
    flexe.switch(lookup_lag_ms=50)

    flexe.place("BC-1")

    wait_until(lambda: len(flexe.find(external_order_id="BC-1")["outbound_orders"]) == 1)


def test_a_sweep_sees_what_has_changed_since(flexe: "Flexe") -> None:
    order_id = flexe.place()
    shown_at = flexe.read(order_id)["updated_at"]

    assert len(flexe.find(updated_since=shown_at)["outbound_orders"]) == 1
    assert flexe.find(updated_since=FAR_FUTURE)["outbound_orders"] == []


def test_orders_are_found_by_status(flexe: "Flexe") -> None:
    flexe.place("BC-1")
    shipped = flexe.place("BC-2")
    flexe.do(shipped, "ship")

    found = flexe.find(status="shipped")["outbound_orders"]

    assert [order["id"] for order in found] == [shipped]


def test_pages_lead_through_all_orders_least_recently_changed_first(flexe: "Flexe") -> None:
    first, second, third = flexe.place("BC-1"), flexe.place("BC-2"), flexe.place("BC-3")
    flexe.do(first, "pick")

    page = flexe.find(limit=2)
    rest = flexe.find(limit=2, cursor=page["next_cursor"])

    assert [order["id"] for order in page["outbound_orders"]] == [second, third]
    assert [order["id"] for order in rest["outbound_orders"]] == [first]
    assert rest["next_cursor"] is None


def test_an_order_that_changes_between_two_pages_comes_again(flexe: "Flexe") -> None:
    first, second = flexe.place("BC-1"), flexe.place("BC-2")
    page = flexe.find(limit=1)

    flexe.do(first, "ship")
    rest = flexe.find(cursor=page["next_cursor"])

    assert [order["id"] for order in rest["outbound_orders"]] == [second, first]


@pytest.mark.parametrize(
    ("query", "code", "named"),
    [
        ("", "required", "owner_id"),
        ("owner_id=own_7741&page=2", "unknown_parameter", "page"),
        ("owner_id=own_7741&limit=0", "invalid", "limit"),
        ("owner_id=own_7741&limit=101", "invalid", "limit"),
        ("owner_id=own_7741&limit=all", "invalid", "limit"),
        ("owner_id=own_7741&status=lost", "invalid", "status"),
        ("owner_id=own_7741&status=shipped&status=accepted", "invalid", "status"),
        ("owner_id=own_7741&updated_since=yesterday", "invalid", "updated_since"),
        ("owner_id=own_7741&updated_since=2026-02-30T00:00:00Z", "invalid", "updated_since"),
        ("owner_id=own_7741&updated_since=2026-01-01T00:00:00", "invalid", "updated_since"),
        ("owner_id=own_7741&cursor=abc", "invalid_cursor", "cursor"),
        ("owner_id=own_7741&cursor=e30=", "invalid_cursor", "cursor"),
    ],
)
def test_a_query_that_cannot_be_understood_is_refused_by_name(
    flexe: "Flexe", query: str, code: str, named: str
) -> None:
    answer = flexe.call("GET", f"?{query}")

    [error] = answer.json()["errors"]
    assert (answer.status_code, error["code"], error["field"]) == (400, code, named)


def test_a_cursor_belongs_to_its_query(flexe: "Flexe") -> None:
    flexe.place("BC-1")
    flexe.place("BC-2")
    cursor = flexe.find(limit=1)["next_cursor"]

    answer = flexe.call("GET", params={"owner_id": "own_7741", "status": "accepted", "cursor": cursor})

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "invalid_cursor")
