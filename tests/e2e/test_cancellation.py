"""Canceling: whoever has the order stops, nobody else hears of it, and what has shipped has shipped."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.e2e.followed import (
    BILLING,
    CANCEL_AT_FINOPS,
    CANCEL_AT_FLEXE,
    CANCELED,
    COMPLETED,
    FLEXE_SENDING,
    SENT,
    TELL_SHIPPED,
    VALIDATION,
    Followed,
    held_at,
    once,
    once_of_finops,
)
from tests.e2e.town import FLEXE_SHIPS, FLEXE_SHIPS_SAP_INVOICES, Town
from tests.e2e.waiting import until

CREATE = "POST /v1/outbound_orders"
AWAITING_FULFILLMENT = 11


def _is_asked_to_stop_at_flexe(town: Town, order: Followed) -> list[str]:
    """What Flexe has been told of the order, in order."""
    ours = {each["id"] for each in order.flexe_orders()}
    return [each["kind"] for each in town.warehouse.effects() if each["order_id"] in ours]


def test_a_store_order_canceled_after_f_and_o_has_it_is_canceled_there_and_the_shopper_hears_nothing(town: Town):
    order = town.place().reaches(SENT).is_picked()

    town.shop.cancels(order.external_id)
    order.reaches(CANCELED)

    town.falls_quiet()
    assert town.office.order(order.number)["sales_status"] == "Canceled"
    assert order.events()[-2:] == ["Order Cancellation Requested", "Order Canceled"]
    assert order.steps()[-1] == (CANCEL_AT_FINOPS, 1, True)
    assert order.received() == once(shipments=0, status_writes=())
    assert order.errors() == []


def test_a_store_order_canceled_while_it_is_at_flexe_is_canceled_there_and_f_and_o_never_hears_of_it(town: Town):
    order = town.place_for_flexe().reaches(SENT)

    town.shop.cancels(order.external_id)
    order.reaches(CANCELED)

    town.falls_quiet()
    assert _is_asked_to_stop_at_flexe(town, order) == ["order_created", "order_canceled"]
    assert order.events().count("Order Canceled") == 1
    assert order.steps()[-1] == (CANCEL_AT_FLEXE, 1, True)
    assert order.effects() == []
    assert order.errors() == []


def test_an_order_whose_cancellation_flexe_has_only_noted_is_canceled_once_flexe_says_so(town: Town):
    town.warehouse.behaves(cancellation="on_request")
    order = town.place_for_flexe().reaches(SENT)

    clicks = order.operator.cancel(order.order_id)
    order.hears("Order Cancellation Pending")
    town.falls_quiet()
    noted = order.position()
    again = order.operator.cancel(order.order_id)
    town.warehouse.cancel(order.at_flexe())
    order.reaches(CANCELED)

    town.falls_quiet()
    assert (clicks, again) == ([202], [202])
    assert noted == SENT
    assert _is_asked_to_stop_at_flexe(town, order) == ["order_created", "order_cancel_requested"]
    assert order.events().count("Order Cancellation Requested") == 1
    assert order.effects() == []
    assert order.errors() == []


def test_an_order_that_flexe_ships_in_spite_of_a_noted_cancellation_completes_and_a_person_is_told(town: Town):
    town.warehouse.behaves(cancellation="on_request")
    order = town.place_for_flexe().reaches(SENT)
    order.operator.cancel(order.order_id)
    order.hears("Order Cancellation Pending")

    order.is_shipped_by_flexe().succeeds(TELL_SHIPPED)
    told = order.told()
    order.succeeds(BILLING).is_invoiced().reaches(COMPLETED)

    town.falls_quiet()
    assert any("which was to be canceled" in message for message in told)
    assert order.events().count("Order Cancellation Refused") == 1
    assert order.received() == once(flexe_orders=1)


def test_shipping_wins_where_flexe_refuses_to_cancel_and_a_person_is_told(town: Town):
    order = town.place_for_flexe().reaches(SENT)
    town.warehouse.begin(order.at_flexe())

    town.shop.cancels(order.external_id)
    order.hears("Order Cancellation Refused")
    until(order.told, "a person is told", seen=order.events)
    refused = order.position()
    order.is_shipped_by_flexe().reaches(held_at(TELL_SHIPPED))  # the store calls the order canceled
    told = order.told()
    town.shop.status(order.external_id, AWAITING_FULFILLMENT)
    order.operator.reprocess(order.order_id)
    order.succeeds(BILLING).is_invoiced().reaches(COMPLETED)

    town.falls_quiet()
    assert refused == SENT
    assert any("was to be canceled, but has shipped" in message for message in told)
    assert any("5 (Cancelled)" in message for message in told)
    assert order.received() == once(flexe_orders=1)


def test_an_operator_cancels_an_order_once_however_often_and_whoever_else_does_so_too(town: Town):
    order = town.place().reaches(SENT)

    with ThreadPoolExecutor(2) as people:
        clicks = people.submit(order.operator.cancel, order.order_id, 5)
        people.submit(town.shop.cancels, order.external_id).result()
    order.reaches(CANCELED)

    town.falls_quiet()
    assert set(clicks.result()) == {202}
    assert order.events().count("Order Cancellation Requested") == order.events().count("Order Canceled") == 1
    assert [step for step, _, _ in order.steps()].count(CANCEL_AT_FINOPS) == 1
    assert town.office.order(order.number)["sales_status"] == "Canceled"
    assert order.received() == once(shipments=0, status_writes=())


def test_an_operator_is_told_that_what_has_shipped_cannot_be_canceled(town: Town):
    shipped, completed = town.place().reaches(SENT), town.place().reaches(SENT)
    for order in (shipped, completed):
        order.is_picked().is_packed()
    completed.is_invoiced().reaches(COMPLETED)

    answers = [town.operator.asks("POST", f"orders/{order.order_id}/cancel") for order in (shipped, completed)]

    town.falls_quiet()
    for answer, order, why in zip(answers, (shipped, completed), ("has shipped", "is completed"), strict=True):
        assert (answer.status_code, answer.headers["Content-Type"]) == (409, "application/problem+json")
        assert f"order {order.number} {why}" in answer.json()["detail"]
        assert "Order Cancellation Requested" not in order.events()


@pytest.mark.parametrize("place", [FLEXE_SHIPS, FLEXE_SHIPS_SAP_INVOICES])
def test_an_order_that_f_and_o_cancels_while_it_is_at_flexe_is_canceled_there(town: Town, place: dict[str, str]):
    order = town.enter(place).is_confirmed().reaches(SENT)

    town.office.cancel(order.number)
    order.reaches(CANCELED)

    town.falls_quiet()
    assert _is_asked_to_stop_at_flexe(town, order) == ["order_created", "order_canceled"]
    assert order.events().count("Order Canceled") == 1
    assert order.written_rows() == []
    assert order.received() == once_of_finops()
    assert order.errors() == []


def test_a_line_that_f_and_o_cancels_while_flexe_has_the_order_is_found_by_the_timer_and_told(town: Town):
    order = town.enter().is_confirmed().reaches(SENT)

    town.office.cancel(order.number, {2: 1})
    town.operator.runs("pull_dataverse_changes")
    until(order.told, "a person is told", seen=order.events)

    town.falls_quiet()
    [message] = order.told()
    assert f"lines 2 of order {order.number} were canceled in F&O, but their fulfiller has them" in message
    assert order.position() == SENT
    assert _is_asked_to_stop_at_flexe(town, order) == ["order_created"]


def test_an_order_that_f_and_o_cancels_while_flexe_packs_it_ships_and_a_person_is_told(town: Town):
    order = town.enter(FLEXE_SHIPS_SAP_INVOICES).is_confirmed().reaches(SENT)
    town.warehouse.begin(order.at_flexe())

    town.office.cancel(order.number)
    order.hears("Order Cancellation Refused").is_shipped_by_flexe().succeeds("Send to invoice")
    town.accounting.invoice(order.in_sap())
    order.reaches(COMPLETED)

    town.falls_quiet()
    assert any("was to be canceled, but has shipped" in message for message in order.told())
    assert order.received() == once_of_finops(sap_orders=1)


@pytest.mark.parametrize(
    ("fault", "lag_ms"), [({"delay_seconds": 1}, 0), ({"delay_seconds": 1, "drop": "after"}, 1800)]
)
def test_an_order_canceled_while_it_is_on_its_way_to_flexe_is_not_left_alive_there(
    town: Town, fault: dict[str, Any], lag_ms: int
):
    town.warehouse.behaves(lookup_lag_ms=lag_ms)
    town.warehouse.fails(CREATE, **fault)
    order = town.place_for_flexe()
    until(lambda: not town.warehouse.armed(), "it is on its way", seen=order.events)

    clicks = order.operator.cancel(order.order_id)
    order.reaches(CANCELED)

    town.falls_quiet()
    assert clicks == [202]
    assert [each["status"] for each in order.flexe_orders()] == ["cancelled"]
    assert order.effects() == []
    assert order.errors() == []


def test_an_order_canceled_before_flexe_has_it_is_not_sent_any_more(town: Town):
    town.warehouse.fails(CREATE, status=503, times=5)
    order = town.place_for_flexe().succeeds(VALIDATION)

    order.operator.cancel(order.order_id)
    order.reaches(CANCELED)

    town.falls_quiet()
    assert order.flexe_orders() == []
    assert order.steps()[-1] == (CANCEL_AT_FLEXE, 1, True)
    assert (FLEXE_SENDING, 1, True) not in order.steps()


def test_an_order_canceled_in_part_shipped_goes_on_with_what_has_left(town: Town):
    order = town.place().reaches(SENT).is_picked()
    town.office.pack(order.number, {1: 2})
    order.hears("Order Lines Shipped")

    order.operator.cancel(order.order_id)
    order.hears("Order Shipped").succeeds(TELL_SHIPPED)
    told = order.told()
    order.is_invoiced()

    town.falls_quiet()
    assert order.position() == "Completed / Partially Fulfilled"
    assert [line["status"] for line in town.office.order(order.number)["lines"]] == ["Invoiced", "Canceled"]
    assert any("was to be canceled, but has shipped, in part or whole" in message for message in told)
    assert order.received() == once()
