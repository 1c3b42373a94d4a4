"""A person looks for stock for one line: it leaves, the others go on waiting."""

import pytest

from shared.application.cancellation import Cancellation
from shared.application.line_release import LineRelease
from shared.application.mistakes import NoSettings
from shared.application.order_lines import NotWaiting, UnknownLine
from shared.domain.errors import RejectedByProvider, UnknownOrder
from shared.domain.events import FULFILLMENT_ORDER_CREATED, ON_HAND_CHECK_SUCCEEDED
from shared.domain.orders import BACKORDER_HOLD, INVENTORY_NOT_FOUND, Order
from tests.application.samples import an_order, happened
from tests.application.sourcing.warehouses import BAG, Company, held, sourced


def waiting(company: Company, lines: int = 2, *, backorders: bool = True) -> Order:
    """An order that has one of its bags, or none, and waits for the others."""
    company.handling(backorders=backorders)
    order = company.has(lines)
    company.optimize(order)
    return company.get(order)


def release(company: Company, order: Order, number: int) -> list[str]:
    """The events its flow is to hear."""
    marks = LineRelease(company.book, company.sourcing().backorders.retry).now(order.order_id, number)
    return [mark.name for mark in marks]


def test_stock_is_looked_for_for_this_line_alone(company: Company):
    order = waiting(company)
    company.stock.fill("Reno", 2)

    told = release(company, order, 2)

    assert told == [FULFILLMENT_ORDER_CREATED, ON_HAND_CHECK_SUCCEEDED]
    assert sourced(company.get(order)) == {1: None, 2: "Reno"}
    assert held(company.get(order)) == {1: BACKORDER_HOLD}
    assert company.stock.reserved == {"Reno": 1}


def test_a_line_that_the_job_does_not_look_after_is_looked_for_too(company: Company):
    company.stock.fill("Seattle", 1)
    order = waiting(company, backorders=False)
    assert held(order) == {2: INVENTORY_NOT_FOUND}
    company.stock.fill("Reno", 1)

    release(company, order, 2)

    assert sourced(company.get(order)) == {1: "Seattle", 2: "Reno"}


def test_without_stock_the_line_waits_on_and_the_plan_says_why(company: Company):
    order = waiting(company)
    company.passes(seconds=1)

    assert release(company, order, 1) == []
    assert held(company.get(order)) == {1: BACKORDER_HOLD, 2: BACKORDER_HOLD}
    *_, last = company.sourcing().plan_views.plans_of(order.order_id)
    assert [line["reason"] for line in last["lines"]] == ["no stock"]


def test_clicked_twice_it_is_released_once_and_told_again(company: Company):
    order = waiting(company)
    company.stock.fill("Reno", 2)

    first, second = release(company, order, 2), release(company, order, 2)

    assert second == first[-1:]
    assert happened(company.book, order.order_id).count(ON_HAND_CHECK_SUCCEEDED) == 1
    assert company.stock.reserved == {"Reno": 1}


def test_what_the_inventory_service_says_no_to_is_told(company: Company):
    order = waiting(company)
    company.stock.refuses_to_speak_of = {BAG: RejectedByProvider("HTTP 403: no role")}

    with pytest.raises(RejectedByProvider, match="HTTP 403: no role"):
        release(company, order, 1)


def test_a_line_nobody_has_looked_at_yet_does_not_wait(company: Company):
    with pytest.raises(NotWaiting, match=r"line 1 of order .* does not wait for stock"):
        release(company, company.has(), 1)


def test_a_line_that_was_given_up_does_not_wait(company: Company):
    order = waiting(company)
    Cancellation(company.book, company.errors).cancel_line(order.order_id, 1, "operator")

    with pytest.raises(NotWaiting):
        release(company, order, 1)


def test_lines_of_an_order_that_is_to_be_canceled_wait_for_nothing(company: Company):
    order = waiting(company)
    company.stock.fill("Reno", 2)
    Cancellation(company.book, company.errors).cancel(order.order_id, "operator")

    with pytest.raises(NotWaiting, match="is canceled, completed, or being canceled"):
        release(company, order, 1)
    assert company.stock.reserved == {}


def test_where_there_are_no_settings_for_stock_that_is_said(company: Company):
    order = waiting(company)

    with pytest.raises(NoSettings):
        LineRelease(company.book, None).now(order.order_id, 1)


def test_unknown_lines_and_orders_are_not_released(company: Company):
    with pytest.raises(UnknownLine, match="has no line 9"):
        release(company, waiting(company), 9)
    with pytest.raises(UnknownOrder):
        release(company, an_order(), 1)
