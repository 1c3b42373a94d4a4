"""Backorders: held lines leave once there is stock, the longest wait first, or are canceled when time is up."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from shared.configuration import UnknownStrategy
from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.events import (
    ALERT,
    FULFILLED_IN_PART,
    FULFILLMENT_ORDER_CREATED,
    LINES_CANCELED,
    ON_HAND_CHECK_SUCCEEDED,
    ORDER_CANCELED,
    ORDER_INVOICED,
    ORDER_SHIPPED,
)
from shared.domain.orders import BACKORDER_HOLD, INVENTORY_NOT_FOUND, Order, Shipment, ShipmentItem
from shared.domain.progress import Report, advance
from shared.domain.records import CANCELING, Change
from shared.store.claims import TableClaims
from shared.store.tables import Tables
from tests.application.samples import errors_of, happened, standing
from tests.application.sourcing.warehouses import BAG, NOON, Company, held, shipping, sourced, with_line


def waiting(company: Company, lines: int | Sequence[float] = 1, **facts) -> Order:
    """An order that found nothing."""
    order = company.has(lines, **facts)
    company.optimize(order)
    assert held(company.get(order))
    return company.get(order)


def run(company: Company):
    return company.sourcing().backorders.run(company.now)


def news(company: Company, order: Order, before: int) -> list[str]:
    return happened(company.book, order.order_id)[before:]


def ships_and_is_invoiced(company: Company, order: Order, number: int) -> None:
    line = next(line for line in company.get(order).lines if line.number == number)
    shipment = Shipment(tracking_number="1Z", items=(ShipmentItem(line_id=line.line_id, quantity=line.quantity),))
    report = Report(source="finops", shipments=(shipment,), invoiced={line.line_id: line.quantity})

    def decide(record) -> Change:
        after, events = advance(record.order, report)
        return Change(order=after, events=events)

    company.book.change(order.order_id, decide)


def test_a_line_leaves_once_there_is_stock_for_it(company: Company):
    order = waiting(company, 2)
    before = len(happened(company.book, order.order_id))
    company.stock.fill("Reno", 2)

    done = run(company)

    assert (done.released, done.canceled, done.waiting) == (2, 0, 0)
    after = company.get(order)
    assert shipping(after) == {"-1 Reno": {1: 1, 2: 1}}
    assert held(after) == {}
    assert news(company, order, before) == [FULFILLMENT_ORDER_CREATED, ON_HAND_CHECK_SUCCEEDED]
    (seen,) = done.seen
    assert [mark.name for mark in seen.events] == news(company, order, before)
    assert standing(company.book, order.order_id) == ("Fulfillment in Process", "Inventory Check Successful")
    assert company.stock.reserved == {"Reno": 2}


def test_what_leaves_later_is_another_fulfillment_order(company: Company):
    company.stock.fill("Seattle", 1)
    order = waiting(company, 3)
    company.stock.fill("Seattle", 2)
    run(company)
    company.stock.fill("Columbus", 1)

    run(company)

    assert shipping(company.get(order)) == {"-1 Seattle": {1: 1}, "-2 Seattle": {2: 1}, "-3 Columbus": {3: 1}}


def test_the_line_that_has_waited_longest_goes_first(company: Company):
    young_number, old_number = "BC-1", "BC-2"
    old = waiting(company, number=old_number, placed_at=NOON)
    company.passes(days=1)
    young = waiting(company, number=young_number, placed_at=NOON - timedelta(days=30))
    company.stock.fill("Seattle", 1)

    run(company)

    assert held(company.get(old)) == {}
    assert held(company.get(young)) == {1: BACKORDER_HOLD}


def test_a_line_that_may_ship_in_part_leaves_the_rest_waiting_since_the_same_day(company: Company):
    company.strategy(partial_lines=True)
    order = waiting(company, [5])
    company.passes(days=2)
    company.stock.fill("Seattle", 2)

    run(company)

    first, rest = company.get(order).lines
    assert (first.quantity, first.hold, rest.quantity) == (2, None, 3)
    assert rest.hold is not None
    assert rest.hold.since == NOON


def test_a_run_that_finds_nothing_writes_nothing_about_an_order(company: Company):
    order = waiting(company)
    before = company.book.get(order.order_id)
    plans = company.sourcing().plan_views.plans_of(order.order_id)

    done = run(company)

    assert (done.seen, done.waiting) == ((), 1)
    assert company.book.get(order.order_id) == before
    assert company.sourcing().plan_views.plans_of(order.order_id) == plans


def test_what_a_run_has_done_is_in_the_log(company: Company, caplog: pytest.LogCaptureFixture):
    waiting(company, 2)
    company.stock.fill("Seattle", 1)

    with caplog.at_level(logging.INFO):
        run(company)

    assert "backorders: 1 lines released, 0 canceled, 1 waiting" in caplog.messages


def test_the_events_of_a_run_are_raised_once_more_by_the_next_one(company: Company):
    order = waiting(company)
    company.stock.fill("Seattle", 1)

    (first,), (again,) = run(company).seen, run(company).seen
    again.told()

    assert first.order_id == again.order_id == order.order_id
    assert set(first.events) <= set(again.events)
    assert run(company).seen == ()
    assert company.stock.reserved == {"Seattle": 1}


@pytest.mark.parametrize(("days", "canceled"), [(29, False), (30, False), (31, True)])
def test_a_line_is_canceled_after_the_days_it_may_wait(company: Company, days: int, canceled: bool):
    company.now = NOON.replace(hour=23, minute=59)
    order = waiting(company)
    company.now = NOON.replace(hour=0, minute=1) + timedelta(days=days)

    done = run(company)

    assert done.canceled == canceled
    assert (standing(company.book, order.order_id)[0] == "Canceled") == canceled


def test_without_a_deadline_a_line_waits_for_ever(company: Company):
    company.handling(cancellation_sla_days=None)
    order = waiting(company)
    company.passes(days=3650)

    run(company)

    assert held(company.get(order)) == {1: BACKORDER_HOLD}


def test_an_order_of_which_all_lines_are_canceled_is_canceled_and_a_person_refunds_the_shopper(company: Company):
    order = waiting(company, 2)
    before = len(happened(company.book, order.order_id))
    company.passes(days=31)

    done = run(company)

    assert news(company, order, before) == [ORDER_CANCELED, ALERT]
    assert [line.quantity_canceled for line in company.get(order).lines] == [1, 1]
    assert [mark.name for seen in done.seen for mark in seen.events] == [ORDER_CANCELED, ALERT]
    (error,) = errors_of(company.errors, order.order_id)
    assert error.message == (
        f"no stock was found within 30 days for lines 1, 2 of order {order.number}: "
        "they are canceled, the shopper is to be refunded"
    )


def test_an_order_whose_other_lines_have_been_invoiced_is_completed_in_part(company: Company):
    company.stock.fill("Seattle", 1)
    order = waiting(company, 2)
    ships_and_is_invoiced(company, order, number=1)
    before = len(happened(company.book, order.order_id))
    company.passes(days=31)

    run(company)

    assert news(company, order, before) == [LINES_CANCELED, ORDER_SHIPPED, ORDER_INVOICED, FULFILLED_IN_PART, ALERT]
    assert standing(company.book, order.order_id) == ("Completed", "Partially Fulfilled")


def test_time_is_up_before_stock_is_looked_for(company: Company):
    order = waiting(company)
    company.passes(days=31)
    company.stock.fill("Seattle", 1)

    run(company)

    assert sourced(company.get(order)) == {1: None}
    assert company.stock.kept == {}


def test_a_line_released_at_the_last_moment_is_not_canceled(company: Company):
    """The job reads the order, an operator's look finds stock, and only then the deadline is applied."""
    order = waiting(company)
    company.passes(days=31)
    company.stock.fill("Seattle", 1)
    sourcing = company.sourcing()
    stale = company.book.get(order.order_id)
    sourcing.backorders.retry(order.order_id)

    seen, canceled = sourcing.backorders.deadlines.cancel(stale, company.now)

    assert (seen, canceled) == (None, 0)
    assert sourced(company.get(order)) == {1: "Seattle"}
    assert errors_of(company.errors, order.order_id) == []


def test_a_line_canceled_while_units_were_kept_for_it_gives_them_back(company: Company):
    order = waiting(company)
    company.passes(days=31)
    company.stock.fill("Seattle", 1)
    stale = company.book.get(order.order_id)
    company.stock.beforehand = lambda: company.sourcing().backorders.deadlines.cancel(stale, company.now)

    found = company.sourcing().backorders.retry(order.order_id)

    assert found is None
    assert standing(company.book, order.order_id)[0] == "Canceled"
    assert company.stock.reserved == {}


def test_of_a_run_and_an_operator_at_once_one_releases_the_line(company: Company):
    order = waiting(company)
    company.stock.fill("Seattle", 2)
    company.stock.beforehand = lambda: company.sourcing().backorders.retry(order.order_id)

    run(company)
    run(company)

    assert shipping(company.get(order)) == {"-1 Seattle": {1: 1}}
    assert happened(company.book, order.order_id).count(ON_HAND_CHECK_SUCCEEDED) == 1
    assert company.stock.reserved == {"Seattle": 1}


def test_while_one_run_is_at_work_another_does_nothing(company: Company, tables: Tables):
    company.claims = TableClaims(tables, lambda: datetime.now(UTC), timedelta(minutes=10))
    waiting(company)
    company.stock.fill("Seattle", 1)
    meanwhile = []
    company.stock.beforehand = lambda: meanwhile.append(run(company))

    done = run(company)

    assert [(other.released, other.waiting) for other in meanwhile] == [(0, 0)]
    assert done.released == 1


def test_an_order_that_is_to_be_canceled_is_left_alone(company: Company):
    order = waiting(company)
    company.stock.fill("Seattle", 1)
    company.book.change(order.order_id, lambda _: Change(marks={CANCELING: "requested"}))
    company.passes(days=31)

    done = run(company)

    assert (done.released, done.canceled) == (0, 0)
    assert held(company.get(order)) == {1: BACKORDER_HOLD}
    assert company.stock.kept == {}


def test_an_order_to_be_canceled_while_units_were_kept_for_it_gives_them_back(company: Company):
    order = waiting(company)
    company.stock.fill("Seattle", 1)
    company.stock.beforehand = lambda: company.book.change(
        order.order_id, lambda _: Change(marks={CANCELING: "requested"})
    )

    run(company)

    assert held(company.get(order)) == {1: BACKORDER_HOLD}
    assert company.stock.reserved == {}


def test_an_order_to_be_canceled_since_it_was_read_does_not_run_out_of_time(company: Company):
    order = waiting(company)
    stale = company.book.get(order.order_id)
    company.book.change(order.order_id, lambda _: Change(marks={CANCELING: "requested"}))
    company.passes(days=31)

    seen, canceled = company.sourcing().backorders.deadlines.cancel(stale, company.now)

    assert (seen, canceled) == (None, 0)
    assert held(company.get(order)) == {1: BACKORDER_HOLD}


def test_a_line_whose_hold_was_lifted_meanwhile_is_not_released_behind_a_person_s_back(company: Company):
    order = waiting(company)
    company.stock.fill("Seattle", 1)
    lifted = with_line(order, 1, hold=None)
    company.stock.beforehand = lambda: company.book.change(order.order_id, lambda _: Change(order=lifted))

    run(company)

    assert sourced(company.get(order)) == {1: None}
    assert company.stock.reserved == {}


def test_an_outage_of_the_inventory_service_is_over_at_the_next_run(company: Company):
    waiting(company)
    company.stock.fill("Seattle", 1)
    company.stock.fault = TransientProviderError("busy")
    outage = run(company)
    company.stock.fault = None
    company.passes(minutes=15)

    done = run(company)

    assert outage.put_off == ("the default strategy: busy",)
    assert len(done.seen) == 1
    assert company.stock.reserved == {"Seattle": 1}


def test_a_product_the_service_refuses_to_speak_of_holds_up_no_other_order(company: Company):
    other = waiting(company)
    hat = waiting(company)
    company.book.change(
        hat.order_id,
        lambda record: Change(
            order=record.order.with_(lines=tuple(line.with_(product="HAT") for line in record.order.lines))
        ),
    )
    company.stock.fill("Seattle", 1)
    company.stock.refuses_to_speak_of = {"HAT": RejectedByProvider("HTTP 400: unknown product HAT")}

    done = run(company)

    assert (done.released, done.waiting) == (1, 1)
    assert held(company.get(other)) == {}
    (error,) = errors_of(company.errors, hat.order_id)
    assert error.message == "line 1 (BAG-CNV-OLV): HTTP 400: unknown product HAT"


def test_an_order_whose_strategy_is_gone_is_a_person_s_to_mend_and_holds_up_no_other(company: Company):
    order, other = waiting(company), waiting(company)
    company.book.change(order.order_id, lambda record: Change(order=record.order.with_(strategy="Express")))
    company.stock.fill("Seattle", 9)

    done = run(company)

    assert (done.released, done.waiting) == (1, 1)
    assert held(company.get(other)) == {}
    (error,) = errors_of(company.errors, order.order_id)
    assert "there is no such strategy" in error.message


def test_an_order_without_held_lines_is_forgotten_but_not_while_it_may_be_about_to_have_some(company: Company):
    order = company.has()
    sourcing = company.sourcing()
    sourcing.held_lines.add(order.order_id)
    company.passes(minutes=59)
    run(company)
    assert [held.order_id for held in sourcing.held_lines.orders()] == [order.order_id]

    company.passes(minutes=2)
    run(company)

    assert sourcing.held_lines.orders() == []


def test_lines_without_backorders_are_looked_at_only_when_an_operator_asks(company: Company):
    company.stock.fill("Seattle", 1)
    company.handling(backorders=False)
    order = waiting(company, 2)
    company.stock.fill("Seattle", 2)
    assert run(company).released == 0
    assert held(company.get(order)) == {2: INVENTORY_NOT_FOUND}

    seen = company.sourcing().backorders.retry(order.order_id)

    assert seen is not None
    assert [mark.name for mark in seen.events] == [FULFILLMENT_ORDER_CREATED, ON_HAND_CHECK_SUCCEEDED]
    assert sourced(company.get(order)) == {1: "Seattle", 2: "Seattle"}
    assert errors_of(company.errors, order.order_id) == []


def test_an_operator_who_finds_nothing_either_can_read_why(company: Company):
    order = waiting(company)

    assert company.sourcing().backorders.retry(order.order_id) is None
    *_, last = company.sourcing().plan_views.plans_of(order.order_id)
    assert last["lines"][0]["reason"] == "no stock"


def test_an_operator_hears_why_nothing_can_be_looked_for(company: Company):
    order = waiting(company)
    company.stock.refuses_to_speak_of = {BAG: RejectedByProvider("HTTP 403: no role")}

    with pytest.raises(RejectedByProvider, match="HTTP 403: no role"):
        company.sourcing().backorders.retry(order.order_id)
    company.book.change(order.order_id, lambda record: Change(order=record.order.with_(strategy="Express")))
    with pytest.raises(UnknownStrategy):
        company.sourcing().backorders.retry(order.order_id)


def test_an_order_with_nothing_held_has_nothing_to_be_retried(company: Company):
    company.stock.fill("Seattle", 1)
    order = company.has()
    company.optimize(order)

    assert company.sourcing().backorders.retry(order.order_id) is None


def test_canceled_lines_keep_their_money_for_the_refund(company: Company):
    order = waiting(company)
    company.passes(days=31)

    run(company)

    (line,) = company.get(order).lines
    assert (line.unit_price, line.quantity) == (Decimal("24.50"), 1)
