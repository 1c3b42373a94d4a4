"""The whole way of orders at the stand-in warehouse, whose callbacks are switched off: sent, asked for, followed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from sandbox.systems.flexe import Config, create_app
from sandbox.systems.kit import serve
from shared.application.flexe_events import FlexeEvents
from shared.application.flexe_sweep import FlexeSweep
from shared.application.provider_actions import ProviderActions
from shared.application.provider_events import ProviderEvent
from shared.application.step_keeping import StepKeeping
from shared.domain.actions import Provider, ProviderAction
from shared.domain.events import (
    FULFILLMENT_ORDER_CREATED,
    FULFILLMENT_REFUSED,
    LINES_SHIPPED,
    ORDER_CANCELED,
    ORDER_SHIPPED,
    SENT_TO_FULFILLMENT,
)
from shared.domain.orders import FulfillmentSource, Order
from shared.domain.records import CANCELING, Change
from shared.domain.results import StepAnswer
from shared.providers.flexe.actions import CancelFulfillmentOrder, SendFulfillmentOrder
from shared.providers.flexe.client import FlexeClient, flexe_session
from shared.store.claims import TableClaims
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.samples import VALIDATED, RecordingQueues, an_order, happened, taken_in
from tests.application.test_pullers import Checkpoints
from tests.providers.flexe.samples import a_connection, utc_now
from tests.systems.flexe.conftest import Flexe

SOURCES = {"wh_12": FulfillmentSource(name="Reno", company="USMF", shipping_site="5", shipping_warehouse="51")}


@pytest.fixture(scope="module")
def flexe() -> Iterator[Flexe]:
    config = Config()
    with serve(create_app(config)) as url:
        flexe = Flexe(url, config)
        yield flexe
        flexe.http.close()


class Town:
    """Our side: actions are performed when asked for, changes are found by asking."""

    def __init__(self, flexe: Flexe, book: TableOrderBook, errors: TableErrorPages, claims: TableClaims) -> None:
        connection = a_connection(flexe.url)
        self.client = FlexeClient(flexe_session(connection), connection)
        self._queues = RecordingQueues()
        self._actions = ProviderActions(
            StepKeeping(book, errors),
            claims,
            {
                (Provider.FLEXE, "send_fulfillment_order"): SendFulfillmentOrder(
                    self.client, book, connection, utc_now
                ),
                (Provider.FLEXE, "cancel_order"): CancelFulfillmentOrder(self.client, connection),
            },
        )
        self._events = FlexeEvents(book, errors, self.client, SOURCES)
        self._sweep = FlexeSweep(self.client, connection, self._queues, Checkpoints(), lambda: datetime.now(UTC))

    def act(self, order: Order, name: str, step: str) -> StepAnswer:
        action = ProviderAction(order_id=order.order_id, provider=Provider.FLEXE, name=name, step=step, generation=1)
        return self._actions.run(action)

    def send(self, order: Order, step: str = "Send order to Flexe") -> StepAnswer:
        return self.act(order, "send_fulfillment_order", step)

    def ask(self) -> None:
        """One pass of the sweep, and everything it leads to."""
        self._sweep.run()
        for message in self._queues.messages("provider-events-flexe"):
            self._events.handle(ProviderEvent.model_validate_json(message), redelivered=False)
        self._queues.sent.clear()


@pytest.fixture
def town(flexe: Flexe, book: TableOrderBook, errors: TableErrorPages, claims: TableClaims) -> Iterator[Town]:
    flexe.control("POST", "/reset", {"registrations": True})
    town = Town(flexe, book, errors, claims)
    yield town
    town.client.close()


@pytest.fixture
def order(book: TableOrderBook) -> Order:
    whole = an_order()
    number = f"BC-{whole.external_id[:8]}"
    return taken_in(book, *VALIDATED, order=whole.with_(number=number)).order


def test_an_order_is_sent_and_followed_to_its_last_parcel(town: Town, flexe: Flexe, book: TableOrderBook, order: Order):
    town.send(order)
    town.ask()
    flexe.do(order.number, "ship", parcels=[{"lines": {"1": 1}, "tracking_numbers": []}])
    town.ask()
    flexe.do(order.number, "ship")
    town.ask()
    town.ask()

    sent = [FULFILLMENT_ORDER_CREATED, SENT_TO_FULFILLMENT]
    assert happened(book, order.order_id) == [*VALIDATED, *sent, LINES_SHIPPED, ORDER_SHIPPED]
    kept = book.get(order.order_id).order
    assert [shipment.carrier for shipment in kept.shipments] == ["UPS", "UPS"]
    assert kept.fulfillment_source == SOURCES["wh_12"]
    assert kept.fulfillment_orders[0].status == "shipped"


def test_an_order_that_was_refused_is_sent_again_and_ships_once(
    town: Town, flexe: Flexe, book: TableOrderBook, order: Order
):
    town.send(order)
    flexe.do(order.number, "reject", reason="bad address")
    town.ask()
    refused = happened(book, order.order_id).count(FULFILLMENT_REFUSED)

    town.send(order, "Send order to Flexe after refusal")
    flexe.do(f"{order.number}-2", "ship")
    town.ask()
    town.ask()

    assert refused == 1
    assert happened(book, order.order_id).count(FULFILLMENT_REFUSED) == 1
    assert happened(book, order.order_id)[-1] == ORDER_SHIPPED
    assert len(book.header(order.order_id).order.shipments) == 1


@pytest.mark.parametrize("cancellation", ["at_once", "on_request"])
def test_an_order_that_is_canceled_at_flexe_is_canceled(
    town: Town, flexe: Flexe, book: TableOrderBook, order: Order, cancellation: str
):
    flexe.switch(cancellation=cancellation)
    town.send(order)
    book.change(order.order_id, lambda _: Change(marks={CANCELING: "requested"}), lines=False)

    town.act(order, "cancel_order", "Cancel at flexe")
    if cancellation == "on_request":
        flexe.do(order.number, "cancel")
    town.ask()

    record = book.get(order.order_id)
    assert happened(book, order.order_id).count(ORDER_CANCELED) == 1
    assert [line.quantity_canceled for line in record.order.lines] == [Decimal(1), Decimal(1)]
    assert record.marks[CANCELING] == ""
