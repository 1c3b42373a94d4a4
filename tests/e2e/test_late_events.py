"""Finance + Operations tells of things late, out of order, or not at all: the order only ever moves forward."""

from tests.e2e.followed import COMPLETED, PACKED, PICKED, SENT, TELL_INVOICED, VALIDATED, Followed, once
from tests.e2e.town import Town
from tests.e2e.waiting import until


def _outside(order: Followed) -> list[str]:
    """What happened in F&O, in the order in which the app raised it."""
    told = ("Order Confirmed", "Order Picked", "Order Shipped", "Order Invoiced")
    return [event for event in order.events() if event in told]


def test_news_of_the_picking_that_comes_after_the_packing_moves_nothing_back(town: Town):
    order = town.place().reaches(SENT)
    town.office.callbacks("salesorder/Update", delay_seconds=2)

    town.office.pick(order.number)
    order.is_packed().reaches(PACKED)
    town.falls_quiet()

    assert order.position() == PACKED
    assert _outside(order) == ["Order Picked", "Order Shipped"]
    order.is_invoiced().reaches(COMPLETED)
    assert order.received() == once()


def test_an_order_invoiced_straight_after_its_confirmation_was_picked_and_shipped_first(town: Town):
    order = town.place().reaches(SENT)
    town.office.confirm(order.number)
    order.hears("Order Confirmed")

    order.is_invoiced().reaches(COMPLETED)

    town.falls_quiet()
    assert _outside(order) == ["Order Confirmed", "Order Picked", "Order Shipped", "Order Invoiced"]
    assert order.received() == once()


def test_messages_in_reverse_order_bring_the_order_to_the_same_end(town: Town):
    order = town.place().reaches(SENT)
    town.office.callbacks("salesorder/Update", reorder=3)

    for act in (town.office.pick, town.office.pack, town.office.invoice):
        act(order.number)
    order.succeeds(TELL_INVOICED)

    town.falls_quiet()
    assert order.position() == COMPLETED
    assert _outside(order) == ["Order Picked", "Order Shipped", "Order Invoiced"]
    assert order.received() == once()


def test_an_order_waits_for_a_paused_map_and_is_sent_once_it_runs(town: Town):
    for name in ("headers", "lines"):
        town.office.map(name, "pause")
        order = town.place()
        until(lambda: order.received()["lines"] == 2, "all rows are in Dataverse", seen=order.received)  # noqa: B023 - called at once
        while_paused = order.position()

        town.office.map(name, "run", replay_twice=True)
        order.completes()

        town.falls_quiet()
        assert while_paused == VALIDATED
        assert order.received() == once()
        assert len(town.office.order(order.number)["lines"]) == 2


def test_news_that_the_order_was_sent_is_ignored_once_it_is_picked(town: Town):
    town.office.map("lines", "pause")
    order = town.place()
    until(lambda: order.received()["sales_orders"] == 1, "F&O has the header", seen=order.received)
    town.office.fails("GET /api/data/v9.2/cdm_companies", times=3, status=503)  # keeps us from noticing that it is sent

    town.office.map("lines", "run")
    until(lambda: town.office.order(order.number)["lines"], "F&O has the lines", seen=order.received)
    order.is_picked()
    town.office.mended()
    order.hears("Send Order to Fulfillment Provider has Succeeded")

    assert order.position() == PICKED
    assert order.events(outcome="ignored") == ["Send Order to Fulfillment Provider has Succeeded"]
    order.is_packed().is_invoiced().reaches(COMPLETED)
    assert order.received() == once()


def test_a_picking_that_never_reached_dataverse_is_made_up_for_by_the_packing(town: Town):
    order = town.place().reaches(SENT)
    _maps(town, "stop")  # what F&O does now is told to nobody, ever
    town.office.pick(order.number)
    _maps(town, "run")
    town.operator.runs("pull_dataverse_changes")
    town.falls_quiet()
    unheard = order.position()

    order.is_packed().reaches(PACKED)

    assert unheard == SENT
    assert _outside(order) == ["Order Picked", "Order Shipped"]
    order.is_invoiced().reaches(COMPLETED)
    assert order.received() == once()
    assert order.errors() == []


def test_what_f_and_o_did_while_its_maps_were_paused_comes_as_a_flood_and_counts_once(town: Town):
    order = town.place().reaches(SENT)
    _maps(town, "pause")
    for act in (town.office.confirm, town.office.pick, town.office.pack, town.office.invoice):
        act(order.number)
    town.falls_quiet()
    unheard = order.position()

    _maps(town, "run", replay_twice=True)
    order.succeeds(TELL_INVOICED)

    town.falls_quiet()
    assert unheard == SENT
    assert order.position() == COMPLETED
    assert [event for event in _outside(order) if event != "Order Confirmed"] == [
        "Order Picked",
        "Order Shipped",
        "Order Invoiced",
    ]
    assert order.received() == once()


def _maps(town: Town, action: str, **wish: bool) -> None:
    for name in ("headers", "lines"):
        town.office.map(name, action, **wish)
