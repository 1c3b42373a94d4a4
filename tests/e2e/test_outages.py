"""An outside system is down or busy: for a while nobody notices, for longer a person is told, and nothing is lost."""

from tests.e2e.followed import COMPLETED, SENDING, SENT, TELL_INVOICED, TELL_SHIPPED, all_complete, held_at, once
from tests.e2e.town import REDELIVERY_ATTEMPTS, Town
from tests.e2e.waiting import until

API = "/api/data/v9.2"
_FOR_LONG = 100_000
BUSY = {"error": {"code": "0x80072322", "message": "Number of requests exceeded the limit of 6000"}}


def _shop_is_down_for(town: Town, call: str, times: int = 1) -> None:
    town.shop.fails(call, times=times, status=503, body="<html><title>Service Unavailable</title></html>")


def test_orders_survive_short_outages_and_throttling_everywhere(town: Town):
    written = [town.order(), town.order()]
    hard_to_read, hard_to_tell = orders = [town.follow(order) for order in written]
    for path in ("", "/products", "/shipping_addresses"):
        _shop_is_down_for(town, f"GET /v2/orders/{hard_to_read.external_id}{path}")
    _shop_is_down_for(town, f"POST /v2/orders/{hard_to_tell.external_id}/shipments")
    status = f"PUT /v2/orders/{hard_to_tell.external_id}"
    town.shop.fails(status, status=429, headers={"X-Rate-Limit-Time-Reset-Ms": "900"})
    town.office.fails(f"GET {API}/cdm_companies", status=503)
    town.office.fails(f"POST {API}/$batch", status=429, headers={"Retry-After": "1"}, body=BUSY)
    for order in written:
        town.shop.place(order)

    all_complete(*orders)

    town.falls_quiet()
    assert [*town.shop.armed(), *town.office.armed()] == []  # every one of them was met
    assert hard_to_read.received() == once()
    # The parcel had moved the store's order to shipped before the throttled write of the status was tried again.
    assert hard_to_tell.received() == once(status_writes=(10,))
    assert [order.errors() for order in orders] == [[], []]


def test_an_outage_that_outlasts_every_attempt_holds_the_order_until_somebody_tries_again(town: Town):
    written = [town.order() for _ in range(3)]
    to_send, to_tell, at_the_end = (town.follow(order) for order in written)
    town.office.fails(f"PATCH {API}/salesorders({to_send.order_id})", times=REDELIVERY_ATTEMPTS, status=503)
    _shop_is_down_for(town, f"POST /v2/orders/{to_tell.external_id}/shipments", REDELIVERY_ATTEMPTS)
    for order in written:
        town.shop.place(order)

    at_the_end.reaches(SENT).is_picked().is_packed()
    _shop_is_down_for(town, f"PUT /v2/orders/{at_the_end.external_id}", REDELIVERY_ATTEMPTS)
    town.office.invoice(at_the_end.number)
    to_tell.reaches(SENT).is_picked()
    town.office.pack(to_tell.number)
    held = {SENDING: to_send, TELL_SHIPPED: to_tell, TELL_INVOICED: at_the_end}
    for step, order in held.items():
        order.reaches(held_at(step))
    errors = {step: order.errors() for step, order in held.items()}
    for order in held.values():
        assert order.operator.reprocess(order.order_id) == [202]
    to_send.completes()
    to_tell.succeeds(TELL_SHIPPED).is_invoiced()
    at_the_end.succeeds(TELL_INVOICED)

    town.falls_quiet()
    for step, order in held.items():
        [error] = errors[step]
        assert (error["kind"], error["step"]) == ("provider_action", step)
        assert f"gave up after {REDELIVERY_ATTEMPTS} attempts" in error["message"]
        assert "503" in error["message"]
        assert order.position() == COMPLETED
        assert order.received() == once()
        assert order.errors() == []


def test_an_order_that_could_not_be_read_for_too_long_is_told_of_and_can_be_taken_in_later(town: Town):
    written = town.order()
    order = town.follow(written)
    _shop_is_down_for(town, f"GET /v2/orders/{order.external_id}", REDELIVERY_ATTEMPTS)
    town.shop.place(written)
    until(order.errors, "a person is told", seen=order.timeline)
    town.falls_quiet()
    [error] = order.errors()

    answers = order.operator.reprocess(order.order_id)
    order.completes()

    assert (error["kind"], error["external_id"]) == ("inbound", order.external_id)
    assert "503" in error["message"]
    assert answers == [202]
    assert order.received() == once()
    assert order.errors() == []


def test_a_provider_that_is_down_is_left_in_peace_while_its_orders_wait_and_all_others_go_on(town: Town):
    town.warehouse.fails("* **", times=_FOR_LONG, status=503)
    waiting = [town.place_for_flexe() for _ in range(12)]
    until(town.operator.outages, "the outage is told", seen=town.warehouse.armed)
    [told] = town.operator.outages()
    during = _calls_met(town)  # before anything that may take long: Flexe is asked again as long as it is down
    others = [town.place() for _ in range(3)]
    all_complete(*others)
    after_others = _calls_met(town)
    until(lambda: _calls_met(town) > after_others, "Flexe is asked whether it is back", seen=town.warehouse.armed)
    held = [order.position() for order in waiting if order.position().startswith("On Hold")]

    town.warehouse.mended()
    for order in waiting:
        order.reaches(SENT)

    town.falls_quiet()
    assert told.startswith("Flexe does not answer; its work waits and goes on by itself when it does: ")
    assert held == []
    assert during < len(waiting) * REDELIVERY_ATTEMPTS  # so nobody's attempts were used up
    assert [order.received()["flexe_orders"] for order in waiting] == [1] * len(waiting)
    assert [order.errors() for order in (*waiting, *others)] == [[]] * 15
    assert town.operator.outages() == []


def _calls_met(town: Town) -> int:
    """How many calls the warehouse has left unanswered."""
    return _FOR_LONG - sum(fault["left"] for fault in town.warehouse.armed())
