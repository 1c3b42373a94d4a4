"""Change events, events in bulk, and what all of them leave behind."""

from typing import Any

import pytest

from tests.systems.inventory.conftest import BAG, Service, change, reservation, reversal


def test_a_bulk_call_answers_each_event_for_itself(inventory: Service) -> None:
    inventory.shelve(10)
    events = [reservation("r-1", 6), reservation("r-2", 6), {"id": "r-3"}, "nonsense", reservation("r-5", 4)]

    answer = inventory.post("/onhand/reserve/bulk", events)

    rows = [(row["id"], row["processingStatus"], row["statusCode"]) for row in answer.json()]
    assert answer.status_code == 200
    assert rows == [
        ("r-1", "success", 200),
        ("r-2", "failed", 400),
        ("r-3", "failed", 400),
        (None, "failed", 400),
        ("r-5", "success", 200),
    ]
    assert inventory.available() == 0


def test_a_bulk_call_sent_again_counts_once(inventory: Service) -> None:
    inventory.shelve(10)
    events = [reservation("r-1", 3), reservation("r-2", 3), reservation("r-2", 3)]

    first, again = (inventory.post("/onhand/reserve/bulk", events).json() for _ in range(2))

    assert first == again
    assert inventory.available() == 4


def test_reversals_and_changes_come_in_bulk_too(inventory: Service) -> None:
    inventory.shelve(10)
    reservation_id = inventory.reserve("r-1", 10).json()["reservationId"]

    back = inventory.post("/onhand/unreserve/bulk", [reversal(f"u-{n}", reservation_id, 2) for n in range(2)])
    changed = inventory.post("/onhand/bulk", [change(f"c-{n}", {"pos": {"inbound": 5}}) for n in range(2)])

    assert [row["processingStatus"] for row in back.json() + changed.json()] == ["success"] * 4
    assert inventory.available() == 14


@pytest.mark.parametrize("path", ["/onhand/bulk", "/onhand/reserve/bulk", "/onhand/unreserve/bulk"])
def test_a_bulk_call_holds_512_events(inventory: Service, path: str) -> None:
    answers = [inventory.post(path, [{}] * 512), inventory.post(path, [{}] * 513), inventory.post(path, {})]

    assert [answer.status_code for answer in answers] == [200, 400, 400]
    assert len(answers[0].json()) == 512


def test_a_change_is_added_and_counts_once(inventory: Service) -> None:
    inventory.shelve(10)

    first, again = (inventory.post("/onhand", change("c-1", {"pos": {"outbound": 2.5}})) for _ in range(2))

    assert (
        first.json() == again.json() == {"id": "c-1", "processingStatus": "success", "message": "", "statusCode": 200}
    )
    assert inventory.available() == 7.5


@pytest.mark.parametrize(
    ("quantities", "named"),
    [
        ({"fno": {"availPhysical": 1}}, "fno"),
        ({"pos": {"guess": 1}}, "pos.guess"),
        ({"till": {"inbound": 1}}, "till.inbound"),
        ({"iv": {"availableToReserve": 1}}, "iv.availabletoreserve"),
        ({"iv": {"softReservOrdered": 1}}, "reservations only"),
        ({"pos": {}}, "quantities"),
        ({}, "quantities"),
    ],
)
def test_a_change_that_cannot_be_is_told_why(inventory: Service, quantities: dict[str, Any], named: str) -> None:
    answer = inventory.post("/onhand", change("c-1", quantities))

    assert answer.status_code == 400
    assert named in answer.json()["message"]
    assert inventory.effects() == []


def test_a_change_of_several_measures_is_made_as_a_whole_or_not_at_all(inventory: Service) -> None:
    inventory.shelve(10)

    answer = inventory.post("/onhand", change("c-1", {"pos": {"inbound": 1, "guess": 1}}))

    assert answer.status_code == 400
    assert inventory.available() == 10


def test_every_effect_tells_what_changed(inventory: Service) -> None:
    inventory.shelve(10)
    inventory.post("/onhand", change("c-1", {"pos": {"inbound": 1}}))
    reservation_id = inventory.reserve("r-1", 4).json()["reservationId"]
    inventory.unreserve("u-1", reservation_id, 1)
    inventory.reserve("r-2", 99)

    effects = [{key: effect[key] for key in effect.keys() - {"n", "at"}} for effect in inventory.effects()]

    where = {"organization": "usmf", "product": BAG, "dimensions": {"siteid": "1", "locationid": "11"}}
    units = {**where, "reservation_id": reservation_id, "measure": "iv.softreservordered"}
    assert effects == [
        {"kind": "on_hand_changed", "id": "c-1", **where, "quantities": {"pos": {"inbound": 1}}},
        {"kind": "reserved", "id": "r-1", **units, "quantity": 4},
        {"kind": "unreserved", "id": "u-1", **units, "quantity": 1},
    ]


def test_a_reset_forgets_stock_reservations_and_ids(inventory: Service) -> None:
    inventory.shelve(10)
    inventory.reserve("r-1", 4)

    inventory.control("POST", "/reset")

    assert inventory.control("GET", "/stock").json() == {"stock": [], "reservations": []}
    assert inventory.reserve("r-1", 4).status_code == 400
