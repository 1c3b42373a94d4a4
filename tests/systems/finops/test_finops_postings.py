"""Confirm, pick, pack, invoice, cancel: from F&O's two statuses to what Dataverse shows."""

from typing import Any

import pytest

from sandbox.systems.finops import Config, create_app
from sandbox.systems.finops.statuses import DocumentStatus, SalesStatus, header_status
from sandbox.systems.kit import serve
from tests.systems.finops.conftest import Organization

ACTIVE, CONFIRMED, PICKED, PARTLY_DELIVERED, DELIVERED, INVOICED, PARTLY_INVOICED, CANCELED = range(
    192350000, 192350008
)
OPEN_LINE, DELIVERED_LINE, INVOICED_LINE, CANCELED_LINE = range(192350001, 192350005)
NEW, IN_PROGRESS, COMPLETE, ALL_INVOICED, NO_MONEY = (0, 1), (0, 700970000), (3, 100001), (4, 100003), (2, 4)

Step = tuple[str, dict[str, float] | None]

JOURNEYS: list[tuple[str, list[Step], str, str, int, tuple[int, int], list[int]]] = [
    ("nothing", [], "Backorder", "None", ACTIVE, NEW, [OPEN_LINE, OPEN_LINE]),
    ("confirmed", [("confirm", None)], "Backorder", "Confirmation", CONFIRMED, IN_PROGRESS, [OPEN_LINE] * 2),
    ("picked", [("confirm", None), ("pick", None)], "Backorder", "PickingList", PICKED, IN_PROGRESS, [OPEN_LINE] * 2),
    ("one line picked", [("pick", {"1": 2})], "Backorder", "PickingList", PICKED, IN_PROGRESS, [OPEN_LINE] * 2),
    (
        "one line packed",
        [("pack", {"1": 2})],
        "Backorder",
        "PackingSlip",
        PARTLY_DELIVERED,
        IN_PROGRESS,
        [DELIVERED_LINE, OPEN_LINE],
    ),
    (
        "part of a line packed",
        [("pack", {"1": 1})],
        "Backorder",
        "PackingSlip",
        PARTLY_DELIVERED,
        IN_PROGRESS,
        [OPEN_LINE, OPEN_LINE],
    ),
    ("all packed", [("pack", None)], "Delivered", "PackingSlip", DELIVERED, COMPLETE, [DELIVERED_LINE] * 2),
    (
        "packed in two slips",
        [("pack", {"1": 2}), ("pack", None)],
        "Delivered",
        "PackingSlip",
        DELIVERED,
        COMPLETE,
        [DELIVERED_LINE] * 2,
    ),
    (
        "one line invoiced while the other is open",
        [("pack", {"1": 2}), ("invoice", {"1": 2})],
        "Backorder",
        "Invoice",
        PARTLY_INVOICED,
        IN_PROGRESS,
        [INVOICED_LINE, OPEN_LINE],
    ),
    (
        "all delivered and one line invoiced",
        [("pack", None), ("invoice", {"2": 3})],
        "Delivered",
        "Invoice",
        PARTLY_INVOICED,
        IN_PROGRESS,
        [DELIVERED_LINE, INVOICED_LINE],
    ),
    (
        "invoiced at once",
        [("invoice", None)],
        "Invoiced",
        "Invoice",
        INVOICED,
        ALL_INVOICED,
        [INVOICED_LINE] * 2,
    ),
    (
        "a confirmation after an invoice moves nothing back",
        [("invoice", {"1": 2}), ("confirm", None)],
        "Backorder",
        "Invoice",
        PARTLY_INVOICED,
        IN_PROGRESS,
        [INVOICED_LINE, OPEN_LINE],
    ),
    (
        "one line cancelled, the other packed",
        [("cancel", {"2": 3}), ("pack", None)],
        "Delivered",
        "PackingSlip",
        DELIVERED,
        COMPLETE,
        [DELIVERED_LINE, CANCELED_LINE],
    ),
    (
        "the open rest cancelled after a partial delivery",
        [("pack", {"1": 2}), ("cancel", None), ("invoice", None)],
        "Invoiced",
        "Invoice",
        INVOICED,
        ALL_INVOICED,
        [INVOICED_LINE, CANCELED_LINE],
    ),
    ("all cancelled", [("cancel", None)], "Canceled", "None", CANCELED, NO_MONEY, [CANCELED_LINE] * 2),
]


@pytest.mark.parametrize(
    ("steps", "sales", "document", "processing", "state", "lines"),
    [journey[1:] for journey in JOURNEYS],
    ids=[journey[0] for journey in JOURNEYS],
)
def test_the_statuses_follow_the_postings(
    finops: Organization,
    *,
    steps: list[Step],
    sales: str,
    document: str,
    processing: int,
    state: tuple[int, int],
    lines: list[int],
) -> None:
    order_id = finops.place("BC-1", (2, 3))

    for action, quantities in steps:
        finops.post("BC-1", action, quantities)

    order = finops.control("GET", "/orders/BC-1").json()
    assert (order["sales_status"], order["document_status"]) == (sales, document)
    assert finops.status(order_id) == (processing, *state)
    assert finops.lines(order_id, "msdyn_linestatus") == [[status] for status in lines]


def test_the_newer_maps_tell_delivered_and_partially_invoiced_apart() -> None:
    statuses = [header_status(SalesStatus.DELIVERED, DocumentStatus.INVOICE, name) for name in ("cds", "dynamics365")]

    assert [tuple(status) for status in statuses] == [(192350006, 0, 700970000), (192350008, 3, 100001)]


def test_the_newer_maps_can_be_configured() -> None:
    config = Config(status_map="dynamics365")
    with serve(create_app(config)) as url:
        finops = Organization(url, config)
        finops.sign_in()
        order_id = finops.place("BC-1", (2, 3))
        finops.post("BC-1", "pack")
        finops.post("BC-1", "invoice", {"1": 2})

        status = finops.status(order_id)

        finops.http.close()
    assert status == (192350008, 3, 100001)


def test_a_packing_slip_carries_quantity_and_tracking_back_to_the_line(finops: Organization) -> None:
    order_id = finops.place("BC-1", (2, 3))

    finops.post("BC-1", "pack", {"1": 2}, tracking_number="1Z999", carrier="fedex")
    finops.post("BC-1", "pack", {"2": 1})

    (first, second) = finops.lines(order_id, "quantityshipped,msdyn_trackingnumber,msdyn_carrier")
    assert first == [2, "1Z999", "fedex"]
    assert (second[0], second[2]) == (1, "ups")
    assert second[1].startswith("1ZDEMO")


def test_generated_tracking_numbers_are_always_the_same(finops: Organization) -> None:
    finops.place("BC-1")
    first = finops.post("BC-1", "pack")["lines"][0]["tracking_number"]
    finops.control("POST", "/reset")
    finops.place("BC-1")

    again = finops.post("BC-1", "pack")["lines"][0]["tracking_number"]

    assert again == first


@pytest.mark.parametrize(
    ("action", "body", "status", "reason"),
    [
        ("pack", {"lines": {"1": 3}}, 409, "2 is left to pack"),
        ("pack", {"lines": {"1": 0}}, 409, "can't pack 0"),
        ("pick", {"lines": {"9": 1}}, 409, "has no line 9"),
        ("pack", {"lines": "all"}, 400, "lines must read"),
        ("pack", {"weight": 1}, 400, "weight"),
        ("confirm", {"carrier": "ups"}, 400, "carrier"),
        ("explode", {}, 404, "unknown action"),
    ],
)
def test_an_impossible_posting_is_refused_with_a_reason(
    finops: Organization, action: str, body: dict[str, Any], status: int, reason: str
) -> None:
    finops.place("BC-1", (2,))

    answer = finops.control("POST", f"/orders/BC-1/{action}", body)

    assert answer.status_code == status
    assert reason in answer.json()["error"]


@pytest.mark.parametrize(
    ("first", "then", "reason"),
    [
        ("pack", "pack", "nothing left to pack"),
        ("invoice", "invoice", "nothing left to invoice"),
        ("pack", "cancel", "nothing left to cancel"),
        ("cancel", "pack", "is canceled"),
        ("cancel", "cancel", "already canceled"),
    ],
)
def test_nothing_is_posted_twice(finops: Organization, first: str, then: str, reason: str) -> None:
    finops.place("BC-1")
    finops.post("BC-1", first)

    answer = finops.control("POST", f"/orders/BC-1/{then}")

    assert answer.status_code == 409
    assert reason in answer.json()["error"]


def test_an_unknown_order_is_404(finops: Organization) -> None:
    assert finops.control("GET", "/orders/BC-9").status_code == 404
    assert finops.control("POST", "/orders/BC-9/pack").status_code == 404


def test_lines_may_be_listed_and_named_by_position(finops: Organization) -> None:
    order_id = finops.place("BC-1", ())
    for sequence in (10, 20):
        finops.call("POST", f"salesorders({order_id})/order_details", finops.line_body(sequence))

    answer = finops.control(
        "POST", "/orders/BC-1/pack", {"lines": [{"line": 2, "quantity": 1}, {"line": 10, "quantity": 2}]}
    )

    assert [line["delivered"] for line in answer.json()["lines"]] == [2, 1]


def test_a_line_added_to_a_delivered_order_opens_it_again(finops: Organization) -> None:
    order_id = finops.place("BC-1", (2,))
    finops.post("BC-1", "pack")

    finops.call("POST", f"salesorders({order_id})/order_details", finops.line_body(2))

    assert finops.status(order_id) == (PARTLY_DELIVERED, *IN_PROGRESS)


def test_delivered_goods_can_be_neither_reduced_nor_deleted(finops: Organization) -> None:
    order_id = finops.place("BC-1", (2,))
    finops.post("BC-1", "pack")
    line = finops.read("salesorderdetails?$select=quantity")["value"][0]["salesorderdetailid"]

    reduced = finops.refusal("PATCH", f"salesorderdetails({line})", {"quantity": 1})
    deleted = finops.refusal("DELETE", f"salesorders({order_id})")

    assert "less than the 2 already delivered" in reduced[2]
    assert "can't be deleted" in deleted[2]
    assert finops.lines(order_id, "quantity") == [[2]]
