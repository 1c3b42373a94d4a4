"""Units kept for nothing are given back: of canceled orders, of attempts given up, of whoever was too late."""

import pytest

from shared.domain.actions import ProviderAction
from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.events import ORDER_CANCELED
from shared.domain.orders import BACKORDER_HOLD, Order, Shipment, ShipmentItem
from shared.domain.records import Change
from tests.application.samples import an_event, errors_of, happened
from tests.application.sourcing.warehouses import Company, Died, Life, Shelves, held, optimizing


def canceling(order: Order) -> ProviderAction:
    return optimizing(order, name="cancel_order").model_copy(update={"step": "Stop sourcing"})


def with_lines(company: Company, order: Order, **facts) -> None:
    company.book.change(
        order.order_id,
        lambda record: Change(
            order=record.order.with_(lines=tuple(line.with_(**facts) for line in record.order.lines))
        ),
    )


def canceled(company: Company, order: Order) -> None:
    company.book.change(order.order_id, lambda _: Change(events=(an_event(ORDER_CANCELED),)))


@pytest.fixture
def sourced_order(company: Company) -> Order:
    """Two bags from Seattle, three from Reno."""
    company.stock = Shelves(Seattle=2, Reno=3)
    order = company.has([2, 3])
    company.optimize(order)
    assert company.stock.reserved == {"Seattle": 2, "Reno": 3}
    return company.get(order)


def test_canceling_gives_every_unit_back_and_ends_what_finops_never_had(company: Company, sourced_order: Order):
    answer = company.actions().run(canceling(sourced_order))

    assert answer.success
    assert company.stock.reserved == {}
    assert happened(company.book, sourced_order.order_id)[-1] == ORDER_CANCELED


def test_lines_that_finops_has_are_finops_s_to_cancel(company: Company, sourced_order: Order):
    with_lines(company, sourced_order, in_finops=True)

    company.actions().run(canceling(sourced_order))

    assert company.stock.reserved == {}
    assert {line.quantity_canceled for line in company.get(sourced_order).lines} == {0}


def test_units_that_have_shipped_are_not_given_back(company: Company, sourced_order: Order):
    with_lines(company, sourced_order, in_finops=True)
    seattle = next(each for each in sourced_order.fulfillment_orders if each.source and each.source.name == "Seattle")
    parcel = Shipment(
        tracking_number="1Z",
        items=(ShipmentItem(line_id=seattle.lines[0].line_id, quantity=seattle.lines[0].quantity),),
    )
    company.book.change(sourced_order.order_id, lambda record: Change(order=record.order.with_(shipments=(parcel,))))

    company.actions().run(canceling(sourced_order))

    assert company.stock.reserved == {"Seattle": 2}


def test_canceling_twice_gives_back_once(company: Company, sourced_order: Order):
    company.actions().run(canceling(sourced_order))
    another = company.has(2)
    company.optimize(another)

    company.actions().run(canceling(sourced_order).model_copy(update={"generation": 2}))

    assert sum(company.stock.reserved.values()) == 2


def test_an_order_that_was_never_sourced_has_nothing_to_give_back(company: Company):
    order = company.has()

    assert company.actions().run(canceling(order)).success
    assert happened(company.book, order.order_id)[-1] == ORDER_CANCELED


def test_what_an_attempt_that_was_given_up_has_kept_is_given_back_by_the_next_job(company: Company):
    company.stock = Shelves(Seattle=9)
    order = company.has()
    with pytest.raises(Died):
        company.actions(Life(_calls_until_reserved(company))).run(optimizing(order))
    company.actions().give_up(optimizing(order), "too often")
    assert company.stock.reserved == {"Seattle": 1}

    company.sourcing().backorders.run(company.now)

    assert company.stock.reserved == {}
    assert company.sourcing().plans.open() == []


def test_what_the_next_try_keeps_is_not_taken_for_what_the_first_left_behind(company: Company):
    company.stock = Shelves(Seattle=9)
    order = company.has()
    with pytest.raises(Died):
        company.actions(Life(_calls_until_reserved(company))).run(optimizing(order))
    company.actions().give_up(optimizing(order), "too often")
    company.optimize(order, generation=2)

    company.sourcing().backorders.run(company.now)

    assert company.stock.reserved == {"Seattle": 1}
    assert len(company.get(order).fulfillment_orders) == 1


def test_an_attempt_in_hand_is_nobody_else_s_to_end(company: Company):
    company.stock = Shelves(Seattle=9)
    order = company.has()
    with pytest.raises(Died):
        company.actions(Life(_calls_until_reserved(company))).run(optimizing(order))

    company.sourcing().backorders.run(company.now)

    assert company.stock.reserved == {"Seattle": 1}
    assert company.optimize(order).success
    assert company.stock.reserved == {"Seattle": 1}


def test_of_two_runs_of_one_attempt_the_one_that_comes_second_gives_back_what_the_first_was_refused(company: Company):
    company.stock = Shelves(Seattle=1)
    order = company.has()

    def twin_finds_nothing() -> None:
        company.stock.ghosts = True
        company.optimize(order)
        company.stock.ghosts = False

    company.stock.beforehand = twin_finds_nothing

    company.optimize(order)

    assert held(company.get(order)) == {1: BACKORDER_HOLD}
    assert company.stock.reserved == {}


def test_an_order_canceled_while_it_was_sourced_keeps_nothing(company: Company):
    company.stock = Shelves(Seattle=9)
    order = company.has()
    company.stock.beforehand = lambda: canceled(company, order)
    company.optimize(order)

    company.sourcing().backorders.run(company.now)

    assert company.stock.reserved == {}


def test_a_service_that_will_not_take_units_back_is_on_the_error_pages_until_it_does(company: Company):
    company.stock = Shelves(Seattle=9)
    order = company.has()
    company.stock.fault = TransientProviderError("busy")
    with pytest.raises(TransientProviderError):
        company.optimize(order)
    company.actions().give_up(optimizing(order), "too often")
    company.stock.fault = RejectedByProvider("HTTP 403: no role")

    company.sourcing().backorders.run(company.now)
    company.stock.fault = None
    company.sourcing().backorders.run(company.now)

    assert "HTTP 403: no role" in {entry.message for entry in errors_of(company.errors, order.order_id, status=None)}
    assert company.stock.reserved == {}
    assert company.sourcing().plans.open() == []


def _calls_until_reserved(company: Company) -> int:
    """The call after which units are kept and nothing says so yet."""
    probe, life = company.has(), Life()
    fill, reserve = company.stock.units.copy(), company.stock.reserve
    found: list[int] = []
    company.stock.beforehand = lambda: found.append(life.calls)
    company.actions(life).run(optimizing(probe))
    company.actions().run(canceling(probe))
    company.sourcing().backorders.run(company.now)
    assert (fill, reserve) == (company.stock.units, company.stock.reserve)
    return found[0] + 1
