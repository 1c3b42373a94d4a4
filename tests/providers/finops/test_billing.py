"""Sending the lines that have a source to F&O, through real HTTP: now, and again once more of them have one."""

from decimal import Decimal

import pytest

from shared.domain.errors import TransientProviderError
from shared.domain.events import SENT_TO_FULFILLMENT, SENT_TO_INVOICE
from shared.domain.orders import Order
from tests.providers.finops.samples import a_line, a_parcel, an_order, held, sourced, updated

ORDER = "GET /api/data/v9.2/salesorders({id})"
HEADER = "PATCH /api/data/v9.2/salesorders({id})"
BATCH = "POST /api/data/v9.2/$batch"


def half_sourced(**changes) -> Order:
    """Stock was found for line 1 only."""
    return an_order((sourced(a_line(1)), held(a_line(2))), shipping_warehouse=None, **changes)


def released(order: Order) -> Order:
    """Stock was found for all lines by now."""
    lines = (sourced(line, "2", "24") if line.hold else line for line in order.lines)
    return order.with_(lines=tuple(line.with_(hold=None) for line in lines))


def places(finops) -> list[tuple[int, str, str]]:
    (sent,) = finops.sales_orders
    return [(line["sequence"], line["site"], line["warehouse"]) for line in sent["lines"]]


def test_only_lines_with_a_source_are_sent_from_its_warehouse(finops, bill):
    outcome = bill(half_sourced())

    assert outcome.result.success
    assert outcome.result.details == {"number": "BC-10427", "lines": [1]}
    assert places(finops) == [(1, "1", "13")]


def test_the_order_keeps_where_its_lines_leave_from_and_that_finops_has_them(bill):
    order = half_sourced()

    line, waiting = updated(bill(order), order).lines

    assert (line.company, line.shipping_site, line.shipping_warehouse) == ("USMF", "1", "13")
    assert (line.in_finops, waiting) == (True, order.lines[1])


def test_what_changed_of_the_order_meanwhile_stays(bill):
    order = half_sourced()
    newest = order.with_(lines=tuple(line.with_(name="renamed", company="usmf") for line in order.lines))

    after = updated(bill(order), newest)

    assert [(line.name, line.company, line.in_finops) for line in after.lines] == [
        ("renamed", "usmf", True),
        ("renamed", "usmf", False),
    ]


def test_a_line_without_company_takes_that_of_its_source(finops, bill):
    order = an_order((sourced(a_line(company=None), company="USMF"),))

    outcome = bill(order)

    assert outcome.result.success
    assert updated(outcome, order).lines[0].company == "USMF"


def test_a_source_that_names_no_site_leaves_the_line_its_own(finops, bill):
    line = sourced(a_line(), site=None).with_(shipping_site="1")

    bill(an_order((line,)))

    assert places(finops) == [(1, "1", "13")]


def test_a_source_that_finops_does_not_know_leaves_the_line_as_policies_made_it(finops, bill):
    line = a_line(fulfillment_source=sourced(a_line(), None, None).fulfillment_source)

    bill(an_order((line,)))

    assert places(finops) == [(1, "2", "24")]


def test_nothing_to_send_is_explained_line_by_line(finops, bill):
    canceled = a_line(3, quantity_canceled=Decimal(2))

    outcome = bill(an_order((sourced(a_line(1), None, None), held(a_line(2)), canceled)))

    assert not outcome.result.success
    assert outcome.result.message == (
        "there is no line to send; line 1: it has no shipping warehouse; "
        "line 2: it is on hold (Backorder Hold); line 3: it is canceled"
    )
    assert [each["line"] for each in outcome.result.details["lines"]] == [1, 2, 3]
    assert finops.effects("row_created") == []


def test_only_lines_that_are_sent_have_to_be_complete(bill):
    incomplete = held(a_line(2, product=None, company=None))

    outcome = bill(an_order((sourced(a_line(1)), incomplete)))

    assert outcome.result.success


def test_a_line_with_a_missing_fact_is_named(finops, bill):
    outcome = bill(an_order((sourced(a_line(1), site=None),)))

    assert outcome.result.message == "shipping_site of line 1 is not set"
    assert finops.effects("row_created") == []


def test_a_line_that_waits_keeps_what_finops_said_of_it(bill):
    order = an_order((sourced(a_line(1)), held(a_line(2, sync_error="no such site"))))

    assert updated(bill(order), order).lines[1].sync_error == "no such site"


def test_a_warehouse_of_another_site_is_refused_in_the_words_of_finops(finops, bill):
    order = an_order((sourced(a_line(1)), sourced(a_line(2), "2", "13")))

    outcome = bill(order)

    assert outcome.result.message.startswith("F&O took 1 of 2 lines; line 2: Write failed")
    assert "Warehouse 13 does not belong to site 2" in (updated(outcome, order).lines[1].sync_error or "")
    assert [line.in_finops for line in updated(outcome, order).lines] == [True, False]


def test_part_of_the_lines_may_be_enough(bill):
    order = an_order((sourced(a_line(1)), sourced(a_line(2), "2", "13")))

    outcome = bill(order, partial_lines_succeed=True)

    assert outcome.result.success
    assert outcome.result.details["lines"] == [1]


def test_goods_that_finops_is_to_ship_are_sent_to_fulfillment(bill):
    (event,) = bill(half_sourced()).events

    assert (event.name, event.details) == (SENT_TO_FULFILLMENT, {"number": "BC-10427", "lines": [1]})


def test_goods_that_have_left_already_are_sent_to_invoice(bill):
    lines = (sourced(a_line(1)), sourced(a_line(2, quantity_canceled=Decimal(1))))
    order = an_order(lines, shipments=(a_parcel((lines[0], 2), (lines[1], 1)),))

    (event,) = bill(order).events

    assert (event.name, event.details["lines"]) == (SENT_TO_INVOICE, [1, 2])


def test_goods_of_which_only_some_have_left_are_sent_to_fulfillment(bill):
    lines = (sourced(a_line(1)), sourced(a_line(2)))
    order = an_order(lines, shipments=(a_parcel((lines[0], 2), (lines[1], 1)),))

    (event,) = bill(order).events

    assert event.name == SENT_TO_FULFILLMENT


def test_a_digital_line_need_not_leave(bill):
    lines = (sourced(a_line(1)), sourced(a_line(2, digital=True)))
    order = an_order(lines, shipments=(a_parcel((lines[0], 2)),))

    (event,) = bill(order).events

    assert event.name == SENT_TO_INVOICE


def test_sending_again_writes_nothing(finops, bill):
    first = bill(half_sourced())
    before = len(finops.effects("row_updated"))

    again = bill(half_sourced())

    assert again.events == first.events
    assert len(finops.effects("row_updated")) == before
    assert len(finops.effects("row_created")) == 2


@pytest.mark.parametrize("postings", [(), ("pick",), ("pack",), ("pack", "invoice")], ids=" then ".join)
def test_a_line_found_stock_for_later_joins_the_order_however_far_that_is(finops, bill, postings):
    order = updated(bill(half_sourced()), half_sourced())
    for posting in postings:
        finops.post(posting)
    before = len(finops.effects("finops_order_updated"))

    outcome = bill(released(order), generation=2)

    assert outcome.result.success
    assert outcome.result.details["lines"] == [1, 2]
    assert places(finops) == [(1, "1", "13"), (2, "2", "24")]
    assert len(finops.effects("finops_line_created")) == 2
    assert finops.effects("finops_line_updated") == []
    assert len(finops.effects("finops_order_updated")) == before


def test_a_line_found_stock_for_later_joins_an_order_invoiced_in_part(finops, bill):
    first = an_order((sourced(a_line(1)), sourced(a_line(2)), held(a_line(3))))
    order = updated(bill(first), first)
    finops.post("pack", lines={"1": 2})
    finops.post("invoice", lines={"1": 1})

    outcome = bill(released(order), generation=2)

    assert outcome.result.success
    assert [line[0] for line in places(finops)] == [1, 2, 3]


def test_a_line_in_finops_stays_where_it_is_whatever_its_source_becomes(finops, bill):
    order = updated(bill(half_sourced()), half_sourced())
    moved = order.with_(lines=(sourced(order.lines[0], "2", "24").with_(shipping_site="1", shipping_warehouse="13"),))

    after = updated(bill(moved, generation=2), moved)

    assert places(finops) == [(1, "1", "13")]
    assert after.lines[0].shipping_warehouse == "13"


def test_a_later_line_that_finops_refuses_leaves_the_earlier_ones_alone(finops, bill):
    order = updated(bill(half_sourced()), half_sourced())
    bad = order.with_(lines=(order.lines[0], sourced(a_line(2), "2", "13")))

    outcome = bill(bad, generation=2)

    assert outcome.result.message.startswith("F&O took 1 of 2 lines; line 2: Write failed")
    assert places(finops) == [(1, "1", "13")]


def test_a_later_line_costs_four_calls(finops, bill, exchanges):
    order = updated(bill(half_sourced()), half_sourced())
    del exchanges[:]

    bill(released(order), generation=2)

    calls = [exchange.call for exchange in exchanges if "salesorders" in exchange.call or "$batch" in exchange.call]
    assert len(calls) == 4  # read, write, release, look whether F&O has taken it: the header is known to be there
    assert len(exchanges) - len(calls) <= 9  # the codes of a process just started


def test_lines_held_by_a_paused_map_are_sent_once_it_runs(finops, bill):
    finops.control("POST", "/maps/lines/pause")
    with pytest.raises(TransientProviderError, match="F&O has not taken 1 lines yet"):
        bill(half_sourced())
    finops.control("POST", "/maps/lines/run", {"replay_twice": True})

    outcome = bill(half_sourced())

    assert outcome.result.success
    assert len(finops.effects("finops_line_created")) == 1


@pytest.mark.parametrize("drop", ["before", "after"])
@pytest.mark.parametrize(("call", "nth"), [(ORDER, 1), (BATCH, 1), (BATCH, 2), (ORDER, 2)])
def test_a_connection_lost_while_a_later_line_is_sent_leads_to_one_line(finops, bill, call, nth, drop):
    order = released(updated(bill(half_sourced()), half_sourced()))
    at_once = 2 if call.startswith("GET") else 1  # a read that was cut is tried a second time at once
    finops.break_nth(call, nth, times=at_once, drop=drop)

    with pytest.raises(TransientProviderError):
        bill(order, generation=2)
    outcome = bill(order, generation=2)

    assert outcome.result.success
    assert places(finops) == [(1, "1", "13"), (2, "2", "24")]
    assert len(finops.effects("finops_line_created")) == 2


def test_an_order_of_251_lines_of_which_one_waits_is_sent_in_few_calls(finops, bill, exchanges):
    lines = tuple(sourced(a_line(number)) for number in range(1, 251))

    outcome = bill(an_order((*lines, held(a_line(251)))))

    (sent,) = finops.sales_orders
    assert outcome.result.success
    assert len(sent["lines"]) == 250
    assert sum(exchange.call == "POST /$batch" for exchange in exchanges) == 6
    assert len(exchanges) < 20
