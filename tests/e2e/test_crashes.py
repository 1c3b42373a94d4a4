"""`kill -9` of the app and outages of its storage: nothing is lost, nothing happens twice."""

from collections.abc import Callable, Iterator

import pytest

from tests.e2e.followed import (
    ALL_EVENTS,
    ALL_STEPS,
    COMPLETED,
    FLEXE_SENDING,
    INVOICING,
    PICKED,
    SENT,
    VALIDATION,
    Followed,
    once,
    once_of_finops,
)
from tests.e2e.town import FLEXE_SHIPS_SAP_INVOICES, Town, running_town
from tests.e2e.waiting import until


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A message in hand comes back soon after a crash; the store calls again soon after a failure; storage that was
    stopped has what it had."""
    settings = {"ORDERS__ACTION_LEASE_SECONDS": "2"}
    systems = {"bigcommerce": {"retry_time_scale": 0.02}, "flexe": {"retry_time_scale": 0.02}}
    with running_town(
        tmp_path_factory.mktemp("app"),
        settings=settings,
        systems=systems,
        queue_lease_seconds=2,
        storage_in_memory=False,
    ) as town:
        yield town


def _crash(town: Town) -> None:
    town.sandbox.kill_app()
    town.sandbox.start_app()


def _crash_as_soon_as(town: Town, come_true: Callable[[], object], what: str) -> None:
    until(come_true, what, seen=town.queues.waiting)
    _crash(town)


def test_orders_survive_a_crash_of_the_app_at_every_stage(town: Town):
    orders = [town.place() for _ in range(3)]
    first = orders[0]

    _crash_as_soon_as(town, lambda: not town.shop.callbacks_under_way(), "the store's callbacks are accepted")
    _crash_as_soon_as(town, lambda: "New Order" in first.events(), "the order is taken in")
    _crash_as_soon_as(town, lambda: first.received()["sales_orders"], "F&O has the order")
    _all_reach(orders, SENT)
    for order in orders:
        town.office.pick(order.number)
    _crash_as_soon_as(town, lambda: first.position() == PICKED, "the order is picked")
    _swept(town, orders, PICKED)
    for order in orders:
        town.office.pack(order.number)
    _crash_as_soon_as(town, lambda: first.received()["shipments"], "the shopper is told of the parcel")
    _swept(town, orders, "Fulfillment in Process / Packed")
    for order in orders:
        town.office.invoice(order.number)
    _crash_as_soon_as(town, lambda: 10 in first.received()["status_writes"], "the store's order is completed")
    _swept(town, orders, COMPLETED)

    town.falls_quiet()
    for order in orders:
        # Told of a parcel, the store moves its order to shipped: a crash right after leaves that status to nobody.
        assert order.received() in (once(), once(status_writes=(10,)))
        assert order.steps() == [(step, 1, True) for step in ALL_STEPS]
        assert order.events() == ALL_EVENTS
        assert order.errors() == []


def _all_reach(orders: list[Followed], position: str) -> None:
    for order in orders:
        order.reaches(position)


def _swept(town: Town, orders: list[Followed], position: str) -> None:
    """What Dataverse tells a dead app is lost for good; the timer, due after every restart, finds it."""
    town.operator.runs("pull_dataverse_changes")
    _all_reach(orders, position)


def test_an_order_survives_crashes_between_what_flexe_and_sap_have_done_and_their_answers(town: Town):
    town.warehouse.fails("POST /v1/outbound_orders", answer_after_seconds=5)
    town.accounting.fails("POST /A_SalesOrder", answer_after_seconds=5)
    order = town.enter(FLEXE_SHIPS_SAP_INVOICES).is_confirmed()

    _crash_as_soon_as(town, order.flexe_orders, "Flexe has the order")
    order.reaches(SENT).is_shipped_by_flexe()
    _crash_as_soon_as(town, lambda: order.received()["sap_orders"], "SAP has the order")
    order.succeeds(INVOICING)
    town.accounting.invoice(order.in_sap())
    order.reaches(COMPLETED)

    town.falls_quiet()
    assert order.received() == once_of_finops(sap_orders=1)
    assert order.steps() == [(step, 1, True) for step in (VALIDATION, FLEXE_SENDING, INVOICING)]
    assert order.events().count("Order Shipped") == order.events().count("Order Invoiced") == 1
    assert order.errors() == []


def test_orders_survive_an_outage_of_the_app_s_own_storage(town: Town):
    on_its_way = town.place().reaches(SENT)

    town.sandbox.stop_azurite()
    during = town.place()
    town.office.pick(on_its_way.number)
    until(lambda: not town.office.callbacks_under_way(), "Dataverse has given up telling", seen=lambda: "still trying")
    town.sandbox.start_azurite()
    town.operator.runs("pull_dataverse_changes")
    on_its_way.reaches(PICKED).is_packed().is_invoiced()
    during.completes()

    town.falls_quiet()
    assert on_its_way.received() == during.received() == once()
