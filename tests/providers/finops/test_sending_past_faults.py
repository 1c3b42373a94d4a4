"""Sending an order to F&O past every fault the way may hold: it ends with one order, its lines there once."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.orders import Order
from shared.providers.finops.batch import Write
from shared.providers.finops.errors import DualWriteRefused, RowChanged, RowMissing
from shared.providers.finops.references import References
from shared.providers.finops.sending import Sending
from tests.providers.finops.samples import ORDER_ID, an_order, connection

BATCH = "POST /api/data/v9.2/$batch"
HEADER = "PATCH /api/data/v9.2/salesorders({id})"
HOUR = timedelta(hours=1)


def test_a_paused_map_is_no_success(finops, send):
    finops.control("POST", "/maps/headers/pause")

    with pytest.raises(
        TransientProviderError, match="F&O has not taken the order yet: is the map of the headers paused"
    ):
        send(an_order(1))


def test_an_order_held_by_a_paused_map_is_sent_once_it_runs(finops, send):
    finops.control("POST", "/maps/headers/pause")
    finops.control("POST", "/maps/lines/pause")
    with pytest.raises(TransientProviderError):
        send(an_order(2))
    for name in ("headers", "lines"):
        finops.control("POST", f"/maps/{name}/run", {"replay_twice": True})

    outcome = send(an_order(2))

    assert outcome.result.success
    assert len(finops.effects("finops_order_created")) == 1
    assert len(finops.effects("finops_line_created")) == 2


def test_lines_held_by_a_paused_map_are_named(finops, send):
    finops.control("POST", "/maps/lines/pause")

    with pytest.raises(TransientProviderError, match="F&O has not taken 2 lines yet: is the map of the lines paused"):
        send(an_order(2))


@pytest.mark.parametrize("drop", ["before", "after"])
@pytest.mark.parametrize(
    ("call", "nth"),
    [
        ("GET /api/data/v9.2/cdm_companies", 1),
        ("GET /api/data/v9.2/products", 1),
        ("GET /api/data/v9.2/salesorders({id})", 1),
        (HEADER, 1),
        (BATCH, 1),
        (HEADER, 2),
        (BATCH, 2),
        ("GET /api/data/v9.2/salesorders({id})", 2),
    ],
)
def test_a_connection_lost_at_any_call_leads_to_one_order(finops, send, call, nth, drop):
    at_once = 2 if call.startswith("GET") else 1  # a read that was cut is tried a second time at once
    finops.break_nth(call, nth, times=at_once, drop=drop)

    with pytest.raises(TransientProviderError):
        send(an_order(2))
    outcome = send(an_order(2))

    assert outcome.result.success
    assert len(finops.effects("finops_order_created")) == 1
    assert len(finops.effects("finops_line_created")) == 2
    assert len(finops.rows("salesorders")) == 1
    assert len(finops.rows("salesorderdetails")) == 2


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (429, "0x80072322"),
        (429, "0x80072321"),
        (429, "0x80072326"),
        (500, "0x80044150"),
        (500, "0x80044151"),
        (500, "0x80040255"),
        (503, ""),
        (504, ""),
    ],
)
@pytest.mark.parametrize("call", [HEADER, BATCH])
def test_a_busy_dataverse_is_worth_another_try(finops, send, status, code, call):
    error = {"error": {"code": code, "message": "busy"}}
    finops.break_call(call, status=status, body=error, headers={"Retry-After": "7"})

    with pytest.raises(TransientProviderError) as busy:
        send(an_order(2))
    outcome = send(an_order(2))

    assert busy.value.retry_after == 7
    assert outcome.result.success
    assert len(finops.effects("finops_order_created")) == 1


@pytest.mark.parametrize("body", ["<html><title>Scheduled maintenance</title></html>", ""])
@pytest.mark.parametrize(("call", "nth"), [(HEADER, 1), (BATCH, 1), (HEADER, 2)])
def test_a_page_in_the_place_of_success_is_not_taken_for_one(finops, send, call, nth, body):
    finops.break_nth(call, nth, status=200, body=body)

    with pytest.raises(TransientProviderError):
        send(an_order(2))
    outcome = send(an_order(2))

    assert outcome.result.success
    assert len(finops.effects("finops_order_created")) == 1
    assert len(finops.effects("finops_line_created")) == 2


def test_a_time_out_after_the_commit_is_looked_up_not_repeated(finops, send):
    finops.break_nth(HEADER, 2, drop="after")
    with pytest.raises(TransientProviderError):
        send(an_order(1))

    outcome = send(an_order(1))

    ready = [effect for effect in finops.effects("row_updated") if effect["entity"] == "salesorder"]
    assert outcome.result.success
    assert len(ready) == 1


def test_a_batch_that_takes_longer_than_we_wait_is_read_back_before_anything_is_repeated(finops, send):
    finops.break_call(BATCH, answer_after_seconds=1)
    with pytest.raises(TransientProviderError, match="in time"):
        send(an_order(3), timeout_seconds=0.5)

    outcome = send(an_order(3))

    assert outcome.result.success
    assert len(finops.effects("finops_order_created")) == 1
    assert len(finops.effects("finops_line_created")) == len(finops.rows("salesorderdetails")) == 3


def test_an_order_goes_in_batches_as_small_as_they_are_set(finops, send, exchanges):
    outcome = send(an_order(5), batch_size=2)

    assert outcome.result.success
    assert len(finops.sales_orders[0]["lines"]) == 5
    assert sum(exchange.call == "POST /$batch" for exchange in exchanges) == 6  # three to write, three to release


def test_a_user_who_has_lost_his_role_is_a_matter_for_a_person_and_is_not_tried_again(finops, send, exchanges):
    error = {"error": {"code": "0x80072560", "message": "The user is not a member of the organization."}}
    finops.break_call(HEADER, times=9, status=403, body=error)

    with pytest.raises(RejectedByProvider, match=r"403 .* not a member of the organization"):
        send(an_order(1))

    assert sum(exchange.call.startswith("PATCH ") for exchange in exchanges) == 1
    assert finops.rows("salesorders") == []


def test_two_runs_of_the_same_step_do_not_undo_each_other(finops, connect, clock):
    order, client, settings = an_order(2), connect(), finops.connection()
    references = References(client, HOUR, clock)
    slow = Sending.of(order, order.lines, client, references, settings)
    fast = Sending.of(order, order.lines, client, references, settings)
    assert fast.send() == {}

    with pytest.raises(TransientProviderError):
        slow.send()

    assert all(row["msdyn_isreadytosync"] for row in finops.rows("salesorders"))
    assert len(finops.effects("finops_line_created")) == 2


def test_an_order_deleted_in_dataverse_is_made_anew_not_as_a_ghost(finops, send):
    send(an_order(2))
    finops.control("DELETE", f"/rows/salesorders({ORDER_ID})")

    outcome = send(an_order(2), generation=2)

    (row,) = finops.rows("salesorders")
    assert outcome.result.success
    assert row["msdyn_salesordernumber"] == "BC-10427"


@pytest.fixture
def held_back(connect, clock, send) -> Callable[[Order], Sending]:
    """Looks an order up whose rows are all there, held back because F&O refused the header's site."""
    with pytest.raises(DualWriteRefused):
        send(an_order(2, shipping_site="1"))
    return lambda order: Sending.of(order, order.lines, connect(), References(connect(), HOUR, clock), connection())


def test_a_header_that_somebody_else_mends_meanwhile_is_read_again(held_back, client):
    mended = held_back(an_order(2, shipping_site="2"))
    client.write(Write("salesorders", ORDER_ID, {"shipto_city": "Tacoma"}))

    with pytest.raises(RowChanged):
        mended.send()


def test_an_order_deleted_while_it_is_sent_leaves_no_ghosts(finops, held_back):
    unchanged = held_back(an_order(2, shipping_site="1"))
    finops.control("DELETE", f"/rows/salesorders({ORDER_ID})")

    with pytest.raises(RowMissing):
        unchanged.send()

    assert finops.rows("salesorders") == []


def test_of_several_waits_the_longest_is_kept(finops, send):
    part = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: {}\r\n\r\n"
    parts = (f"--b\r\nContent-Type: application/http\r\n\r\n{part.format(wait)}\r\n" for wait in (3, 30, 5))
    form = {"Content-Type": "multipart/mixed; boundary=b"}
    finops.break_call(BATCH, status=200, body="".join([*parts, "--b--\r\n"]), headers=form)

    with pytest.raises(TransientProviderError) as busy:
        send(an_order(3))

    assert busy.value.retry_after == 30
