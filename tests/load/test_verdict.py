"""A run of the load is judged by what is outside, by what the app says, and by whether memory and cost are flat."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.load.received import Ledger, Received, number_of
from tests.load.samples import MemorySample, growth_kib
from tests.load.scripts import SCRIPTS, Order
from tests.load.verdict import Findings, judge, too_much

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
COMPLETED = [{"state": "Completed", "state_reason": "Fulfilled"}]


def _effects(**more: Any) -> list[dict[str, Any]]:
    """Of a store order that F&O ships, with nothing missing."""
    return [
        {"kind": "finops_order_created", "number": "BC-7"},
        *({"kind": "finops_line_created", "number": "BC-7", "sequence": line} for line in (1, 2)),
        {"kind": "shipment_created", "order_id": 7},
        {"kind": "order_updated", "order_id": 7, "status_id": 2, "at": NOON.isoformat()},
        {"kind": "order_updated", "order_id": 7, "status_id": 10, "at": (NOON + timedelta(seconds=9)).isoformat()},
    ]


def _order(effects: list[dict[str, Any]]) -> Order:
    order = Order(7, SCRIPTS["bigcommerce_finops_finops"], Received(), NOON, turns=3)
    for effect in effects:
        order.received.hear(effect)
    return order


def _judged(order: Order, in_the_app: list[dict[str, Any]] = COMPLETED, **rows: int) -> Findings:
    created = Counter({"salesorder": 1, "salesorderdetail": 2} | rows)
    ledger = cast(Ledger, SimpleNamespace(rows_created=created, units_reserved=0.0))
    return judge([order], {7: in_the_app}, ledger)


def test_an_order_that_is_everywhere_once_and_completed_is_well():
    order = _order(_effects())

    assert _judged(order).all() == []
    assert order.seconds == 9


def test_an_order_the_app_does_not_know_is_lost():
    assert _judged(_order([]), in_the_app=[]).counts() == {"lost": 1, "duplicated": 0, "stuck": 0}


def test_a_completed_order_of_which_the_store_was_told_no_parcel_is_lost():
    untold = [effect for effect in _effects() if effect["kind"] != "shipment_created"]

    assert _judged(_order(untold)).lost == ["bigcommerce_finops_finops 7: 0 shipments of 1"]


@pytest.mark.parametrize("which", [0, 1, 3, 4, 5])
def test_whatever_is_outside_twice_is_doubled(which: int):
    effects = _effects()

    assert _judged(_order([*effects[: which + 1], effects[which], *effects[which + 1 :]])).counts()["duplicated"] == 1


def test_an_order_that_the_app_has_twice_is_doubled():
    assert _judged(_order(_effects()), in_the_app=COMPLETED * 2).counts()["duplicated"] == 1


def test_a_second_row_in_dataverse_is_doubled_even_if_it_bears_no_number():
    assert _judged(_order(_effects()), salesorder=2).duplicated == ["2 orders in Dataverse in place of 1"]


def test_a_status_may_be_skipped_and_never_comes_twice_or_backwards():
    skipped = [effect for effect in _effects() if effect.get("status_id") != 2]

    assert _judged(_order(skipped)).all() == []
    assert _judged(_order([*_effects(), _effects()[4]])).counts()["lost"] == 1


def test_an_order_that_waits_or_is_on_hold_is_stuck():
    on_hold = [{"state": "On Hold", "state_reason": "Send Order Failed"}]

    assert _judged(_order(_effects()), on_hold).counts() == {"lost": 0, "duplicated": 0, "stuck": 1}
    assert _judged(_order(_effects()[:4]), COMPLETED).counts() == {"lost": 0, "duplicated": 0, "stuck": 1}


def test_effects_are_told_apart_by_the_number_in_them_whatever_a_system_calls_it():
    assert number_of({"order_id": 100001}) == 100001
    assert number_of({"number": "SO-100002"}) == 100002
    assert number_of({"order_id": "ord_1", "external_order_id": "USMF-SO-100003-2"}) == 100003
    assert number_of({"PurchaseOrderByCustomer": "USRT-SO-100004"}) == 100004
    assert number_of({"kind": "row_created", "id": "a"}) is None


def test_memory_that_grows_with_every_order_is_told_from_memory_that_has_filled():
    filling = [MemorySample(n, 10 * n, 100 + min(n, 40)) for n in range(100)]
    growing = [MemorySample(n, 10 * n, 100 + n / 2) for n in range(100)]

    assert growth_kib(filling) == pytest.approx(0)
    assert growth_kib(growing) == pytest.approx(1024 * 0.05)
    assert growth_kib(growing[:5]) is None


def test_growth_and_a_dearer_last_hundred_fail_a_run_and_what_was_not_measured_does_not():
    assert too_much(None, None, None) == []
    assert too_much(2.0, 70.0, 76.9) == []
    assert len(too_much(51.2, 70.0, 77.1)) == 2
