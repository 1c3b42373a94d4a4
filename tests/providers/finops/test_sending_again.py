"""Lines that F&O refused are sent again one by one, as people wish: each once, and nothing else with them."""

import pytest

from shared.domain.events import SENT_TO_FULFILLMENT
from shared.domain.orders import Order
from tests.providers.finops.samples import a_line, an_order, sourced, updated


def sent_but_for_two_and_three(send) -> Order:
    """F&O has line 1: site 1 has no warehouse 24."""
    order = an_order((a_line(1), a_line(2, shipping_site="1"), a_line(3, shipping_site="1")))
    return updated(send(order, partial_lines_succeed=True), order)


def mended(order: Order) -> Order:
    return order.with_(lines=tuple(line.with_(shipping_site="2") for line in order.lines))


def wishing_for(order: Order, *numbers: int) -> Order:
    return order.with_(lines=tuple(line.with_(resend=line.number in numbers) for line in order.lines))


def in_finops(finops) -> list[int]:
    (sent,) = finops.sales_orders
    return [line["sequence"] for line in sent["lines"]]


def test_only_the_line_that_is_wished_for_is_sent(finops, send, send_again):
    order = wishing_for(mended(sent_but_for_two_and_three(send)), 2)

    outcome = send_again(order)

    assert outcome.result.success
    assert in_finops(finops) == [1, 2]
    lines = updated(outcome, order).lines
    assert [line.in_finops for line in lines] == [True, True, False]
    assert [bool(line.sync_error) for line in lines] == [False, False, True]
    assert not any(line.resend for line in lines)
    assert [event.name for event in outcome.events] == [SENT_TO_FULFILLMENT]
    assert outcome.result.details["lines"] == [2]


def test_a_line_that_is_sent_again_twice_is_there_once(finops, send, send_again):
    order = wishing_for(mended(sent_but_for_two_and_three(send)), 2)

    outcomes = [send_again(order, generation=generation) for generation in (1, 2)]

    assert [outcome.result.success for outcome in outcomes] == [True, True]
    assert in_finops(finops) == [1, 2]
    assert len(finops.effects("finops_line_created")) == 2


def test_where_part_of_an_order_is_enough_another_refusal_holds_nothing_up(finops, send, send_again):
    order = wishing_for(sent_but_for_two_and_three(send), 2)

    outcome = send_again(order)

    assert outcome.result.success
    assert "line 2: Write failed" in outcome.result.message
    assert outcome.events == ()
    line = updated(outcome, order).lines[1]
    assert (line.in_finops, line.resend) == (False, False)
    assert "does not belong to site 1" in (line.sync_error or "")
    assert in_finops(finops) == [1]


def test_where_it_is_not_the_step_fails_and_its_next_try_sends_the_line(finops, send, send_again):
    order = wishing_for(sent_but_for_two_and_three(send), 2)

    failed = send_again(order, partial_lines_succeed=False)
    after = mended(updated(failed, order))
    outcome = send_again(after, generation=2, partial_lines_succeed=False)

    assert (failed.result.success, outcome.result.success) == (False, True)
    assert in_finops(finops) == [1, 2]


def test_a_wish_that_an_earlier_run_has_fulfilled_is_no_failure(send, send_again):
    outcome = send_again(sent_but_for_two_and_three(send))

    assert (outcome.result.success, outcome.result.message) == (True, "nothing is left to be sent again")
    assert outcome.events == ()


def test_a_line_that_was_canceled_meanwhile_is_not_sent(finops, send, send_again):
    order = wishing_for(mended(sent_but_for_two_and_three(send)), 2)
    canceled = order.with_(lines=tuple(line.with_(quantity_canceled=line.quantity) for line in order.lines))

    outcome = send_again(canceled)

    assert outcome.result.success
    assert in_finops(finops) == [1]


def test_a_line_is_sent_from_its_source(finops, bill, send_again):
    order = an_order((sourced(a_line(1)), sourced(a_line(2), "2", "13")), shipping_warehouse=None)
    order = updated(bill(order, partial_lines_succeed=True), order)
    wanted = order.with_(lines=(order.lines[0], sourced(order.lines[1], "2", "24").with_(resend=True)))

    send_again(wanted)

    assert [line["warehouse"] for line in finops.sales_orders[0]["lines"]] == ["13", "24"]


@pytest.mark.parametrize("fact", ["product", "unit"])
def test_a_line_that_lacks_a_fact_is_named(send, send_again, fact: str):
    order = wishing_for(sent_but_for_two_and_three(send), 2)
    order = order.with_(lines=tuple(line.with_(**{fact: None}) if line.resend else line for line in order.lines))

    outcome = send_again(order)

    assert (outcome.result.success, outcome.result.message) == (False, f"{fact} of line 2 is not set")
