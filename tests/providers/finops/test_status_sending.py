"""Telling F&O what somebody else has shipped of its orders, through real HTTP."""

from decimal import Decimal

import pytest

from shared.domain.errors import TransientProviderError
from shared.domain.events import STATUS_SENT
from shared.domain.orders import Order
from shared.providers.finops.batch import Write
from shared.providers.finops.errors import RowChanged
from shared.providers.finops.status_sending import SendOrderStatus
from tests.providers.finops.samples import ENTERED_LINES, a_parcel, a_request

NUMBER = "SO-000123"
BATCH = "POST /api/data/v9.2/$batch"
ORDER = "GET /api/data/v9.2/salesorders({id})"


@pytest.fixture
def order(enter) -> Order:
    """4 of line 1 and 0.5 of line 2, entered in F&O."""
    return enter()


def with_parcels(order: Order, *lines: tuple[int, str], **changes) -> Order:
    """One more parcel with so many units of these lines, by number."""
    by_number = {line.number: line for line in order.lines}
    parcel = a_parcel(*((by_number[number], Decimal(units)) for number, units in lines), **changes)
    return order.with_(shipments=(*order.shipments, parcel))


def deliver_now(finops) -> list[float]:
    (sent,) = finops.sales_orders
    return [line["deliver_now"] for line in sent["lines"]]


def test_finops_hears_what_to_deliver_now(finops, order, tell):
    outcome = tell(with_parcels(order, (1, "4"), (2, "0.5")))

    assert outcome.result.success
    assert deliver_now(finops) == [4, 0.5]


def test_the_line_tells_how_it_was_sent(finops, order, tell):
    tell(with_parcels(order, (1, "4"), tracking_number="1ZA", more_tracking_numbers=("1ZB",)))

    (written,) = finops.updates("salesorderdetail")
    assert written == {"quantityshipped": 4, "msdyn_trackingnumber": "1ZA, 1ZB", "msdyn_carrier": "ups"}


def test_a_line_in_many_parcels_names_as_many_as_there_is_room_for(finops, order, tell):
    shipped = order
    for number in range(4):
        shipped = with_parcels(shipped, (1, "1"), tracking_number=f"{number}" * 40)

    tell(shipped)

    (written,) = finops.updates("salesorderdetail")
    assert written["msdyn_trackingnumber"] == f"{'0' * 40}, {'1' * 40}"
    assert written["msdyn_carrier"] == "ups"


def test_the_step_tells_the_quantities_by_line_number(order, tell):
    (event,) = tell(with_parcels(order, (1, "3"), (2, "0.5"))).events

    assert event.name == STATUS_SENT
    assert event.details == {"number": NUMBER, "quantities": {"1": "3", "2": "0.5"}}


def test_the_header_and_lines_of_which_nothing_left_are_not_touched(finops, order, tell):
    tell(with_parcels(order, (1, "1")))

    assert [each["entity"] for each in finops.effects("row_updated")] == ["salesorderdetail"]


def test_telling_again_writes_nothing(finops, order, tell, exchanges):
    shipped = with_parcels(order, (1, "4"), (2, "0.5"))
    first = tell(shipped)
    told, asked = len(finops.updates("salesorderdetail")), len(exchanges)

    again = tell(shipped)

    assert again.events == first.events
    assert len(finops.updates("salesorderdetail")) == told == 2
    assert len(exchanges) == asked + 1  # one look


def test_a_second_parcel_adds_to_the_first(finops, order, tell):
    first = with_parcels(order, (1, "1"), tracking_number="1ZA")
    tell(first)

    tell(with_parcels(first, (1, "2"), tracking_number="1ZB"), generation=2)

    assert deliver_now(finops)[0] == 3
    assert finops.updates("salesorderdetail")[1] == {"quantityshipped": 3, "msdyn_trackingnumber": "1ZA, 1ZB"}


def test_what_finops_has_delivered_already_is_not_taken_back(finops, order, tell):
    shipped = with_parcels(order, (1, "2"))
    finops.post("pack", NUMBER, lines={"1": 3}, tracking_number="1ZA", carrier="ups")

    outcome = tell(shipped)

    assert outcome.result.success
    assert finops.updates("salesorderdetail") == []


def test_an_order_of_which_nothing_has_left_is_not_told(finops, order, tell):
    outcome = tell(order)

    assert outcome.result.message == "nothing of the order has left yet"
    assert not outcome.result.success


def test_a_line_missing_in_dataverse_is_named_and_nothing_is_written(finops, order, tell):
    finops.control("DELETE", f"/rows/salesorderdetails({order.lines[1].line_id})")

    outcome = tell(with_parcels(order, (1, "4"), (2, "0.5")))

    assert not outcome.result.success
    assert outcome.result.message == "line 2: it is not in Dataverse"
    assert finops.updates("salesorderdetail") == []


def test_an_order_missing_in_dataverse_is_told_so(finops, order, tell):
    finops.control("DELETE", f"/rows/salesorders({order.order_id})")

    outcome = tell(with_parcels(order, (1, "4")))

    assert outcome.result.message == "line 1: it is not in Dataverse"


def test_more_than_was_ordered_is_refused_in_the_words_of_finops(finops, order, tell):
    shipped = with_parcels(order, (1, "5"), (2, "0.5"))

    outcome = tell(shipped)

    assert not outcome.result.success
    assert outcome.result.message.startswith("F&O took the status of 1 of 2 lines; line 1: Write failed")
    assert "Deliver now quantity 5 is more than the 4 ordered" in outcome.result.message
    assert outcome.events == ()
    assert outcome.update is not None
    assert [line.sync_error is None for line in outcome.update(shipped).lines] == [False, True]
    assert deliver_now(finops) == [0, 0.5]


def test_a_line_that_dual_write_would_skip_is_explained(finops, order, tell, client):
    client.write(Write("salesorderdetails", order.lines[0].line_id, {"msdyn_isreadytosync": False}))
    before = len(finops.updates("salesorderdetail"))

    outcome = tell(with_parcels(order, (1, "4")))

    assert "line 1 would be skipped by dual-write: `msdyn_isreadytosync eq true` is false" in outcome.result.message
    assert len(finops.updates("salesorderdetail")) == before


def test_an_order_canceled_in_finops_refuses_it(finops, order, tell):
    finops.post("cancel", NUMBER)

    outcome = tell(with_parcels(order, (1, "4")))

    assert not outcome.result.success
    assert "The sales order is not active" in outcome.result.message


def test_a_paused_map_hands_it_on_once_it_runs(finops, order, tell):
    finops.control("POST", "/maps/lines/pause")
    tell(with_parcels(order, (1, "4")))
    before = deliver_now(finops)

    finops.control("POST", "/maps/lines/run", {"replay_twice": True})

    assert (before[0], deliver_now(finops)[0]) == (0, 4)


@pytest.mark.parametrize("drop", ["before", "after"])
@pytest.mark.parametrize("at", [(BATCH, 1, 1), (ORDER, 1, 2), (ORDER, 2, 2)], ids=["write", "read", "read again"])
def test_a_connection_lost_at_any_call_tells_finops_once(finops, order, tell, at, drop):
    shipped = with_parcels(order, (1, "4"))
    finops.break_nth(*at, drop=drop)  # a read that was cut is tried a second time at once

    with pytest.raises(TransientProviderError):
        tell(shipped)
    outcome = tell(shipped)

    assert outcome.result.success
    assert deliver_now(finops)[0] == 4
    assert len(finops.updates("salesorderdetail")) == 1


def test_a_line_that_somebody_writes_meanwhile_is_read_again(finops, order, tell, client):
    shipped = with_parcels(order, (1, "4"))

    def overtake(_kind, row):
        client.write(Write("salesorderdetails", row["salesorderdetailid"], {"description": "packed"}))

    overtaken = SendOrderStatus(client, overtake, finops.connection())
    with pytest.raises(RowChanged):
        overtaken(a_request("send_order_status", shipped), shipped)
    outcome = tell(shipped)

    assert outcome.result.success
    assert deliver_now(finops)[0] == 4


def test_an_order_of_251_lines_is_told_in_five_calls(finops, enter, tell, exchanges):
    order = enter(lines=[ENTERED_LINES[0]] * 251)
    del exchanges[:]

    outcome = tell(with_parcels(order, *((number, "4") for number in range(1, 252))))

    assert outcome.result.success
    assert deliver_now(finops) == [4] * 251
    assert len(exchanges) == 5
