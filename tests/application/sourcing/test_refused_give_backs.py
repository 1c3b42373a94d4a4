"""Units that the inventory service does not take back: a person hears of it, and no other order waits for that."""

from collections.abc import Sequence

import pytest

from shared.domain.errors import OrderProblem, RejectedByProvider, TransientProviderError
from shared.domain.orders import Order
from shared.domain.records import Change
from shared.domain.stock import Reservation
from tests.application.samples import errors_of, happened
from tests.application.sourcing.flows import Flows
from tests.application.sourcing.warehouses import (
    BAG,
    Company,
    Shelves,
    an_order_for,
    held,
    optimizing,
    sourced,
    with_line,
)

HAT = "HAT"
REFUSAL = RejectedByProvider("Inventory Visibility would not release 1 of 1 reservations, such as 12: unknown")
OUTAGE = TransientProviderError("Inventory Visibility answered 503")


class Stubborn(Shelves):
    """Takes back no `HAT`, for this reason; the other products of a request it does."""

    reason: OrderProblem | None = REFUSAL

    def release(self, kept: Sequence[Reservation]) -> None:
        super().release([each for each in kept if not self._stays(each)])
        if self.reason and any(map(self._stays, kept)):
            raise self.reason

    def _stays(self, each: Reservation) -> bool:
        return bool(self.reason) and each.product == HAT


@pytest.fixture
def stock(company: Company) -> Stubborn:
    company.stock = Stubborn(Seattle={BAG: 9})
    return company.stock


def hats(company: Company, lines: int = 1) -> Order:
    """A line of four hats, then single bags."""
    wanted = with_line(an_order_for([4, *[1] * (lines - 1)]), 1, product=HAT)
    return company.take(wanted)


def half_of_them_sold_meanwhile(stock: Stubborn) -> None:
    """Seattle and Reno share the hats; Reno's are gone when they are asked for, and Seattle's are of no use."""
    stock.fill("Seattle", {HAT: 2})
    stock.fill("Reno", {HAT: 2})
    stock.beforehand = lambda: stock.fill("Reno", {HAT: 0})


def gathered(company: Company, *orders: Order) -> None:
    for order in orders:
        company.sourcing().queue.put("Few and near", optimizing(order))
        company.passes(seconds=1)
    company.passes(minutes=2)


def batch_job(company: Company) -> dict[str, str]:
    """What each order's flow hears: "succeeded", or why not."""
    done = company.sourcing().batches.run()
    for each in done.answered:
        each.told()
    return {each.order_id: "succeeded" if each.answer.success else each.answer.message for each in done.answered}


def test_one_order_s_units_that_are_not_taken_back_hold_up_no_other_of_its_batch(company: Company, stock: Stubborn):
    company.strategy(batch_minutes=2)
    half_of_them_sold_meanwhile(stock)
    refused, other, next_one = hats(company), company.has(), company.has()
    gathered(company, refused, other)

    first = batch_job(company)
    gathered(company, next_one)
    second = batch_job(company)

    assert first == {refused.order_id: f"line 1 (BAG-CNV-OLV): {REFUSAL}", other.order_id: "succeeded"}
    assert second == {next_one.order_id: "succeeded"}
    assert [error.message for error in errors_of(company.errors, refused.order_id)] == [first[refused.order_id]]


def test_a_refusal_that_the_run_before_has_met_holds_up_no_other_of_the_batch(company: Company, stock: Stubborn):
    """That run was cut off by an outage while it gave units back."""
    company.strategy(batch_minutes=2)
    half_of_them_sold_meanwhile(stock)
    refused, other = hats(company), company.has()
    gathered(company, refused, other)
    stock.reason = OUTAGE
    during = batch_job(company)
    stock.reason = REFUSAL

    after = batch_job(company)

    assert during == {}
    assert after == {refused.order_id: f"line 1 (BAG-CNV-OLV): {REFUSAL}", other.order_id: "succeeded"}


def test_an_order_that_is_sourced_at_once_fails_with_the_refusal(company: Company, stock: Stubborn):
    half_of_them_sold_meanwhile(stock)

    answer = company.optimize(hats(company))

    assert (answer.success, answer.message) == (False, f"line 1 (BAG-CNV-OLV): {REFUSAL}")


def test_what_else_a_failed_order_has_is_given_back_whether_or_not_its_hats_are_taken(
    company: Company, stock: Stubborn
):
    half_of_them_sold_meanwhile(stock)
    order = hats(company, lines=2)
    company.optimize(order)
    assert stock.reserved == {"Seattle": 3}

    company.sourcing().backorders.run(company.now)
    still = stock.reserved
    stock.reason = None
    company.sourcing().backorders.run(company.now)

    assert still == {"Seattle": 2}
    assert stock.reserved == {}
    assert company.sourcing().plans.open() == []


def waiting(company: Company, order: Order) -> Order:
    company.optimize(order)
    assert len(held(company.get(order))) == len(order.lines)
    return company.get(order)


def test_the_backorder_job_releases_the_other_lines_and_tells_a_person_until_the_units_are_taken(
    company: Company, stock: Stubborn
):
    stock.units = {}
    refused, other = waiting(company, hats(company, lines=2)), waiting(company, company.has())
    stock.fill("Seattle", {BAG: 9})
    half_of_them_sold_meanwhile(stock)

    first = company.sourcing().backorders.run(company.now)
    messages = [error.message for error in errors_of(company.errors, refused.order_id)]
    second = company.sourcing().backorders.run(company.now)
    stock.reason = None
    stock.fill("Seattle", {HAT: 0})
    company.sourcing().backorders.run(company.now)

    assert (first.released, second.released) == (2, 0)
    assert sourced(company.get(other)) == {1: "Seattle"}
    assert sourced(company.get(refused)) == {1: None, 2: "Seattle"}
    assert len(messages) == 1
    assert str(REFUSAL) in messages[0]
    assert stock.reserved == {"Seattle": 2}


@pytest.mark.parametrize("reason", [REFUSAL, OUTAGE])
def test_a_flow_hears_of_released_lines_though_units_kept_in_vain_are_never_taken_back(
    company: Company, stock: Stubborn, reason: OrderProblem
):
    """The hold of the hats is lifted by a person while units are kept for them."""
    stock.reason = reason
    stock.units = {}
    order = waiting(company, hats(company, lines=2))
    before = len(happened(company.book, order.order_id))
    stock.fill("Seattle", {BAG: 9, HAT: 9})
    lifted = with_line(order, 1, hold=None)
    stock.beforehand = lambda: company.book.change(order.order_id, lambda _: Change(order=lifted))
    flows = Flows()

    for _ in range(2):
        flows.hear(company.sourcing().backorders.run(company.now))

    assert sourced(company.get(order)) == {1: None, 2: "Seattle"}
    assert len(happened(company.book, order.order_id)) > before
    assert flows.missed(company, order.order_id, before) == []
