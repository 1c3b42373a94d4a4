"""Stopping an order in F&O past every fault the way may hold: it is canceled once, and never said to be before."""

import pytest

from shared.domain.errors import TransientProviderError
from shared.providers.finops.batch import Write
from shared.providers.finops.canceling import CancelOrder
from shared.providers.finops.errors import RowChanged
from tests.providers.finops.samples import a_request, an_order, canceled

HEADER = "PATCH /api/data/v9.2/salesorders({id})"
ORDER = "GET /api/data/v9.2/salesorders({id})"


def test_an_order_that_moves_while_it_is_canceled_is_looked_at_again(send, cancel, client):
    order = an_order(1)
    send(order)

    def overtake(_kind, row):
        client.write(Write("salesorders", row["salesorderid"], {"description": "picked"}))

    with pytest.raises(RowChanged):
        CancelOrder(client, overtake)(a_request("cancel_order", order), order)
    assert canceled(cancel(order), order) == {1: 2}


def test_a_paused_map_is_no_cancellation(finops, send, cancel):
    send(an_order(2))
    finops.control("POST", "/maps/headers/pause")

    for _ in range(2):  # what was written stands in Dataverse, and F&O has not heard of it
        with pytest.raises(TransientProviderError, match="has not canceled the order yet: is the map of the headers"):
            cancel(an_order(2))
    finops.control("POST", "/maps/headers/run", {"replay_twice": True})
    outcome = cancel(an_order(2))

    assert canceled(outcome, an_order(2)) == {1: 2, 2: 2}
    assert finops.sales_orders[0]["sales_status"] == "Canceled"


def test_an_order_on_its_way_through_a_paused_map_is_canceled_once_it_has_arrived(finops, send, cancel):
    finops.control("POST", "/maps/headers/pause")
    with pytest.raises(TransientProviderError):
        send(an_order(2))

    with pytest.raises(TransientProviderError, match="F&O has not taken the order yet"):
        cancel(an_order(2))
    finops.control("POST", "/maps/headers/run")
    outcome = cancel(an_order(2))

    assert outcome.result.success
    assert finops.sales_orders[0]["sales_status"] == "Canceled"


@pytest.mark.parametrize("drop", ["before", "after"])
@pytest.mark.parametrize("at", [(ORDER, 1, 2), (HEADER, 1, 1), (ORDER, 2, 2)], ids=["read", "write", "read again"])
def test_a_connection_lost_at_any_call_cancels_once(finops, send, cancel, at, drop):
    order = an_order(2)
    send(order)
    finops.post("pack", lines={"1": 1})
    before = len(finops.updates("salesorder"))
    finops.break_nth(*at, drop=drop)  # a read that was cut is tried a second time at once

    with pytest.raises(TransientProviderError):
        cancel(order)
    outcome = cancel(order)

    assert canceled(outcome, order) == {1: 1, 2: 2}
    assert len(finops.updates("salesorder")) == before + 1
