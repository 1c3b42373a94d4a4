"""What the people in the warehouse can do to an order, and what they cannot."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.systems.flexe.conftest import Flexe


def shipped_quantities(order: dict[str, Any]) -> list[tuple[int, int]]:
    """Shipped and cancelled, line by line."""
    return [(line["quantity_shipped"], line["quantity_cancelled"]) for line in order["lines"]]


def test_shipping_without_words_ships_all_in_one_parcel(flexe: "Flexe") -> None:
    order_id = flexe.place()

    flexe.do(order_id, "ship")

    order = flexe.read(order_id)
    [shipment] = order["shipments"]
    assert (order["status"], shipped_quantities(order)) == ("shipped", [(2, 0), (1, 0)])
    assert shipment == {
        "id": shipment["id"],
        "shipped_at": shipment["shipped_at"],
        "carrier": "UPS",
        "service": "Ground",
        "tracking_numbers": shipment["tracking_numbers"],
        "tracking_url": None,
        "warehouse_id": "wh_12",
        "lines": [
            {"external_line_id": "30911", "sku": "BAG-CNV-OLV", "quantity": 2},
            {"external_line_id": "30912", "sku": "KTL-EN-1L", "quantity": 1},
        ],
    }
    assert len(shipment["tracking_numbers"]) == 1


def test_an_order_is_shipped_bit_by_bit(flexe: "Flexe") -> None:
    order_id = flexe.place()

    partly = flexe.do(order_id, "ship", parcels=[{"lines": {"30911": 1}}])
    wholly = flexe.do(order_id, "ship")

    assert (partly["status"], shipped_quantities(partly)) == ("partially_shipped", [(1, 0), (0, 0)])
    assert (wholly["status"], shipped_quantities(wholly)) == ("shipped", [(2, 0), (1, 0)])
    assert [line["quantity"] for line in wholly["shipments"][1]["lines"]] == [1, 1]


def test_parcels_have_their_own_carrier_numbers_and_warehouse(flexe: "Flexe") -> None:
    order_id = flexe.place()
    first = {"lines": {"30911": 2}, "carrier": "FedEx", "service": "Express", "tracking_numbers": ["F1", "F2"]}

    flexe.do(order_id, "ship", parcels=[first, {"warehouse": "wh_31", "tracking_numbers": []}])

    shipments = flexe.read(order_id)["shipments"]
    facts = [(s["carrier"], s["service"], s["tracking_numbers"], s["warehouse_id"]) for s in shipments]
    assert facts == [("FedEx", "Express", ["F1", "F2"], "wh_12"), ("UPS", "Ground", [], "wh_31")]
    assert shipments[0]["id"] != shipments[1]["id"]


@pytest.mark.parametrize(
    "parcels",
    [
        [{"lines": {"30911": 1}}, {"lines": {"30911": 2}}],
        [{"lines": {"40000": 1}}],
        [{}, {}],
        [{"lines": {"30911": 1}}, {"warehouse": "wh_99"}],
    ],
)
def test_parcels_that_cannot_be_packed_leave_the_order_alone(flexe: "Flexe", parcels: list[dict[str, Any]]) -> None:
    order_id = flexe.place()

    answer = flexe.control("POST", f"/orders/{order_id}/ship", {"parcels": parcels})

    assert answer.status_code == 409
    assert answer.json()["error"]
    assert flexe.read(order_id)["shipments"] == []


def test_a_short_line_completes_the_order_without_it(flexe: "Flexe") -> None:
    order_id = flexe.place()

    flexe.do(order_id, "short", lines={"30911": 1}, reason="damaged")
    flexe.do(order_id, "ship")

    order = flexe.read(order_id)
    assert (order["status"], shipped_quantities(order)) == ("shipped", [(1, 1), (1, 0)])
    assert order["cancel_reason"] == "damaged"


def test_an_order_is_done_when_what_is_left_falls_short(flexe: "Flexe") -> None:
    order_id = flexe.place()
    flexe.do(order_id, "ship", parcels=[{"lines": {"30911": 2}}])

    order = flexe.do(order_id, "short")

    assert (order["status"], shipped_quantities(order)) == ("shipped", [(2, 0), (0, 1)])


def test_an_order_of_which_nothing_is_found_is_cancelled(flexe: "Flexe") -> None:
    order = flexe.do(flexe.place(), "short")

    assert (order["status"], order["cancel_reason"]) == ("cancelled", "not in stock")


@pytest.mark.parametrize("word", ["on_hold", "exception", "backordered", "address_error"])
def test_an_order_on_hold_ships_only_once_it_is_accepted_again(flexe: "Flexe", word: str) -> None:
    order_id = flexe.place()
    held = flexe.do(order_id, "hold", status=word)

    refused = flexe.control("POST", f"/orders/{order_id}/ship")
    flexe.do(order_id, "accept")
    shipped = flexe.do(order_id, "ship")

    assert (held["status"], refused.status_code, shipped["status"]) == (word, 409, "shipped")


def test_late_tracking_numbers_replace_what_was_there(flexe: "Flexe") -> None:
    order_id = flexe.place()
    [shipment] = flexe.do(order_id, "ship", parcels=[{"tracking_numbers": []}])["shipments"]

    flexe.do(order_id, "track", shipment_id=shipment["id"], tracking_numbers=["1ZLATE"], carrier="USPS")

    [changed] = flexe.read(order_id)["shipments"]
    assert changed == shipment | {"tracking_numbers": ["1ZLATE"], "carrier": "USPS"}


@pytest.mark.parametrize(
    ("before", "deed", "words"),
    [
        (["ship"], "ship", {}),
        (["ship"], "cancel", {}),
        (["ship"], "short", {}),
        (["ship"], "reject", {"reason": "late"}),
        (["ship"], "hold", {}),
        (["cancel"], "ship", {}),
        (["pick"], "accept", {}),
        (["pick"], "pick", {}),
        ([], "accept", {}),
        ([], "deliver", {}),
        ([], "track", {"shipment_id": "shp_1", "tracking_numbers": []}),
    ],
)
def test_what_cannot_happen_to_an_order_is_a_conflict(
    flexe: "Flexe", before: list[str], deed: str, words: dict[str, Any]
) -> None:
    order_id = flexe.place()
    for earlier in before:
        flexe.do(order_id, earlier)
    untouched = flexe.read(order_id)

    answer = flexe.control("POST", f"/orders/{order_id}/{deed}", words)

    assert answer.status_code == 409
    assert flexe.read(order_id) == untouched


@pytest.mark.parametrize(
    ("deed", "words", "named"),
    [
        ("ship", {"parcels": []}, "parcels"),
        ("ship", {"lines": {"30911": 1}}, "lines"),
        ("ship", {"parcels": [{"lines": {"30911": 0}}]}, "30911"),
        ("hold", {"status": "lost"}, "status"),
        ("reject", {}, "reason"),
    ],
)
def test_words_nobody_understands_are_refused_by_name(
    flexe: "Flexe", deed: str, words: dict[str, Any], named: str
) -> None:
    answer = flexe.control("POST", f"/orders/{flexe.place()}/{deed}", words)

    assert answer.status_code == 400
    assert named in answer.json()["error"]


def test_unknown_orders_and_deeds_are_not_found(flexe: "Flexe") -> None:
    order_id = flexe.place()

    assert flexe.control("POST", "/orders/obo_1/ship").status_code == 404
    assert flexe.control("GET", "/orders/obo_1").status_code == 404
    assert flexe.control("POST", f"/orders/{order_id}/juggle").status_code == 404


def test_the_warehouse_knows_orders_by_either_id_and_as_they_were_sent(flexe: "Flexe") -> None:
    order_id = flexe.place("BC-1")

    shipped = flexe.do("BC-1", "ship")

    [listed] = flexe.control("GET", "/orders").json()["orders"]
    assert listed == shipped == flexe.control("GET", f"/orders/{order_id}").json()
    assert listed["wanted"] == flexe.body("BC-1")


def test_what_the_warehouse_does_is_no_effect(flexe: "Flexe") -> None:
    order_id = flexe.place()

    for deed in ("pick", "ship", "deliver"):
        flexe.do(order_id, deed)

    assert flexe.effects() == ["order_created"]
