"""Taking orders in: every order of the shop is stored and visible once, whatever is wrong with it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest

from shared.application.cancellation import Cancellation
from shared.application.intake import OrderIntake, StillWrong, Taken
from shared.application.reprocessing import Reprocessing
from shared.configuration import Configuration
from shared.configuration.in_force import only
from shared.domain.errors import RejectedByProvider, TransientProviderError, UnknownOrder
from shared.domain.events import AWAITING_PAYMENT, INTAKE_FAILED, NEW_ORDER, STEP_FAILED
from shared.domain.orders import FulfillmentOrder, Problem, Shipment
from shared.domain.records import Change
from shared.domain.sources import IntakeMessage, PulledOrder, Readiness
from shared.messaging.names import INTAKE_QUEUE
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.samples import (
    FLOW,
    VALIDATED,
    RecordingQueues,
    Shop,
    an_order,
    errors_of,
    happened,
    message_about,
    standing,
    taken_in,
)

NO_PRODUCT = Problem(field="products[0].sku", value="HAT-9", problem="the SKU has no product")
AT_FLEXE = FulfillmentOrder(number="BC-10427", fulfiller="flexe", external_id="obo_1", status="rejected", lines=())
LEFT = Shipment(shipment_id="shp_1", tracking_number="1Z", items=())


def test_a_paid_order_is_stored_and_its_flow_is_to_be_started(intake: OrderIntake, book: TableOrderBook, shop: Shop):
    order = shop.has(an_order())

    taken = intake.take(message_about(order))

    assert book.get(order.order_id).order == order
    assert happened(book, order.order_id) == [NEW_ORDER]
    assert taken.start
    assert (taken.start.flow, taken.start.instance_id) == (FLOW, f"order-{order.order_id}")
    assert taken.events == ()


def test_a_flow_is_started_with_the_policies_and_deadlines_of_its_configuration(
    intake: OrderIntake, shop: Shop, configuration: Configuration
):
    order = shop.has(an_order())
    deadlines = configuration.flow(FLOW).deadline_seconds

    taken = intake.take(message_about(order))

    assert taken.start
    assert taken.start.input == {
        "order_id": order.order_id,
        "validation_policies": ["Validate order header", "Validate order lines"],
        "assignment_policies": ["Assign order data", "Assign order line data"],
        "fulfillment_validation_policies": [],
        "deadline_seconds": deadlines,
    }
    assert (deadlines["Order Shipped"], deadlines["Order Invoiced"]) == (259200, 1209600)


def test_an_order_that_is_taken_in_twice_at_once_starts_one_flow(
    intake: OrderIntake, book: TableOrderBook, shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    order, together = shop.has(an_order()), Barrier(2)
    answer = PulledOrder(order=order, readiness=Readiness.READY)
    monkeypatch.setattr(shop, "pull", lambda _: (together.wait(10), answer)[1])

    with ThreadPoolExecutor(2) as both:
        first, second = both.map(intake.take, [message_about(order)] * 2)

    assert first == second
    assert first.start
    assert happened(book, order.order_id) == [NEW_ORDER]


def test_a_message_whose_first_delivery_died_before_the_start_starts_the_same_flow(intake: OrderIntake, shop: Shop):
    order = shop.has(an_order())
    died = intake.take(message_about(order))

    again = intake.take(message_about(order))

    assert died.start
    assert again.start == replace(died.start, is_new=False)


def test_an_order_on_its_way_is_not_read_from_the_shop_again(intake: OrderIntake, shop: Shop):
    order = shop.has(an_order())
    intake.take(message_about(order))

    intake.take(message_about(order))

    assert shop.pulls == 1


def test_an_unpaid_order_waits_under_its_name(intake: OrderIntake, book: TableOrderBook, shop: Shop):
    order = shop.has(an_order(0), Readiness.WAITING)

    taken = intake.take(message_about(order))

    assert taken == Taken(order.order_id)
    assert book.find("bigcommerce", order.external_id) == order.order_id
    assert standing(book, order.order_id) == ("New", "Awaiting Payment")


def test_an_order_paid_later_is_taken_in_with_its_lines(intake: OrderIntake, book: TableOrderBook, shop: Shop):
    order = an_order()
    shop.has(order.with_(lines=(), addresses=()), Readiness.WAITING)
    intake.take(message_about(order))
    shop.has(order)

    taken = intake.take(message_about(order))

    assert taken.start
    assert book.get(order.order_id).order == order
    assert standing(book, order.order_id) == ("New", "New")
    assert happened(book, order.order_id) == [AWAITING_PAYMENT, NEW_ORDER]


def test_news_that_is_overtaken_does_not_undo_what_overtook_it(
    intake: OrderIntake, book: TableOrderBook, shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    order = an_order()
    unpaid = PulledOrder(order=order.with_(lines=(), addresses=()), readiness=Readiness.WAITING)
    shop.has(unpaid.order, Readiness.WAITING)
    intake.take(message_about(order))
    shop.has(order)

    def overtaken(_: str) -> PulledOrder:
        """While the older news is on its way, another message takes the paid order in."""
        monkeypatch.undo()
        intake.take(message_about(order))
        return unpaid

    monkeypatch.setattr(shop, "pull", overtaken)
    intake.take(message_about(order))

    assert book.get(order.order_id).order == order
    assert standing(book, order.order_id) == ("New", "New")


def test_a_refusal_is_kept_with_its_reason_and_puts_the_order_on_hold(
    intake: OrderIntake, book: TableOrderBook, errors: TableErrorPages, shop: Shop
):
    order = shop.has(an_order(), problems=[NO_PRODUCT])

    taken = intake.take(message_about(order))

    record = book.get(order.order_id)
    assert taken.start is None
    assert (record.flow, record.problems) == (None, (NO_PRODUCT,))
    assert standing(book, order.order_id) == ("On Hold", "Order Intake Failed")
    (error,) = errors_of(errors, order.order_id)
    assert (error.kind, error.external_id) == ("inbound", order.external_id)
    assert error.message == "products[0].sku = 'HAT-9': the SKU has no product"


def test_the_same_refusal_again_is_no_news_but_another_one_is(intake: OrderIntake, book: TableOrderBook, shop: Shop):
    order = shop.has(an_order(), problems=[NO_PRODUCT])
    intake.take(message_about(order))
    intake.take(message_about(order))

    assert happened(book, order.order_id) == [INTAKE_FAILED]

    shop.has(order, problems=[NO_PRODUCT.with_(value="HAT-10")])
    intake.take(message_about(order))

    assert happened(book, order.order_id) == [INTAKE_FAILED, INTAKE_FAILED]


def test_a_mended_order_is_taken_in_and_its_errors_are_history(
    intake: OrderIntake, book: TableOrderBook, errors: TableErrorPages, shop: Shop
):
    order = shop.has(an_order(), problems=[NO_PRODUCT])
    intake.take(message_about(order))
    shop.has(order)

    taken = intake.take(message_about(order))

    assert taken.start
    assert standing(book, order.order_id) == ("New", "New")
    assert book.header(order.order_id).problems == ()
    assert errors_of(errors, order.order_id) == []
    assert len(errors_of(errors, order.order_id, "resolved")) == 1


def test_what_the_shop_puts_right_counts_when_the_held_order_is_tried_again(
    intake: OrderIntake, book: TableOrderBook, shop: Shop
):
    order = taken_in(book, *VALIDATED, STEP_FAILED).order
    mended = shop.has(order.with_(currency="EUR"))

    intake.mend(book.header(order.order_id))

    assert book.get(order.order_id).order == mended
    assert standing(book, order.order_id)[0] == "On Hold"


def test_what_happens_to_a_held_order_while_it_is_read_again_is_not_undone(
    intake: OrderIntake, book: TableOrderBook, shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    order = taken_in(book, NEW_ORDER, STEP_FAILED).order
    shop.has(order)
    pull = shop.pull

    def overtaken(external_id: str) -> PulledOrder:
        answer = pull(external_id)
        if shop.pulls == 1:
            mended = shop.has(order.with_(currency="EUR"))
            book.change(order.order_id, lambda _: Change(order=mended))
        return answer

    monkeypatch.setattr(shop, "pull", overtaken)

    intake.mend(book.header(order.order_id))

    assert book.get(order.order_id).order.currency == "EUR"


def test_what_left_before_an_order_could_be_taken_in_has_left(intake: OrderIntake, book: TableOrderBook, shop: Shop):
    order = shop.has(an_order(), problems=(NO_PRODUCT,))
    intake.take(message_about(order))
    book.change(order.order_id, lambda record: Change(order=record.order.with_(shipments=(LEFT,))))

    intake.take(message_about(shop.has(order)))

    assert happened(book, order.order_id)[-1] == NEW_ORDER
    assert book.get(order.order_id).order.shipments == (LEFT,)


def test_what_the_shop_gets_wrong_in_a_held_order_is_told_and_not_taken_over(
    intake: OrderIntake, book: TableOrderBook, shop: Shop
):
    order = taken_in(book, *VALIDATED, STEP_FAILED).order
    shop.has(order.with_(currency="???"), problems=[NO_PRODUCT])

    with pytest.raises(StillWrong, match="HAT-9"):
        intake.mend(book.header(order.order_id))

    assert book.get(order.order_id).order == order


@pytest.mark.parametrize("known", [{"fulfillment_orders": (AT_FLEXE,)}, {"shipments": (LEFT,)}])
def test_an_order_that_a_fulfiller_has_is_not_changed_by_the_shop_any_more(
    intake: OrderIntake, book: TableOrderBook, shop: Shop, known: dict[str, Any]
):
    order = taken_in(book, *VALIDATED, STEP_FAILED, order=an_order(**known)).order
    shop.has(order.with_(currency="EUR", fulfillment_orders=(), shipments=()))

    intake.mend(book.header(order.order_id))

    assert book.get(order.order_id).order == order
    assert shop.pulls == 0


def test_an_order_that_was_assigned_is_not_changed_by_the_shop_any_more(
    intake: OrderIntake, book: TableOrderBook, shop: Shop
):
    order = taken_in(book, *VALIDATED, STEP_FAILED, order=an_order(company="USMF")).order
    shop.has(order.with_(currency="EUR", company=None))

    intake.mend(book.header(order.order_id))

    assert book.get(order.order_id).order == order
    assert shop.pulls == 0


def test_what_finops_puts_right_in_an_order_born_there_counts_when_it_is_tried_again(
    book: TableOrderBook, errors: TableErrorPages, shop: Shop, configuration: Configuration
):
    intake = OrderIntake(book, errors, {"finops": shop}, only(configuration), Cancellation(book, errors))
    order = taken_in(book, NEW_ORDER, STEP_FAILED, order=an_order(source="finops", company="USMF")).order
    mended = shop.has(order.with_(currency="EUR"))

    intake.mend(book.header(order.order_id))

    assert book.get(order.order_id).order == mended


def test_an_order_that_no_flow_takes_is_kept_and_says_so(
    book: TableOrderBook, errors: TableErrorPages, shop: Shop, configuration: Configuration
):
    nobody = configuration.with_(flows={})
    intake = OrderIntake(book, errors, {"bigcommerce": shop}, only(nobody), Cancellation(book, errors))
    order = shop.has(an_order())

    intake.take(message_about(order))

    assert standing(book, order.order_id) == ("On Hold", "Order Intake Failed")
    assert "no published flow takes this order" in errors_of(errors, order.order_id)[0].message


def test_an_order_of_a_source_that_has_others_too_is_left_alone_and_noted_when_no_flow_takes_it(
    book: TableOrderBook, errors: TableErrorPages, shop: Shop, configuration: Configuration
):
    shop.takes_all = False
    nobody = configuration.with_(flows={})
    intake = OrderIntake(book, errors, {"bigcommerce": shop}, only(nobody), Cancellation(book, errors))
    order = shop.has(an_order())

    intake.take(message_about(order))

    with pytest.raises(UnknownOrder):
        book.header(order.order_id)
    assert errors_of(errors, order.order_id) == []
    (noted,) = (entry for entry in errors.entries("inbound", "noted") if entry.order_id == order.order_id)
    assert noted.message == f"order {order.number} of bigcommerce is left alone: no published flow takes it"


def test_an_order_that_was_left_alone_is_taken_in_by_reprocessing_once_a_flow_takes_it(
    book: TableOrderBook, errors: TableErrorPages, shop: Shop, configuration: Configuration
):
    shop.takes_all = False
    order, queues = shop.has(an_order()), RecordingQueues()
    sources, cancellation = {"bigcommerce": shop}, Cancellation(book, errors)
    OrderIntake(book, errors, sources, only(configuration.with_(flows={})), cancellation).take(message_about(order))

    Reprocessing(book, errors, queues, mend=lambda _: None, configuration=2).again(order.order_id, "operator")
    (message,) = queues.messages(INTAKE_QUEUE)
    intake = OrderIntake(book, errors, sources, only(configuration), cancellation)
    taken = intake.take(IntakeMessage.model_validate_json(message))

    assert taken.start is not None
    assert [entry for entry in errors.entries("inbound", "noted") if entry.order_id == order.order_id] == []


def test_an_order_that_two_flows_would_take_is_kept_and_names_both(
    book: TableOrderBook, errors: TableErrorPages, shop: Shop, configuration: Configuration
):
    flow = configuration.flow(FLOW)
    both = configuration.with_(flows={FLOW: flow, "another": flow.with_(name="another")})
    intake = OrderIntake(book, errors, {"bigcommerce": shop}, only(both), Cancellation(book, errors))
    order = shop.has(an_order())

    taken = intake.take(message_about(order))

    assert taken.start is None
    assert f"'{FLOW}', 'another'" in errors_of(errors, order.order_id)[0].message


def test_a_held_order_that_the_shop_has_shipped_itself_meanwhile_is_still_told_of(
    intake: OrderIntake, book: TableOrderBook, errors: TableErrorPages, shop: Shop
):
    order = shop.has(an_order(), problems=[NO_PRODUCT])
    intake.take(message_about(order))
    errors.resolve(order.order_id)  # by reprocessing
    shop.has(order, Readiness.ELSEWHERE)

    taken = intake.take(message_about(order))

    assert taken == Taken(order.order_id)
    assert [error.message for error in errors_of(errors, order.order_id)] == [
        "order BC-10427 was shipped or refunded in bigcommerce without us: cancel it here"
    ]


@pytest.mark.parametrize("readiness", [Readiness.ELSEWHERE, Readiness.CANCELED])
def test_an_order_that_was_never_ours_is_left_alone(
    intake: OrderIntake, book: TableOrderBook, shop: Shop, readiness: Readiness
):
    order = shop.has(an_order(), readiness)

    taken = intake.take(message_about(order))

    assert taken == Taken(order.order_id)
    with pytest.raises(UnknownOrder):
        book.header(order.order_id)


def test_a_shop_that_does_not_answer_is_worth_trying_again(intake: OrderIntake, book: TableOrderBook, shop: Shop):
    order = shop.fails(an_order(), TransientProviderError("the shop is down"))

    with pytest.raises(TransientProviderError):
        intake.take(message_about(order))

    assert happened(book, order.order_id) == []


def test_an_order_that_could_not_be_read_for_too_long_is_on_the_error_pages(
    intake: OrderIntake, errors: TableErrorPages
):
    order = an_order()

    intake.give_up(message_about(order), "the shop is down")

    (error,) = errors_of(errors, order.order_id)
    assert (error.kind, error.external_id) == ("inbound", order.external_id)
    assert error.message == "order could not be read from bigcommerce: the shop is down"


def test_a_shop_that_refuses_to_show_an_order_is_on_the_error_pages_with_its_reason(
    intake: OrderIntake, errors: TableErrorPages, shop: Shop
):
    order = shop.fails(an_order(), RejectedByProvider("the access token may not read orders"))

    taken = intake.take(message_about(order))

    assert taken == Taken(order.order_id)
    assert "the access token may not read orders" in errors_of(errors, order.order_id)[0].message
