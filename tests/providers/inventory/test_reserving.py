"""Promises nobody else can take, and taking them back."""

import logging
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from shared.domain.errors import RejectedByProvider, TransientProviderError
from tests.providers.inventory.samples import BAG, SEATTLE, TACOMA, a_reservation

RESERVE, UNRESERVE = "POST /onhand/reserve/bulk", "POST /onhand/unreserve/bulk"


def kept(stock, *wanted):
    """The reservations as they are after they were made."""
    outcome = stock.reserve(wanted)
    assert [each.refusal for each in outcome] == [""] * len(wanted)
    return [each.reservation for each in outcome]


def test_units_are_kept_and_the_reservation_can_be_undone(warehouses, stock):
    warehouses.shelve(10)

    [outcome] = stock.reserve([a_reservation(quantity="2.5")])

    assert outcome.refusal == ""
    assert outcome.reservation.reservation_id
    assert outcome.reservation.with_(reservation_id="") == a_reservation(quantity="2.5")
    assert warehouses.reserved() == [2.5]


def test_each_is_kept_or_refused_whatever_becomes_of_the_others(warehouses, stock):
    warehouses.shelve_all([(SEATTLE, BAG, 10), (TACOMA, BAG, 3)])
    wanted = [a_reservation("r-1", "8"), a_reservation("r-2", "3"), a_reservation("r-3", "3", place=TACOMA)]

    outcome = stock.reserve(wanted)

    assert [each.reservation.key for each in outcome] == ["r-1", "r-2", "r-3"]
    assert [bool(each.reservation.reservation_id) for each in outcome] == [True, False, True]
    assert [each.refusal for each in outcome] == ["", "Not enough available to reserve: 3 wanted, 2 available.", ""]
    assert sorted(warehouses.reserved()) == [3, 8]


def test_a_product_that_was_never_stocked_is_refused(stock):
    [outcome] = stock.reserve([a_reservation(product="NO-SUCH-PRODUCT")])

    assert "0 available" in outcome.refusal


@pytest.mark.parametrize("quantity", ["0", "-1"])
def test_nothing_and_less_than_nothing_cannot_be_kept(warehouses, stock, quantity):
    warehouses.shelve(10)

    [outcome] = stock.reserve([a_reservation(quantity=quantity)])

    assert outcome.refusal
    assert warehouses.effects("reserved") == []


def test_the_same_key_again_is_the_same_reservation(warehouses, stock):
    warehouses.shelve(10)

    first, again = kept(stock, a_reservation()), kept(stock, a_reservation())

    assert first == again
    assert warehouses.reserved() == [4]


def test_a_refused_key_may_be_asked_again_when_goods_have_come(warehouses, stock):
    [refused] = stock.reserve([a_reservation()])
    warehouses.shelve(10)

    kept(stock, a_reservation())

    assert refused.refusal
    assert warehouses.reserved() == [4]


def test_a_reservation_whose_answer_was_lost_is_made_once(warehouses, stock):
    warehouses.shelve(10)
    warehouses.break_call(RESERVE, drop="after")

    [reservation] = kept(stock, a_reservation())

    assert reservation.reservation_id
    assert warehouses.reserved() == [4]


def test_a_reservation_that_was_given_up_and_asked_again_is_made_once(warehouses, stock):
    warehouses.shelve(10)
    warehouses.break_call(RESERVE, times=2, drop="after")

    with pytest.raises(TransientProviderError):
        stock.reserve([a_reservation()])
    kept(stock, a_reservation())

    assert warehouses.reserved() == [4]
    assert len(warehouses.effects("reserved")) == 1


@pytest.mark.parametrize("fault", [{"status": 429, "headers": {"Retry-After": "7"}}, {"status": 503}])
def test_a_busy_service_is_worth_asking_again(warehouses, stock, fault):
    warehouses.shelve(10)
    warehouses.break_call(RESERVE, **fault)

    with pytest.raises(TransientProviderError, match=f"answered {fault['status']}"):
        stock.reserve([a_reservation()])

    assert warehouses.reserved() == []


def test_a_reservation_that_took_too_long_can_be_asked_for_again(warehouses, connect):
    warehouses.shelve(10)
    warehouses.break_call(RESERVE, answer_after_seconds=1)

    with pytest.raises(TransientProviderError, match="in time"):
        connect(timeout_seconds=0.2).reserve([a_reservation()])
    kept(connect(), a_reservation())

    assert warehouses.reserved() == [4]
    assert len(warehouses.effects("reserved")) == 1


def test_a_row_that_met_a_passing_fault_sends_all_of_them_round_again(warehouses, stock):
    warehouses.shelve(10)
    rows = [
        {"id": "r-1", "processingStatus": "success", "statusCode": 200, "reservationId": "a"},
        {"id": "r-2", "processingStatus": "failed", "statusCode": 503, "message": "partition is moving"},
    ]
    warehouses.break_call(RESERVE, status=200, body=rows)

    with pytest.raises(TransientProviderError, match="status 503 for r-2: partition is moving"):
        stock.reserve([a_reservation("r-1"), a_reservation("r-2")])
    kept(stock, a_reservation("r-1"), a_reservation("r-2"))

    assert warehouses.reserved() == [8]


def test_answers_are_told_apart_by_their_ids_and_keys_in_any_case(warehouses, stock):
    rows = [
        {"Id": "r-2", "ProcessingStatus": "failed", "Message": "  sold\n out ", "StatusCode": 400},
        {"ID": "r-1", "processingstatus": "Success", "reservationID": "a", "statuscode": "200"},
    ]
    warehouses.break_call(RESERVE, status=200, body=rows)

    first, second = stock.reserve([a_reservation("r-1"), a_reservation("r-2")])

    assert (first.reservation.reservation_id, first.refusal) == ("a", "")
    assert (second.reservation.reservation_id, second.refusal) == ("", "sold out")


def test_answers_with_ids_of_the_services_own_are_told_apart_by_their_order(warehouses, stock):
    rows = [
        {"id": "ohre~id-1", "processingStatus": "success", "statusCode": 200, "reservationId": "a"},
        {"id": "ohre~id-2", "processingStatus": "failed", "statusCode": 400, "message": "sold out"},
    ]
    warehouses.break_call(RESERVE, status=200, body=rows)

    first, second = stock.reserve([a_reservation("r-1"), a_reservation("r-2")])

    assert (first.reservation.reservation_id, second.refusal) == ("a", "sold out")


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"id": "r-1", "processingStatus": "success", "reservationId": "a"}],
        [{"id": f"r-{n}", "processingStatus": "success"} for n in (1, 2)],  # without a reservation id
    ],
)
def test_half_an_answer_is_worth_asking_again(warehouses, stock, rows: list[Any]):
    warehouses.break_call(RESERVE, status=200, body=rows)

    with pytest.raises(TransientProviderError):
        stock.reserve([a_reservation("r-1"), a_reservation("r-2")])


def test_a_refusal_without_a_reason_is_still_one(warehouses, stock):
    warehouses.break_call(RESERVE, status=200, body=[{"id": "r-1", "processingStatus": "failed"}])

    [outcome] = stock.reserve([a_reservation("r-1")])

    assert outcome.refusal == "refused with status None and without a reason"


def test_more_than_a_bulk_call_takes_are_reserved_in_parts(warehouses, stock, exchanges):
    warehouses.shelve(10_000)
    wanted = [a_reservation(f"r-{n}", "1") for n in range(1100)]

    reservations = kept(stock, *wanted)
    stock.release(reservations)

    assert [exchange.call.split("/")[-2] for exchange in exchanges] == ["reserve"] * 3 + ["unreserve"] * 3
    assert [each.key for each in reservations] == [each.key for each in wanted]
    assert warehouses.reserved() == [0]


def test_the_last_units_go_to_one_of_many_who_ask_at_once(warehouses, stock):
    warehouses.shelve(4)

    with ThreadPoolExecutor(8) as threads:
        outcomes = [*threads.map(lambda n: stock.reserve([a_reservation(f"r-{n}")]), range(16))]

    assert sum(not outcome.refusal for [outcome] in outcomes) == 1
    assert warehouses.reserved() == [4]


def test_a_company_in_another_case_is_the_same_company(warehouses, stock):
    warehouses.shelve(10)

    [upper, lower] = kept(stock, a_reservation("r-1"), a_reservation("r-2", company="usmf"))

    assert upper.reservation_id == lower.reservation_id


def test_reserving_and_releasing_nothing_asks_nobody(stock, exchanges):
    assert stock.reserve(()) == ()
    stock.release(())

    assert exchanges == []


def test_units_given_back_can_be_kept_for_another(warehouses, stock):
    warehouses.shelve(4)
    stock.release(kept(stock, a_reservation("r-1")))

    kept(stock, a_reservation("r-2"))

    assert warehouses.reserved() == [4]


def test_releasing_twice_leaves_the_units_of_another_order_alone(warehouses, stock):
    warehouses.shelve(10)
    ours, theirs = kept(stock, a_reservation("ours"), a_reservation("theirs"))

    stock.release([ours])
    stock.release([ours])

    assert ours.reservation_id == theirs.reservation_id
    assert warehouses.reserved() == [4]
    assert stock.available("USMF", [SEATTLE], [BAG]) == {"Seattle": {BAG: Decimal(6)}}


def test_a_release_whose_answer_was_lost_gives_back_once(warehouses, stock):
    warehouses.shelve(10)
    ours, _ = kept(stock, a_reservation("ours"), a_reservation("theirs"))
    warehouses.break_call(UNRESERVE, times=2, drop="after")

    with pytest.raises(TransientProviderError):
        stock.release([ours])
    stock.release([ours])

    assert warehouses.reserved() == [4]
    assert len(warehouses.effects("unreserved")) == 1


def test_units_that_were_used_meanwhile_are_told_to_the_log(warehouses, stock, caplog):
    warehouses.shelve(10)
    [reservation] = kept(stock, a_reservation())

    with caplog.at_level(logging.WARNING):
        stock.release([reservation.with_(quantity=Decimal(6))])

    assert "of 6 units of reservation r-1, 2 were not kept any more" in caplog.text
    assert warehouses.reserved() == [0]


def test_a_release_that_is_refused_is_named_and_the_others_are_done(warehouses, stock):
    warehouses.shelve(10)
    reservations = kept(stock, *(a_reservation(f"r-{n}", "1") for n in range(3)))
    reservations[0] = reservations[0].with_(reservation_id="made-up")

    with pytest.raises(RejectedByProvider, match=r"not release 1 of 3 .* r-0: There is no reservation made-up"):
        stock.release(reservations)

    assert warehouses.reserved() == [1]


def test_what_was_never_kept_cannot_be_released(warehouses, stock, exchanges):
    warehouses.shelve(10)
    [reservation] = kept(stock, a_reservation("r-1"))

    with pytest.raises(ValueError, match="r-2 was never made"):
        stock.release([reservation, a_reservation("r-2")])

    assert warehouses.reserved() == [4]
