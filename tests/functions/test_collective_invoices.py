"""An invoice of two orders: when SAP cannot be asked for the second one now, the first is not forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest

from shared.application.provider_events import ProviderEvent
from shared.application.redelivery import Redelivery
from shared.application.sap_events import SapEvents
from shared.domain.actions import Provider
from shared.domain.errors import TransientProviderError
from shared.domain.events import NEW_ORDER, ORDER_INVOICED, ORDER_SHIPPED, SENT_TO_INVOICE
from shared.domain.identity import SAP
from shared.domain.orders import Order
from shared.messaging.names import events_queue
from shared.providers.circuit import CircuitOpen
from shared.providers.sap.client import SapClient
from shared.providers.sap.documents import SalesOrder
from shared.store.order_book import TableOrderBook
from tests.application.samples import taken_in
from tests.functions.requests import a_message
from tests.functions.world import World
from tests.providers.sap.samples import Clock, Sap, an_order, connection, sap_with, shipped_whole

SENT = [NEW_ORDER, ORDER_SHIPPED, SENT_TO_INVOICE]
LEFT_IN_PEACE = CircuitOpen("SAP does not answer and is left in peace for now", retry_after=31.5)
BUSY = TransientProviderError("SAP is busy", retry_after=31.5)


class Stumbling(SapClient):
    """Shows some sales orders, then meets the fault if there is one."""

    shows: int = 1
    fault: TransientProviderError | None = None

    def sales_order(self, number: str) -> SalesOrder | None:
        if self.fault and self.shows == 0:
            raise self.fault
        self.shows -= 1
        return super().sales_order(number)


@dataclass
class Invoiced:
    """Two orders on one invoice, and the event that tells of it."""

    world: World
    sap: Stumbling
    orders: tuple[Order, Order]
    event: ProviderEvent

    async def look(self, event: ProviderEvent | None = None) -> list[list[str]]:
        """What the flow of each order is told."""
        client = self.world.client
        client.raised.clear()
        await self.world.call("sap_events", a_message(event or self.event), client)
        flows = [f"order-{order.order_id}" for order in self.orders]
        return [[told["name"] for to, _, told in client.raised if to == flow] for flow in flows]

    @property
    def put_back(self) -> list[ProviderEvent]:
        return [*map(ProviderEvent.model_validate_json, self.world.queues.messages(events_queue(Provider.SAP)))]


@pytest.fixture(scope="module")
def served() -> Iterator[Sap]:
    with sap_with() as sap:
        yield sap


@pytest.fixture
def invoiced(world: World, served: Sap) -> Iterator[Invoiced]:
    """Both have shipped, and SAP has billed them."""
    orders = with_sap(world.book), with_sap(world.book)
    first, second = (served.enter_order(order.reference) for order in orders)
    (document,) = served.bill(first, with_orders=[second])
    client = Stumbling.connect(connection(served.url), Clock())
    redelivery = Redelivery(world.queues, 3, 2, 300)
    handler = SapEvents(world.book, world.errors, client)
    world.serve(provider_events=lambda _: handler, redelivery=redelivery, dead_letters=world.dead_letters)
    yield Invoiced(world, client, orders, ProviderEvent(provider=Provider.SAP, document=document))
    client.close()


def with_sap(book: TableOrderBook) -> Order:
    order_id = str(uuid4())
    order = shipped_whole(an_order(order_id=order_id, number=order_id[:12]))
    taken_in(book, *SENT, order=order, flow="finops_flexe_sap")
    book.link(order_id, SAP, order.reference)
    return order


async def test_when_the_invoice_is_looked_at_again_the_first_order_s_flow_is_told_all_so_far(invoiced: Invoiced):
    invoiced.sap.fault = LEFT_IN_PEACE
    await invoiced.look()
    (back,) = invoiced.put_back
    invoiced.sap.fault = None

    told = await invoiced.look(back)

    assert back == invoiced.event.next_attempt()
    assert told == [[*SENT, ORDER_INVOICED]] * 2


@pytest.mark.parametrize("fault", [LEFT_IN_PEACE, BUSY])
async def test_the_first_order_does_not_wait_for_the_second(invoiced: Invoiced, fault: TransientProviderError):
    invoiced.sap.fault = fault

    told = await invoiced.look()

    assert told == [[ORDER_INVOICED], []]
    ((_, _, delay),) = invoiced.world.queues.sent
    assert delay
    assert delay.total_seconds() >= 31.5


async def test_an_invoice_that_is_given_up_because_of_the_second_order_is_told_to_the_first(invoiced: Invoiced):
    invoiced.sap.fault = BUSY

    told = await invoiced.look(invoiced.event.model_copy(update={"attempt": 3}))

    assert invoiced.put_back == []
    assert told == [[*SENT, ORDER_INVOICED], []]


async def test_an_outage_met_before_the_first_order_uses_up_no_attempt(invoiced: Invoiced):
    invoiced.sap.shows, invoiced.sap.fault = 0, LEFT_IN_PEACE

    told = await invoiced.look()

    assert invoiced.put_back == [invoiced.event]
    assert told == [[], []]
