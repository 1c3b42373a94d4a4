"""Orders that Flexe refuses, cancels, holds, ships short, or has twice."""

from decimal import Decimal

import pytest

from shared.domain.events import (
    ALERT,
    CANCEL_REFUSED,
    FULFILLMENT_REFUSED,
    LINES_CANCELED,
    LINES_SHIPPED,
    ORDER_CANCELED,
    ORDER_SHIPPED,
)
from shared.domain.orders import Order
from shared.domain.progress import is_canceled
from shared.domain.records import CANCELING, OrderRecord
from shared.providers.flexe.status import NotKeptYet, observe
from tests.providers.flexe.samples import (
    KETTLE,
    REFERENCE,
    a_flexe_line,
    a_gift_card,
    a_kettle,
    a_line,
    a_parcel,
    an_order,
    seen,
    sent,
)
from tests.providers.flexe.watcher import BAGS, LATER, SOURCES, STILL_LATER, Watcher


def canceling(word: str = "requested", order: Order | None = None) -> Watcher:
    return Watcher(order, **{CANCELING: word})


def test_an_order_that_flexe_refuses_after_taking_it_waits_for_a_person(watcher: Watcher):
    told = [watcher.look(seen("rejected", cancel_reason="sku is not set up"))]
    assert watcher.troubles == [f"Flexe will not ship order {REFERENCE} (rejected): sku is not set up"]
    told += [watcher.look(seen("rejected", cancel_reason="sku is not set up"))]

    assert told == [[FULFILLMENT_REFUSED], []]
    assert watcher.troubles == []
    assert watcher.canceled == [0, 0]
    assert watcher.status == "rejected"


def test_an_order_that_the_warehouse_cancels_unasked_may_be_sent_again(watcher: Watcher):
    lines = [a_flexe_line(canceled=2), a_flexe_line(KETTLE, 1, canceled=1)]

    events = watcher.look(seen("Canceled", lines=lines))

    assert events == [FULFILLMENT_REFUSED]
    assert watcher.observed
    assert watcher.observed.events[0].details["reason"] == "no reason was given"
    assert watcher.canceled == [0, 0]


@pytest.mark.parametrize("word", ["requested", "pending"])
@pytest.mark.parametrize("status", ["cancelled", "rejected"])
def test_an_order_that_was_to_be_canceled_is_canceled(word: str, status: str):
    watcher = canceling(word, sent(an_order(a_line(), a_kettle())))

    events = watcher.look(seen(status))

    assert events == [ORDER_CANCELED]
    assert (watcher.record.marks[CANCELING], watcher.troubles) == ("", [])
    assert is_canceled(watcher.order)
    assert watcher.look(seen(status)) == []


def test_what_is_no_parcel_is_canceled_with_the_parcels():
    watcher = canceling(order=sent(an_order(a_line(), a_kettle(), a_gift_card())))

    assert watcher.look(seen("cancelled")) == [ORDER_CANCELED]


def test_a_cancellation_that_came_about_by_our_own_asking_is_no_news():
    canceled = sent(an_order(a_line(quantity_canceled=Decimal(2)), a_kettle(quantity_canceled=Decimal(1))), "canceled")
    watcher = canceling("requested", canceled)

    assert watcher.look(seen("cancelled")) == []
    assert watcher.record.marks[CANCELING] == ""


def test_a_parcel_that_leaves_in_spite_of_the_cancellation_wins():
    watcher = canceling("pending")

    events = watcher.look(seen("shipped", a_parcel()))

    assert events == [ORDER_SHIPPED, CANCEL_REFUSED]
    assert watcher.troubles == [f"Flexe has shipped of order {REFERENCE}, which was to be canceled"]
    assert watcher.record.marks[CANCELING] == ""


def test_a_parcel_of_an_order_that_is_canceled_already_reaches_a_person():
    gone = an_order(a_line(quantity_canceled=Decimal(2)), a_kettle(quantity_canceled=Decimal(1)))
    watcher = Watcher(sent(gone))

    assert watcher.look(seen("shipped", a_parcel())) == [CANCEL_REFUSED]
    assert len(watcher.troubles) == 1


def test_what_is_left_of_a_cancellation_after_a_parcel_is_canceled():
    watcher = canceling("pending")

    first = watcher.look(seen("partially_shipped", BAGS))
    rest = watcher.look(seen("cancelled", BAGS))

    assert (first, rest) == ([LINES_SHIPPED, CANCEL_REFUSED], [LINES_CANCELED, ORDER_SHIPPED, ALERT])
    assert watcher.canceled == [0, 1]


def test_a_line_that_is_shipped_short_reaches_the_shopper_through_a_person(watcher: Watcher):
    short = [a_flexe_line(shipped=2), a_flexe_line(KETTLE, 1, canceled=1)]
    now = seen("shipped", BAGS, lines=short, cancel_reason="broken")

    told = [watcher.look(now)]
    assert watcher.troubles == [
        f"short-shipped: 1 of line 2 of Flexe order {REFERENCE} will not come (broken); tell the shopper"
    ]
    told += [watcher.look(now)]

    assert told == [[LINES_CANCELED, ORDER_SHIPPED, ALERT], []]
    assert watcher.canceled == [0, 1]
    assert watcher.troubles == []


def test_what_was_canceled_before_sending_is_counted_with_what_is_short():
    watcher = Watcher(sent(an_order(a_line(quantity_canceled=Decimal(1)), a_kettle())))

    watcher.look(seen("processing", lines=[a_flexe_line(quantity=1, canceled=1), a_flexe_line(KETTLE, 1)]))

    assert watcher.canceled == [2, 0]


def test_an_order_on_hold_is_told_once_and_settled_when_it_goes_on(watcher: Watcher):
    told = [watcher.look(seen("address_error"))]
    assert watcher.troubles == [f"Flexe has put order {REFERENCE} on hold (address_error): see to it there"]
    told += [watcher.look(seen("on_hold", updated_at=LATER))]
    assert watcher.troubles == []

    told += [watcher.look(seen("accepted", updated_at=STILL_LATER))]

    assert told == [[ALERT], [], []]
    assert watcher.observed
    assert watcher.observed.settled == (f"flexe.{REFERENCE}.on_hold",)
    assert watcher.status == "accepted"


def test_a_second_hold_is_news_again(watcher: Watcher):
    words = [("on_hold", "09"), ("accepted", "10"), ("on_hold", "11")]

    told = [watcher.look(seen(word, updated_at=f"2026-01-02T{hour}:00:00Z")) for word, hour in words]

    assert told == [[ALERT], [], [ALERT]]


def test_an_order_refused_after_a_hold_settles_the_hold(watcher: Watcher):
    watcher.look(seen("on_hold"))

    events = watcher.look(seen("rejected"))

    assert events == [FULFILLMENT_REFUSED]
    assert watcher.observed
    assert watcher.observed.settled == (f"flexe.{REFERENCE}.on_hold",)


def test_an_old_refused_order_does_not_refuse_the_one_sent_instead():
    watcher = Watcher(sent(sent(an_order(), "rejected"), number=f"{REFERENCE}-2", flexe_id="obo_2"))

    late = watcher.look(seen("rejected"))
    shipped = watcher.look(seen("shipped", a_parcel(), id="obo_2", external_order_id=f"{REFERENCE}-2"))

    assert (late, shipped) == ([], [ORDER_SHIPPED])
    assert [each.status for each in watcher.order.fulfillment_orders] == ["rejected", "shipped"]


def test_the_second_refusal_is_an_event_of_its_own():
    watcher = Watcher(sent(sent(an_order(), "rejected"), number=f"{REFERENCE}-2", flexe_id="obo_2"))

    events = watcher.look(seen("rejected", id="obo_2", external_order_id=f"{REFERENCE}-2"))

    assert events == [FULFILLMENT_REFUSED]
    assert watcher.observed
    assert watcher.observed.events[0].cause == f"{REFERENCE}-2"


def test_a_parcel_may_leave_before_the_sending_is_stored():
    watcher = Watcher(an_order())

    assert watcher.look(seen("shipped", a_parcel())) == [ORDER_SHIPPED]
    assert [each.external_id for each in watcher.order.fulfillment_orders] == ["obo_1"]


def test_news_without_a_parcel_waits_until_the_sending_is_stored():
    watcher = Watcher(an_order())

    assert watcher.look(seen("accepted")) == []
    assert watcher.order == an_order()
    for word in ("rejected", "cancelled", "on_hold"):
        with pytest.raises(NotKeptYet):
            watcher.look(seen(word))


def test_a_second_order_under_the_same_name_is_not_counted_and_told_twice_at_most(watcher: Watcher):
    second = {"id": "obo_2"}

    told = [
        watcher.look(seen("accepted", **second)),
        watcher.look(seen("accepted", **second)),
        watcher.look(seen("shipped", a_parcel(), **second)),
        watcher.look(seen("delivered", a_parcel(), **second)),
    ]

    assert told == [[ALERT], [], [ALERT], []]
    assert watcher.order == sent(an_order())


def test_a_second_order_that_was_canceled_is_no_news(watcher: Watcher):
    assert watcher.look(seen("cancelled", id="obo_2")) == []
    assert watcher.status == "accepted"


def test_a_record_without_lines_is_a_mistake():
    with pytest.raises(ValueError, match="without its lines"):
        observe(seen(), OrderRecord(order=an_order().with_(lines=())), SOURCES)


def test_a_line_that_is_canceled_as_it_was_to_be_is_not_short():
    watcher = canceling("pending")

    events = watcher.look(seen("processing", lines=[a_flexe_line(canceled=2), a_flexe_line(KETTLE, 1)]))

    assert (events, watcher.troubles) == ([LINES_CANCELED], [])


def test_a_hold_that_was_noted_when_the_order_was_sent_is_still_told():
    watcher = Watcher(sent(an_order(), "on_hold"))

    assert watcher.look(seen("on_hold")) == [ALERT]
    assert watcher.look(seen("on_hold")) == []
