"""Creating, reading and cancelling outbound orders through the API."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from tests.systems.flexe.conftest import Flexe

KNOWN_SKUS = ["BAG-CNV-OLV"]


def flaws(answer: requests.Response) -> tuple[int, list[tuple[str, str | None]]]:
    """The status of a refusal, and code and field of each of its errors."""
    return answer.status_code, [(error["code"], error["field"]) for error in answer.json()["errors"]]


def test_a_created_order_is_answered_before_it_is_checked(flexe: "Flexe") -> None:
    answer = flexe.call("POST", body=flexe.body())

    order = answer.json()
    assert answer.status_code == 201
    assert order == {
        "id": order["id"],
        "owner_id": "own_7741",
        "external_order_id": "BC-q7xk2demo-10427",
        "status": "pending",
        "created_at": order["created_at"],
        "updated_at": order["updated_at"],
        "cancel_reason": None,
        "lines": [
            {
                "id": order["lines"][0]["id"],
                "external_line_id": "30911",
                "sku": "BAG-CNV-OLV",
                "quantity": 2,
                "quantity_shipped": 0,
                "quantity_cancelled": 0,
            },
            {
                "id": order["lines"][1]["id"],
                "external_line_id": "30912",
                "sku": "KTL-EN-1L",
                "quantity": 1,
                "quantity_shipped": 0,
                "quantity_cancelled": 0,
            },
        ],
        "shipments": [],
    }
    assert flexe.read(order["id"])["status"] == "accepted"


def test_a_creation_is_an_effect_with_its_quantities(flexe: "Flexe") -> None:
    order_id = flexe.place()

    [effect] = flexe.control("GET", "/effects?kind=order_created").json()["effects"]

    assert (effect["order_id"], effect["external_order_id"]) == (order_id, "BC-q7xk2demo-10427")
    assert effect["lines"] == {"30911": 2, "30912": 1}


def test_only_what_an_order_needs_must_be_given(flexe: "Flexe") -> None:
    ship_to = {"name": "Mara Quill", "address_1": "12 Harbor Lane", "city": "Portland", "country_code": "US"}
    body = flexe.body(ship_to=ship_to, lines=[{"external_line_id": "1", "sku": "A", "quantity": 1}])
    del body["metadata"], body["ship_by"]

    assert flexe.call("POST", body=body).status_code == 201


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"external_order_id": ""}, "invalid", "external_order_id"),
        ({"external_order_id": 10427}, "invalid", "external_order_id"),
        ({"ordered_at": "2026-01-01 12:00"}, "invalid", "ordered_at"),
        ({"ordered_at": "2026-01-01T12:00:00+01:00"}, "invalid", "ordered_at"),
        ({"ordered_at": "2026-13-01T12:00:00Z"}, "invalid", "ordered_at"),
        ({"ship_by": "soon"}, "invalid", "ship_by"),
        ({"service_level": None}, "invalid", "service_level"),
        ({"total": "20.00"}, "unknown_field", "total"),
        ({"lines": []}, "invalid", "lines"),
        ({"metadata": {"source_order_id": 10427}}, "invalid", "metadata.source_order_id"),
    ],
)
def test_an_order_with_a_wrong_field_is_refused_by_its_name(
    flexe: "Flexe", change: dict[str, Any], code: str, field: str
) -> None:
    answer = flexe.call("POST", body=flexe.body(**change))

    assert flaws(answer) == (422, [(code, field)])
    assert flexe.effects() == []


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"quantity": 0}, "invalid", "lines[1].quantity"),
        ({"quantity": "1"}, "invalid", "lines[1].quantity"),
        ({"quantity": 1.5}, "invalid", "lines[1].quantity"),
        ({"sku": " "}, "invalid", "lines[1].sku"),
        ({"price": "9.99"}, "unknown_field", "lines[1].price"),
        ({"external_line_id": "30911"}, "duplicate_line", "lines[1].external_line_id"),
    ],
)
def test_a_wrong_line_is_refused_by_its_place(flexe: "Flexe", change: dict[str, Any], code: str, field: str) -> None:
    body = flexe.body()
    body["lines"][1] |= change

    assert flaws(flexe.call("POST", body=body)) == (422, [(code, field)])


@pytest.mark.parametrize("country", ["usa", "us", ""])
def test_a_country_is_a_two_letter_code(flexe: "Flexe", country: str) -> None:
    body = flexe.body()
    body["ship_to"]["country_code"] = country

    assert flaws(flexe.call("POST", body=body)) == (422, [("invalid", "ship_to.country_code")])


def test_all_that_is_wrong_is_told_at_once(flexe: "Flexe") -> None:
    body = flexe.body()
    del body["order_type"], body["ship_to"]["city"], body["lines"][0]["sku"]

    answer = flexe.call("POST", body=body)

    assert flaws(answer) == (
        422,
        [("required", "order_type"), ("required", "ship_to.city"), ("required", "lines[0].sku")],
    )


def test_a_product_the_owner_does_not_have_is_refused(flexe: "Flexe") -> None:
    flexe.switch(skus=KNOWN_SKUS)

    answer = flexe.call("POST", body=flexe.body())

    assert flaws(answer) == (422, [("unknown_sku", "lines[1].sku")])
    assert answer.json()["errors"][0]["message"] == "sku is not set up for this owner"


def test_a_product_the_owner_does_not_have_may_be_noticed_late(flexe: "Flexe") -> None:
    flexe.switch(skus=KNOWN_SKUS, unknown_skus="reject_later")

    answer = flexe.call("POST", body=flexe.body())

    order = flexe.read(answer.json()["id"])
    assert (answer.status_code, answer.json()["status"]) == (201, "pending")
    assert (order["status"], order["cancel_reason"]) == ("rejected", "lines[1].sku: sku is not set up for this owner")


@pytest.mark.parametrize(("policy", "status"), [("conflict_409", 409), ("unprocessable_422", 422)])
def test_a_known_external_id_is_refused_as_a_duplicate(flexe: "Flexe", policy: str, status: int) -> None:
    flexe.switch(duplicate_policy=policy)
    flexe.place()

    answer = flexe.call("POST", body=flexe.body())

    assert flaws(answer) == (status, [("duplicate_external_order_id", "external_order_id")])
    assert flexe.effects() == ["order_created"]


def test_a_known_external_id_may_be_answered_with_the_order_it_has(flexe: "Flexe") -> None:
    flexe.switch(duplicate_policy="replay_200")
    order_id = flexe.place()

    answer = flexe.call("POST", body=flexe.body(service_level="express"))

    assert (answer.status_code, answer.json()["id"]) == (200, order_id)
    assert flexe.effects() == ["order_created"]


def test_a_known_external_id_may_make_a_second_order(flexe: "Flexe") -> None:
    flexe.switch(duplicate_policy="accept_duplicate")

    first, second = flexe.place(), flexe.place()

    found = flexe.find(external_order_id="BC-q7xk2demo-10427")["outbound_orders"]
    assert [order["id"] for order in found] == [first, second]
    assert flexe.effects() == ["order_created"] * 2


def test_a_rejected_order_keeps_its_external_id(flexe: "Flexe") -> None:
    flexe.do(flexe.place(), "reject", reason="bad address")

    answer = flexe.call("POST", body=flexe.body())

    assert answer.status_code == 409


def test_of_a_race_of_creates_one_wins(flexe: "Flexe") -> None:
    with ThreadPoolExecutor(8) as racers:
        answers = list(racers.map(lambda _: flexe.call("POST", body=flexe.body()).status_code, range(8)))

    assert sorted(answers) == [201] + [409] * 7
    assert flexe.effects() == ["order_created"]


def test_an_order_that_nobody_touched_is_cancelled_when_asked(flexe: "Flexe") -> None:
    order_id = flexe.place()

    answer = flexe.call("POST", f"/{order_id}/cancel", {"reason": "shopper changed their mind"})

    order = answer.json()
    assert (answer.status_code, order["status"]) == (200, "cancelled")
    assert order["cancel_reason"] == "shopper changed their mind"
    assert [line["quantity_cancelled"] for line in order["lines"]] == [2, 1]
    assert flexe.effects() == ["order_created", "order_canceled"]


def test_a_cancellation_may_only_be_noted(flexe: "Flexe") -> None:
    flexe.switch(cancellation="on_request")
    order_id = flexe.place()

    first = flexe.call("POST", f"/{order_id}/cancel", {"reason": "fraud"})
    again = flexe.call("POST", f"/{order_id}/cancel", {"reason": "fraud"})
    flexe.do(order_id, "cancel", reason="as asked")
    after = flexe.call("POST", f"/{order_id}/cancel", {"reason": "fraud"})

    answers = [(answer.status_code, answer.json()["status"]) for answer in (first, again, after)]
    assert answers == [(202, "cancel_requested"), (202, "cancel_requested"), (200, "cancelled")]
    assert flexe.effects() == ["order_created", "order_cancel_requested"]


@pytest.mark.parametrize(
    ("deeds", "status"),
    [
        (["pick"], "processing"),
        (["ship"], "shipped"),
        (["ship", "deliver"], "delivered"),
    ],
)
def test_an_order_that_is_being_worked_on_is_not_cancelled(flexe: "Flexe", deeds: list[str], status: str) -> None:
    order_id = flexe.place()
    for deed in deeds:
        flexe.do(order_id, deed)

    answer = flexe.call("POST", f"/{order_id}/cancel", {"reason": "late"})

    assert flaws(answer) == (409, [("not_cancellable", None)])
    assert flexe.read(order_id)["status"] == status
    assert flexe.effects() == ["order_created"]


def test_an_order_of_which_a_part_has_left_is_not_cancelled(flexe: "Flexe") -> None:
    order_id = flexe.place()
    flexe.do(order_id, "ship", parcels=[{"lines": {"30911": 1}}])

    answer = flexe.call("POST", f"/{order_id}/cancel", {"reason": "late"})

    assert flaws(answer) == (409, [("not_cancellable", None)])


def test_a_parcel_on_its_way_beats_a_cancellation(flexe: "Flexe") -> None:
    flexe.switch(cancellation="on_request")
    order_id = flexe.place()
    flexe.call("POST", f"/{order_id}/cancel", {"reason": "late"})

    flexe.do(order_id, "ship")

    order = flexe.read(order_id)
    assert (order["status"], order["cancel_reason"]) == ("shipped", None)


def test_a_cancellation_needs_an_order_and_a_reason(flexe: "Flexe") -> None:
    order_id = flexe.place()

    assert flaws(flexe.call("POST", "/obo_1/cancel", {"reason": "late"})) == (404, [("not_found", None)])
    assert flaws(flexe.call("POST", f"/{order_id}/cancel", {})) == (422, [("required", "reason")])
    assert flaws(flexe.call("POST", f"/{order_id}/cancel", {"reason": "x", "by": "me"})) == (
        422,
        [("unknown_field", "by")],
    )


def test_status_words_may_be_spelled_in_other_ways(flexe: "Flexe") -> None:
    flexe.switch(status_words={"accepted": "Received", "cancelled": "Canceled"})
    order_id = flexe.place()

    before = flexe.read(order_id)["status"]
    after = flexe.call("POST", f"/{order_id}/cancel", {"reason": "late"})

    assert (before, after.status_code, after.json()["status"]) == ("Received", 200, "Canceled")
    assert flexe.control("GET", f"/orders/{order_id}").json()["status"] == "cancelled"
