"""An order that is not paid waits, and starts once when it is."""

import pytest

from tests.e2e.followed import ALL_STEPS, COMPLETED, SENT, WAITING, all_complete, once
from tests.e2e.town import Town

PAID = 11


def test_unpaid_orders_wait_under_their_name_and_start_once_when_they_are_paid(town: Town):
    orders = [town.place(status_id=status) for status in (0, 1, 7)]
    for order in orders:
        order.reaches(WAITING)
    town.falls_quiet()
    before = [order.effects() for order in orders]

    for order in orders:
        town.shop.callbacks("store/order/statusUpdated", duplicate=3)
        town.shop.status(order.external_id, PAID)
    all_complete(*orders)

    town.falls_quiet()
    assert before == [[], [], []]
    for order in orders:
        assert order.received() == once()
        assert order.events()[:2] == ["Order Awaiting Payment", "New Order"]
        assert order.steps() == [(step, 1, True) for step in ALL_STEPS]


def test_the_news_of_the_payment_may_overtake_that_of_the_order(town: Town):
    town.shop.callbacks("store/order/created", delay_seconds=2)
    order = town.place(status_id=7)

    town.shop.status(order.external_id, PAID)
    order.reaches(SENT)
    town.falls_quiet()

    assert order.events().count("New Order") == 1
    assert order.received() == once(shipments=0, status_writes=())


@pytest.mark.parametrize("status", [2, 5, 10])
def test_an_order_that_was_over_before_we_heard_of_it_is_left_alone(town: Town, status: int):
    order = town.place(status_id=status)

    town.falls_quiet()

    assert order.position() == "unknown"
    assert order.effects() == []


def test_a_callback_that_claims_a_payment_the_store_does_not_know_of_starts_nothing(town: Town):
    order = town.place(status_id=7).reaches(WAITING)
    status = {"previous_status_id": 7, "new_status_id": PAID}
    data = {"type": "order", "id": int(order.external_id), "status": status}

    answer = town.caller.posts(town.caller.callback(order.external_id, scope="store/order/statusUpdated", data=data))

    town.falls_quiet()
    assert answer == 202
    assert order.position() == WAITING
    assert order.effects() == []


def test_a_refund_does_not_start_an_order_again(town: Town):
    order = town.place()
    order.completes()
    town.falls_quiet()
    events, effects = order.events(), order.effects()

    town.shop.refunds(order.external_id)
    town.operator.runs("pull_bigcommerce_orders")

    town.falls_quiet()
    assert order.store_status() == 4
    assert order.position() == COMPLETED
    assert (order.events(), order.effects()) == (events, effects)
    assert order.received() == once()
