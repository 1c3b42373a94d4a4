"""Orders canceled in the shop: those without a flow end, for the others their flow asks everyone to stop."""

from shared.application.intake import OrderIntake, Taken
from shared.domain.events import CANCEL_REQUESTED
from shared.domain.orders import Problem
from shared.domain.sources import Readiness
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.samples import (
    INVOICED,
    SENT,
    Shop,
    an_order,
    errors_of,
    message_about,
    standing,
    taken_in,
)

NO_PRODUCT = Problem(field="products[0].sku", value="HAT-9", problem="the SKU has no product")


def test_an_unpaid_order_that_the_shop_cancels_is_canceled(intake: OrderIntake, book: TableOrderBook, shop: Shop):
    order = shop.has(an_order(0), Readiness.WAITING)
    intake.take(message_about(order))
    shop.has(order, Readiness.CANCELED)

    intake.take(message_about(order, canceled=True))

    assert standing(book, order.order_id) == ("Canceled", "Canceled")


def test_the_flow_of_an_order_canceled_in_the_shop_hears_of_it(intake: OrderIntake, shop: Shop):
    order = shop.has(an_order())
    intake.take(message_about(order))
    shop.has(order, Readiness.CANCELED)

    taken = intake.take(message_about(order, canceled=True))

    assert [(mark.number, mark.name) for mark in taken.events] == [(2, CANCEL_REQUESTED)]


def test_a_cancellation_whose_first_delivery_died_before_the_raise_is_raised_again(intake: OrderIntake, shop: Shop):
    order = shop.has(an_order())
    intake.take(message_about(order))
    shop.has(order, Readiness.CANCELED)
    died = intake.take(message_about(order, canceled=True))

    again = intake.take(message_about(order, canceled=True))

    assert died.events
    assert again.events == died.events


def test_a_callback_that_speaks_of_canceling_is_not_believed_when_the_shop_says_otherwise(
    intake: OrderIntake, book: TableOrderBook, shop: Shop
):
    order = shop.has(an_order())
    intake.take(message_about(order))

    taken = intake.take(message_about(order, canceled=True))

    assert taken.events == ()
    assert standing(book, order.order_id) == ("New", "New")


def test_an_order_canceled_in_the_shop_after_it_was_sent_is_still_to_be_stopped(
    intake: OrderIntake, book: TableOrderBook, shop: Shop
):
    order = taken_in(book, *SENT).order
    shop.has(order, Readiness.CANCELED)

    taken = intake.take(message_about(order, canceled=True))

    assert [mark.name for mark in taken.events] == [CANCEL_REQUESTED]
    assert standing(book, order.order_id)[0] == "Fulfillment in Process"


def test_what_the_shop_says_of_a_completed_order_changes_nothing(intake: OrderIntake, book: TableOrderBook, shop: Shop):
    order = taken_in(book, *INVOICED).order
    shop.has(order, Readiness.CANCELED)

    taken = intake.take(message_about(order, canceled=True))

    assert taken == Taken(order.order_id)
    assert standing(book, order.order_id) == ("Completed", "Fulfilled")


def test_an_order_canceled_before_it_had_a_flow_is_not_looked_at_again(
    intake: OrderIntake, book: TableOrderBook, errors: TableErrorPages, shop: Shop
):
    order = shop.has(an_order(), problems=[NO_PRODUCT])
    intake.take(message_about(order))
    intake.cancellation.cancel(order.order_id, "operator")

    taken = intake.take(message_about(order))

    assert taken == Taken(order.order_id)
    assert errors_of(errors, order.order_id) == []
