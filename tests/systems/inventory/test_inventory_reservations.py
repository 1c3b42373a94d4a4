"""Soft reservations and their reversal."""

from typing import Any

import pytest
import requests

from sandbox.systems.inventory import Config, create_app
from sandbox.systems.kit import serve
from tests.systems.inventory.conftest import Service, place, reservation, reversal


def test_a_reservation_takes_units_from_what_may_be_reserved(inventory: Service) -> None:
    inventory.shelve(10)

    answer = inventory.reserve("r-1", 4)

    outcome = answer.json()
    assert (answer.status_code, bool(outcome.pop("reservationId"))) == (200, True)
    assert outcome == {"id": "r-1", "processingStatus": "success", "message": "", "statusCode": 200}
    assert inventory.available() == 6


def test_the_last_unit_can_be_reserved_and_no_more(inventory: Service) -> None:
    inventory.shelve(10)

    last, beyond = inventory.reserve("r-1", 10), inventory.reserve("r-2", 1)

    assert last.status_code == 200
    assert beyond.status_code == 400
    assert beyond.json() == {
        "id": "r-2",
        "processingStatus": "failed",
        "message": "Not enough available to reserve: 1 wanted, 0 available.",
        "statusCode": 400,
    }
    assert inventory.available() == 0


def test_availability_is_checked_unless_told_otherwise(inventory: Service) -> None:
    inventory.shelve(1)
    by_default = reservation("r-1", 2)
    del by_default["ifCheckAvailForReserv"]

    refused = inventory.post("/onhand/reserve", by_default)
    forced = inventory.reserve("r-2", 2, ifCheckAvailForReserv=False)

    assert [refused.status_code, forced.status_code] == [400, 200]
    assert inventory.available() == -1


def test_stock_of_another_warehouse_or_company_does_not_help(inventory: Service) -> None:
    inventory.shelve(10, warehouse="22")
    inventory.shelve(10, company="DEMF")

    assert inventory.reserve("r-1", 1).status_code == 400


def test_the_same_reservation_sent_again_counts_once(inventory: Service) -> None:
    inventory.shelve(10)

    first, again = inventory.reserve("r-1", 4), inventory.reserve("r-1", 4)

    assert again.json() == first.json()
    assert inventory.available() == 6
    assert len(inventory.effects("reserved")) == 1


def test_a_reservation_whose_answer_was_lost_is_found_by_its_id(inventory: Service) -> None:
    inventory.shelve(10)
    inventory.control("POST", "/faults", {"call": "POST /onhand/reserve", "fault": {"drop": "after"}})

    with pytest.raises(requests.ConnectionError):
        inventory.reserve("r-1", 4)
    again = inventory.reserve("r-1", 4)

    assert again.status_code == 200
    assert inventory.available() == 6


def test_a_refused_reservation_may_be_tried_again_with_its_id(inventory: Service) -> None:
    refused = inventory.reserve("r-1", 4)
    inventory.shelve(10)

    assert [refused.status_code, inventory.reserve("r-1", 4).status_code] == [400, 200]
    assert inventory.available() == 6


def test_a_reservation_id_stands_for_a_product_and_a_place(inventory: Service) -> None:
    inventory.shelve(10)
    inventory.shelve(10, warehouse="22")

    ids = [
        inventory.reserve("r-1", 1).json()["reservationId"],
        inventory.reserve("r-2", 2).json()["reservationId"],
        inventory.reserve("r-3", 1, dimensions=place("22")).json()["reservationId"],
    ]

    assert ids[0] == ids[1] != ids[2]


def test_units_given_back_can_be_reserved_again(inventory: Service) -> None:
    inventory.shelve(10)
    reservation_id = inventory.reserve("r-1", 10).json()["reservationId"]

    answer = inventory.unreserve("u-1", reservation_id, 4)

    assert answer.json() == {
        "reservationId": reservation_id,
        "totalInvalidOffsetQtyByReservId": 0,
        "id": "u-1",
        "processingStatus": "success",
        "message": "",
        "statusCode": 200,
    }
    assert inventory.available() == 4


def test_no_more_is_given_back_than_was_reserved(inventory: Service) -> None:
    inventory.shelve(20)
    reservation_id = inventory.reserve("r-1", 10).json()["reservationId"]

    answer = inventory.unreserve("u-1", reservation_id, 12)

    assert (answer.json()["processingStatus"], answer.json()["totalInvalidOffsetQtyByReservId"]) == (
        "partialSuccess",
        2,
    )
    assert inventory.available() == 20
    assert [effect["quantity"] for effect in inventory.effects("unreserved")] == [10]


def test_a_reversal_sent_again_counts_once(inventory: Service) -> None:
    inventory.shelve(10)
    reservation_id = inventory.reserve("r-1", 10).json()["reservationId"]

    first, again = (inventory.unreserve("u-1", reservation_id, 4) for _ in range(2))

    assert again.json() == first.json()
    assert inventory.available() == 4


def test_giving_back_what_is_already_back_changes_nothing(inventory: Service) -> None:
    inventory.shelve(10)
    reservation_id = inventory.reserve("r-1", 4).json()["reservationId"]
    inventory.unreserve("u-1", reservation_id, 4)

    answer = inventory.unreserve("u-2", reservation_id, 4)

    assert (answer.json()["processingStatus"], answer.json()["totalInvalidOffsetQtyByReservId"]) == (
        "partialSuccess",
        4,
    )
    assert inventory.available() == 10
    assert len(inventory.effects("unreserved")) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"reservationId": "made-up"},
        {"organizationId": "demf"},
        {"dimensions": place("22")},
        {"OffsetQty": 0},
        {"OffsetQty": "4"},
    ],
)
def test_a_reversal_must_name_the_reservation_it_reverses(inventory: Service, wrong: dict[str, Any]) -> None:
    inventory.shelve(10)
    reservation_id = inventory.reserve("r-1", 4).json()["reservationId"]

    answer = inventory.post("/onhand/unreserve", reversal("u-1", reservation_id, 4) | wrong)

    assert (answer.status_code, answer.json()["processingStatus"]) == (400, "failed")
    assert inventory.available() == 6


def test_a_negative_reservation_gives_units_back(inventory: Service) -> None:
    inventory.shelve(10)
    inventory.reserve("r-1", 4)

    given_back = inventory.reserve("r-2", -3, ifCheckAvailForReserv=False)
    too_many = inventory.reserve("r-3", -2, ifCheckAvailForReserv=False)
    checked = inventory.reserve("r-4", -1)

    assert [given_back.status_code, too_many.status_code, checked.status_code] == [200, 400, 400]
    assert inventory.available() == 9
    assert [effect["quantity"] for effect in inventory.effects("unreserved")] == [3]


def test_units_reserved_without_a_color_are_not_given_away_by_color(inventory: Service) -> None:
    inventory.shelve(5, dimensions={"colorId": "red"})
    inventory.shelve(3, dimensions={"colorId": "blue"})
    red = {**place(), "colorId": "red"}

    any_color = inventory.reserve("r-1", 6)
    too_many = inventory.reserve("r-2", 3, dimensions=red)
    rest = inventory.reserve("r-3", 2, dimensions=red)

    assert [any_color.status_code, too_many.status_code, rest.status_code] == [200, 400, 200]


def test_one_color_does_not_lend_to_another(inventory: Service) -> None:
    inventory.shelve(5, dimensions={"colorId": "red"})
    inventory.shelve(3, dimensions={"colorId": "blue"})

    assert inventory.reserve("r-1", 4, dimensions={**place(), "colorId": "blue"}).status_code == 400


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"dimensions": {"siteId": "1"}}, "locationid"),
        ({"dimensions": {**place(), "sizeId": "small"}}, "hierarchy"),
        ({"dimensions": {**place(), "shadeId": "red"}}, "shadeid"),
        ({"modifier": "softReservGuess"}, "iv.softreservguess"),
        ({"quantity": 0}, "zero"),
        ({"quantity": "1"}, "quantity"),
        ({"ifCheckAvailForReserv": "true"}, "ifcheckavailforreserv"),
        ({"productId": ""}, "productid"),
        ({"id": None}, "id"),
        ({"warehouse": "11"}, "warehouse"),
    ],
)
def test_a_reservation_that_cannot_be_is_told_why(inventory: Service, wrong: dict[str, Any], named: str) -> None:
    inventory.shelve(10)

    answer = inventory.post("/onhand/reserve", reservation("r-1", 1) | wrong)

    assert answer.status_code == 400
    assert named in answer.json()["message"]
    assert inventory.available() == 10


def test_a_configured_measure_is_checked_against_its_own_formula() -> None:
    config = Config.from_json(
        {
            "measures": {"fno": ["physicalinvent", "availphysical"], "iv": ["softReservPhysical"]},
            "formulas": {"iv.spare": {"fno.physicalinvent": 1, "iv.softReservPhysical": -1}},
            "reservations": {"iv.softReservPhysical": "iv.spare"},
        }
    )
    with serve(create_app(config)) as url:
        inventory = Service(url, config)
        inventory.sign_in()
        inventory.shelve(5, available=0)

        answers = [inventory.reserve(f"r-{n}", 3, modifier="softReservPhysical") for n in range(2)]

        inventory.http.close()
    assert [answer.status_code for answer in answers] == [200, 400]


@pytest.mark.parametrize("wish", [{"quantities": {"iv": {"softReservOrdered": 1}}}, {"dimensionDataSource": "pos"}])
def test_reservations_in_ways_not_imitated_say_so(inventory: Service, wish: dict[str, Any]) -> None:
    assert inventory.reserve("r-1", 1, **wish).status_code == 501
