"""The app on Service Bus: the same promises, kept by sessions, locks and dead letters."""

import gc
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from shared.domain.actions import Provider
from shared.messaging.names import INTAKE_QUEUE, actions_queue
from tests.e2e.followed import (
    ALL_EVENTS,
    ALL_STEPS,
    COMPLETED,
    FLEXE_SENDING,
    INVOICING,
    SENT,
    VALIDATION,
    once,
    once_of_finops,
)
from tests.e2e.people import BusQueues
from tests.e2e.town import FLEXE_SHIPS_SAP_INVOICES, Town, running_town
from tests.e2e.waiting import until

pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

TO_FINOPS, TO_FLEXE = actions_queue(Provider.FINOPS), actions_queue(Provider.FLEXE)
BUSY = {"error": {"code": "0x80072322", "message": "Number of requests exceeded the limit of 6000"}}
RETRY_AFTER_SECONDS = 3


@pytest.fixture(scope="module")
def running_on_bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A message in hand comes back soon after a crash; the store calls again soon after a failure."""
    pytest.importorskip("proton", reason="python-qpid-proton is not installed (requirements-amqp.txt)")
    systems = {"bigcommerce": {"retry_time_scale": 0.02}, "flexe": {"retry_time_scale": 0.02}}
    with running_town(
        tmp_path_factory.mktemp("app"),
        settings={"ORDERS__ACTION_LEASE_SECONDS": "2"},
        systems=systems,
        queue_lease_seconds=3,
        transport="servicebus",
    ) as town:
        yield town
    gc.collect()  # the client leaves the socket of a connection that broke to it


@pytest.fixture
def town(running_on_bus: Town) -> Iterator[Town]:
    yield running_on_bus
    running_on_bus.is_mended()


@pytest.fixture
def bus(town: Town) -> BusQueues:
    assert isinstance(town.queues, BusQueues)
    return town.queues


def test_an_order_goes_all_the_way_and_every_message_about_it_is_completed(town: Town, bus: BusQueues):
    order = town.place().completes()

    town.falls_quiet()
    assert order.received() == once()
    assert order.steps() == [(step, 1, True) for step in ALL_STEPS]
    assert order.events() == ALL_EVENTS
    assert order.errors() == []
    sent, completed = bus.effects("message_sent", TO_FINOPS), bus.effects("message_completed", TO_FINOPS)
    assert [effect["session_id"] for effect in sent] == [effect["session_id"] for effect in completed]


def test_an_order_survives_crashes_between_what_flexe_and_sap_have_done_and_their_answers(town: Town):
    town.warehouse.fails("POST /v1/outbound_orders", answer_after_seconds=5)
    town.accounting.fails("POST /A_SalesOrder", answer_after_seconds=5)
    order = town.enter(FLEXE_SHIPS_SAP_INVOICES).is_confirmed()

    until(order.flexe_orders, "Flexe has the order", seen=town.queues.waiting)
    town.sandbox.kill_app()
    town.sandbox.start_app()
    order.reaches(SENT).is_shipped_by_flexe()
    until(lambda: order.received()["sap_orders"], "SAP has the order", seen=town.queues.waiting)
    town.sandbox.kill_app()
    town.sandbox.start_app()
    order.succeeds(INVOICING)
    town.accounting.invoice(order.in_sap())
    order.reaches(COMPLETED)

    town.falls_quiet()
    assert order.received() == once_of_finops(sap_orders=1)
    assert order.steps() == [(step, 1, True) for step in (VALIDATION, FLEXE_SENDING, INVOICING)]
    assert order.errors() == []


def test_a_provider_that_is_busy_is_asked_again_by_a_scheduled_message_as_late_as_it_wants(town: Town, bus: BusQueues):
    town.office.fails(
        "POST /api/data/v9.2/$batch", status=429, headers={"Retry-After": str(RETRY_AFTER_SECONDS)}, body=BUSY
    )
    order = town.place()

    scheduled = until(lambda: _scheduled(bus, TO_FINOPS), "the action waits", seen=bus.waiting)
    order.completes()

    town.falls_quiet()
    effects = {effect["message_id"]: effect for effect in bus.effects("message_scheduled", TO_FINOPS)}
    put_off = effects[scheduled["message_id"]]
    put_off_at = datetime.fromisoformat(put_off["at"]).timestamp()
    assert scheduled["session_id"] == put_off["session_id"]
    assert RETRY_AFTER_SECONDS - 1 < scheduled["scheduled_for"] - put_off_at <= RETRY_AFTER_SECONDS + 1
    assert order.received() == once()
    assert order.errors() == []


def test_a_message_that_fails_again_and_again_is_kept_mended_and_replayed(town: Town, bus: BusQueues):
    written = town.order()
    order = town.follow(written)
    town.shop.callbacks("store/order/created", lose=1)
    town.shop.place(written)
    right = json.dumps({"source": "bigcommerce", "external_id": order.external_id})
    wrong = right.replace("external_id", "extrenal_id")
    before = _times_taken(town)
    bus.put(INTAKE_QUEUE, wrong)

    letter = until(lambda: _letter_about(town, order.external_id), "it is among the dead letters", seen=bus.waiting)
    # Not by what was abandoned: a lock that is lost while the function waits is a delivery, too.
    deliveries = _times_taken(town) - before
    address = f"dead-letters/{letter['letter_id']}"
    shown = town.operator.asks("GET", address)
    edited = town.operator.asks("PUT", address, content=right, headers={"If-Match": shown.headers["ETag"]})
    replayed = town.operator.asks("POST", f"{address}/replay")
    order.completes()

    town.falls_quiet()
    assert (shown.json()["body"], edited.status_code, replayed.status_code) == (wrong, 200, 202)
    assert deliveries == 5
    assert order.received() == once()


def test_two_actions_of_one_order_are_never_performed_at_once(town: Town, bus: BusQueues):
    town.warehouse.fails("POST /v1/outbound_orders", answer_after_seconds=3)
    order = town.place_for_flexe()
    in_hand = until(lambda: _locked(bus, TO_FLEXE), "the action is in hand", seen=bus.waiting)

    bus.put(TO_FLEXE, in_hand["body"], session=in_hand["session_id"])
    seen: list[int] = []

    def both_done() -> bool:
        messages = bus.messages(TO_FLEXE)
        seen.append(sum(message["state"] == "locked" for message in messages))
        return not messages

    until(both_done, "both copies are done", seen=bus.waiting)
    order.reaches(SENT)

    town.falls_quiet()
    assert max(seen) <= 1  # one was seen in hand before
    assert len(order.flexe_orders()) == 1


def test_orders_go_on_when_every_connection_to_the_broker_is_cut(town: Town, bus: BusQueues):
    orders = [town.place() for _ in range(2)]
    bus.drops_connections()
    orders.append(town.place())

    for order in orders:
        order.completes()

    town.falls_quiet()
    assert [order.received() for order in orders] == [once()] * 3


def _scheduled(bus: BusQueues, queue: str) -> dict[str, Any] | None:
    return next((message for message in bus.messages(queue) if message["state"] == "scheduled"), None)


def _times_taken(town: Town) -> int:
    """How often anything was taken from the intake queue."""
    return town.operator.work_done().get("order_intake", 0)


def _locked(bus: BusQueues, queue: str) -> dict[str, Any] | None:
    return next((message for message in bus.messages(queue) if message["state"] == "locked"), None)


def _letter_about(town: Town, external_id: str) -> dict[str, Any] | None:
    """What was given up on the intake queue and names the order."""
    letters = town.operator.asks("GET", "dead-letters", params={"queue": INTAKE_QUEUE}).json()["dead_letters"]
    whole = (town.operator.asks("GET", f"dead-letters/{letter['letter_id']}").json() for letter in letters)
    return next((letter for letter in whole if external_id in letter["body"]), None)
