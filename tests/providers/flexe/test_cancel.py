"""Orders are stopped at Flexe where that is still possible, over real HTTP against the stand-in warehouse."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from shared.domain.actions import ActionOutcome
from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.events import CANCEL_PENDING, CANCEL_REFUSED, LINES_CANCELED, ORDER_CANCELED
from shared.domain.orders import Order
from shared.domain.progress import advance, is_canceled
from shared.providers.flexe.actions import CancelFulfillmentOrder, SendFulfillmentOrder
from shared.providers.flexe.client import FlexeClient
from tests.providers.flexe.conftest import RecordingLinks
from tests.providers.flexe.samples import (
    BAG,
    KETTLE,
    REFERENCE,
    a_connection,
    a_gift_card,
    a_kettle,
    a_line,
    a_parcel,
    a_request,
    an_order,
    raw_order,
    utc_now,
)
from tests.systems.flexe.conftest import ORDERS, Flexe

CANCEL = f"POST {ORDERS}/{{id}}/cancel"
Cancel = Callable[..., ActionOutcome]
Place = Callable[[Order], Order]


@pytest.fixture
def cancel(client: FlexeClient) -> Cancel:
    """The first attempt, unless it is said which."""

    def cancel(order: Order, *, attempt: int = 1) -> ActionOutcome:
        request = a_request("cancel_order", "Cancel at flexe").model_copy(update={"attempt": attempt})
        return CancelFulfillmentOrder(client, a_connection())(request, order)

    return cancel


@pytest.fixture
def place(client: FlexeClient, links: RecordingLinks) -> Place:
    """Sends an order; the order with what is then known of it."""

    def place(order: Order) -> Order:
        outcome = SendFulfillmentOrder(client, links, a_connection(), utc_now)(a_request(), order)
        assert outcome.update
        return outcome.update(order)

    return place


@pytest.fixture
def order(place: Place) -> Order:
    return place(an_order())


def stored(outcome: ActionOutcome, order: Order) -> tuple[Order, list[str]]:
    """The order once the outcome is stored, and everything that then has happened."""
    assert outcome.result.success
    assert outcome.update
    after, reported = outcome.update(order), ()
    if outcome.report:
        after, reported = advance(after, outcome.report)
    return after, [event.name for event in (*outcome.events, *reported)]


def test_an_order_that_flexe_cancels_is_canceled(flexe: Flexe, cancel: Cancel, order: Order):
    after, events = stored(cancel(order), order)

    assert events == [ORDER_CANCELED]
    assert is_canceled(after)
    assert after.fulfillment_orders[0].status == "canceled"
    assert flexe.read(order.fulfillment_orders[0].external_id)["status"] == "cancelled"


def test_what_is_no_parcel_is_canceled_with_the_parcels(cancel: Cancel, place: Place):
    order = place(an_order(a_line(), a_gift_card()))

    after, events = stored(cancel(order), order)

    assert events == [ORDER_CANCELED]
    assert is_canceled(after)


def test_what_had_been_canceled_before_stays_counted(cancel: Cancel, place: Place):
    order = place(an_order(a_line(quantity_canceled=Decimal(1)), a_kettle()))

    after, _ = stored(cancel(order), order)

    assert [line.quantity_canceled for line in after.lines] == [2, 1]


def test_asked_again_the_answer_is_the_same_and_flexe_is_not_bothered(flexe: Flexe, cancel: Cancel, order: Order):
    once, _ = stored(cancel(order), order)

    again, events = stored(cancel(order), order)
    later, nothing = stored(cancel(once), once)

    assert (again, events) == (once, [ORDER_CANCELED])
    assert (later, nothing) == (once, [])
    assert flexe.effects().count("order_canceled") == 1


def test_a_cancellation_that_is_only_noted_is_pending(flexe: Flexe, cancel: Cancel, order: Order):
    flexe.switch(cancellation="on_request")

    after, events = stored(cancel(order), order)
    _, again = stored(cancel(order), order)

    assert events == again == [CANCEL_PENDING]
    assert not is_canceled(after)
    assert after.fulfillment_orders[0].status == "cancel_requested"
    assert flexe.effects().count("order_cancel_requested") == 1


@pytest.mark.parametrize(("deed", "word"), [("pick", "processing"), ("ship", "shipped")])
def test_an_order_that_is_being_shipped_is_not_canceled_and_a_person_learns_why(
    flexe: Flexe, cancel: Cancel, order: Order, deed: str, word: str
):
    flexe.do(REFERENCE, deed)

    outcome = cancel(order)

    after, events = stored(outcome, order)
    assert events == [CANCEL_REFUSED]
    assert not is_canceled(after)
    assert outcome.events[0].details["message"] == (
        f"Flexe does not cancel order {REFERENCE} ({word}): the order is already {word}"
    )


def test_an_order_of_which_has_left_what_could_is_not_canceled(flexe: Flexe, cancel: Cancel, order: Order):
    flexe.do(REFERENCE, "ship", parcels=[{"lines": {BAG: 2}}])
    flexe.do(REFERENCE, "short", lines={KETTLE: 1})

    outcome = cancel(order)

    assert [event.name for event in outcome.events] == [CANCEL_REFUSED]
    assert outcome.report is None


def test_of_an_order_that_ended_after_a_parcel_only_the_rest_is_canceled(flexe: Flexe, cancel: Cancel, order: Order):
    ended = raw_order("cancelled", id=order.fulfillment_orders[0].external_id, shipments=[a_parcel(lines={BAG: 1})])
    flexe.arm(call=f"GET {ORDERS}/{{id}}", fault={"status": 200, "body": ended})

    after, events = stored(cancel(order), order)

    assert events == [LINES_CANCELED]
    assert [line.quantity_canceled for line in after.lines] == [1, 1]


def test_an_order_that_flexe_had_rejected_is_canceled_here(flexe: Flexe, cancel: Cancel, order: Order):
    flexe.do(REFERENCE, "reject", reason="bad address")

    after, events = stored(cancel(order), order)

    assert events == [ORDER_CANCELED]
    assert is_canceled(after)


def test_an_order_that_was_canceled_between_look_and_wish_is_canceled_here(flexe: Flexe, cancel: Cancel, order: Order):
    answer = {"errors": [{"code": "not_cancellable", "message": "the order is already cancelled", "field": None}]}
    flexe.arm(call=CANCEL, fault={"status": 409, "body": answer})
    flexe_id = order.fulfillment_orders[0].external_id
    before = flexe.read(flexe_id)
    flexe.do(REFERENCE, "cancel")
    flexe.arm(call=f"GET {ORDERS}/{{id}}", fault={"status": 200, "body": before})

    after, events = stored(cancel(order), order)

    assert events == [ORDER_CANCELED]
    assert is_canceled(after)


def test_an_order_that_flexe_does_not_have_needs_no_canceling(flexe: Flexe, cancel: Cancel):
    with pytest.raises(TransientProviderError, match="does not show"):
        cancel(an_order())

    outcome = cancel(an_order(), attempt=2)

    assert outcome.result.success
    assert (outcome.events, outcome.report) == ((), None)
    assert flexe.effects() == []


def test_an_order_is_found_at_flexe_though_its_sending_was_never_stored(flexe: Flexe, cancel: Cancel, place: Place):
    place(an_order())

    after, events = stored(cancel(an_order()), an_order())

    assert events == [ORDER_CANCELED]
    assert after.fulfillment_orders[0].status == "canceled"


def test_an_order_too_new_to_be_found_is_looked_for_again(flexe: Flexe, cancel: Cancel, place: Place):
    flexe.switch(lookup_lag_ms=60_000)
    place(an_order())

    with pytest.raises(TransientProviderError) as fault:
        cancel(an_order())

    assert fault.value.retry_after == a_connection().lookup_lag_seconds


def test_an_order_sent_again_whose_second_sending_was_never_stored_is_canceled(
    flexe: Flexe, cancel: Cancel, order: Order, place: Place
):
    flexe.do(REFERENCE, "reject", reason="bad address")
    rejected = order.with_(fulfillment_orders=(order.fulfillment_orders[0].with_(status="rejected"),))
    place(rejected)

    after, events = stored(cancel(rejected), rejected)

    assert events == [ORDER_CANCELED]
    assert [each.status for each in after.fulfillment_orders] == ["rejected", "canceled"]


def test_of_two_sendings_the_one_that_is_alive_is_canceled(flexe: Flexe, cancel: Cancel, order: Order, place: Place):
    flexe.do(REFERENCE, "reject", reason="bad address")
    rejected = order.with_(fulfillment_orders=(order.fulfillment_orders[0].with_(status="rejected"),))
    twice = place(rejected)

    after, events = stored(cancel(twice), twice)

    assert events == [ORDER_CANCELED]
    assert [each.status for each in after.fulfillment_orders] == ["rejected", "canceled"]


def test_lines_of_another_fulfiller_stay_as_they_are(cancel: Cancel, place: Place):
    bags = place(an_order(a_line()))
    more = bags.with_(lines=(*bags.lines, a_kettle(), a_gift_card()))

    after, events = stored(cancel(more), more)

    assert events == [LINES_CANCELED]
    assert [line.alive for line in after.lines] == [False, True, True]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_connection_lost_while_canceling_cancels_once(flexe: Flexe, cancel: Cancel, order: Order, moment: str):
    flexe.arm(call=CANCEL, fault={"drop": moment})
    with pytest.raises(TransientProviderError):
        cancel(order)

    _, events = stored(cancel(order), order)

    assert events == [ORDER_CANCELED]
    assert flexe.effects().count("order_canceled") == 1


def test_a_token_that_is_not_accepted_is_a_matter_for_a_person(flexe: Flexe, cancel: Cancel, order: Order):
    flexe.switch(api_token="rotated")

    with pytest.raises(RejectedByProvider, match="401"):
        cancel(order)


def test_an_order_known_to_be_refused_is_canceled_though_lists_do_not_show_it(
    flexe: Flexe, cancel: Cancel, place: Place
):
    flexe.switch(lookup_lag_ms=60_000)
    order = place(an_order())
    flexe.do(REFERENCE, "reject", reason="bad address")
    refused = order.with_(fulfillment_orders=(order.fulfillment_orders[0].with_(status="rejected"),))

    _, events = stored(cancel(refused), refused)

    assert events == [ORDER_CANCELED]
