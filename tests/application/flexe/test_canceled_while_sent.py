"""Lines that F&O cancels while their order is on its way to Flexe, which gets it as it was: a person is told."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from shared.application.flexe_events import FlexeEvents
from shared.application.provider_actions import ProviderActions
from shared.application.provider_events import ProviderEvent
from shared.application.step_keeping import StepKeeping
from shared.domain.actions import Provider
from shared.domain.events import ALERT
from shared.domain.identity import FINOPS
from shared.domain.progress import Report, advance
from shared.domain.records import Change, OrderRecord
from shared.domain.results import StepAnswer
from shared.providers.flexe.actions import SendFulfillmentOrder
from shared.providers.flexe.client import FlexeClient
from shared.providers.flexe.readings import FlexeOrder, read_order
from shared.store.claims import TableClaims
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.flexe.conftest import SOURCES
from tests.application.samples import VALIDATED, an_order, errors_of, sending, taken_in
from tests.providers.flexe.samples import a_connection, a_parcel, raw_order, utc_now

Meanwhile = Callable[[], object]


class Quick(FlexeClient):
    """Flexe with one order. Something may happen before it says that it has taken it."""

    def __init__(self) -> None:
        self.meanwhile: Meanwhile = lambda: None
        self._raw: dict[str, Any] = {}

    def find_orders(self, external_id: str) -> list[FlexeOrder]:  # noqa: ARG002 - as the client has it
        return []

    def create_order(self, order: dict[str, Any]) -> FlexeOrder:
        self._raw = raw_order(external_order_id=order["external_order_id"], lines=order["lines"])
        taken = self.order("obo_1")
        self.meanwhile()
        return taken

    def order(self, order_id: str) -> FlexeOrder:  # noqa: ARG002 - likewise
        return read_order(self._raw, a_connection().status)

    def ship_all(self) -> None:
        units = {line["external_line_id"]: line["quantity"] for line in self._raw["lines"]}
        self._raw |= {"status": "shipped", "shipments": [a_parcel(lines=units)]}


class Desk:
    """Sends one order to Flexe: two units of line 1, three of line 2, born in F&O."""

    def __init__(self, book: TableOrderBook, errors: TableErrorPages, claims: TableClaims) -> None:
        self.book, self.errors, self._flexe = book, errors, Quick()
        send = SendFulfillmentOrder(self._flexe, book, a_connection(), utc_now)
        actions = {(Provider.FLEXE, "send_fulfillment_order"): send}
        self._actions = ProviderActions(StepKeeping(book, errors), claims, actions)
        new = an_order(source=FINOPS, company="USMF")
        lines = (new.lines[0].with_(quantity=Decimal(2)), new.lines[1].with_(quantity=Decimal(3)))
        order = new.with_(number=new.order_id[:12], lines=lines)
        self.order = taken_in(book, *VALIDATED, order=order, flow="finops_flexe_finops").order

    def send(self, *meanwhile: Meanwhile) -> StepAnswer:
        """The answer of the step, while whose request is at Flexe `meanwhile` happens."""
        self._flexe.meanwhile = lambda: [each() for each in meanwhile]
        wish = {"provider": Provider.FLEXE, "name": "send_fulfillment_order", "step": "Send order to Flexe"}
        return self._actions.run(sending(self.order.order_id, **wish))

    def cancel(self, units: Mapping[int, int]) -> None:
        """F&O has canceled units, by line number, and its handler stores it."""
        totals = {line.line_id: Decimal(units.get(line.number, 0)) for line in self.order.lines}

        def decide(record: OrderRecord) -> Change:
            order, events = advance(record.order, Report(source=FINOPS, canceled=totals))
            return Change(order=order, events=events)

        self.book.change(self.order.order_id, decide)

    def ship(self) -> None:
        """All has left, and Flexe's callback is handled."""
        self._flexe.ship_all()
        event = ProviderEvent(provider=Provider.FLEXE, document="obo_1", reference=self.order.reference)
        FlexeEvents(self.book, self.errors, self._flexe, SOURCES).handle(event, redelivered=False)

    @property
    def alerts(self) -> list[str]:
        events = self.book.timeline(self.order.order_id).events
        return [event.details["message"] for event in events if event.name == ALERT]

    @property
    def on_error_pages(self) -> list[str]:
        return [error.message for error in errors_of(self.errors, self.order.order_id)]

    def words(self, what: str) -> str:
        return f"Flexe order {self.order.reference} has {what}, canceled while it was being sent: see to it there"


@pytest.fixture
def desk(book: TableOrderBook, errors: TableErrorPages, claims: TableClaims) -> Desk:
    return Desk(book, errors, claims)


@pytest.mark.parametrize(
    ("units", "what"),
    [({2: 3}, "3 of line 2"), ({2: 1}, "1 of line 2"), ({1: 1, 2: 3}, "1 of line 1, 3 of line 2")],
)
def test_what_finops_cancels_while_its_order_is_sent_to_flexe_is_told_to_a_person(
    desk: Desk, units: dict[int, int], what: str
):
    answer = desk.send(lambda: desk.cancel(units))

    assert answer.success
    assert desk.alerts == desk.on_error_pages == [desk.words(what)]
    assert [mark.name for mark in answer.events].count(ALERT) == 1


def test_asked_again_for_the_same_sending_nobody_is_told_twice(desk: Desk):
    first = desk.send(lambda: desk.cancel({2: 3}))
    for entry in desk.errors.entries():
        desk.errors.resolve_entry(entry.kind, entry.key)

    assert desk.send() == first
    assert desk.alerts == [desk.words("3 of line 2")]
    assert desk.on_error_pages == []


def test_what_was_canceled_before_the_order_was_sent_alarms_nobody(desk: Desk):
    desk.cancel({2: 1})

    assert desk.send().success
    assert (desk.alerts, desk.on_error_pages) == ([], [])


def test_of_an_order_that_is_canceled_as_a_whole_nobody_is_told_since_flexe_is_asked_to_stop(desk: Desk):
    desk.send(lambda: desk.cancel({1: 2, 2: 3}))

    assert (desk.alerts, desk.on_error_pages) == ([], [])


@pytest.mark.parametrize(("units", "what"), [({}, []), ({2: 3}, ["3 of line 2"]), ({2: 1}, ["1 of line 2"])])
def test_a_parcel_that_is_faster_than_flexe_s_answer_brings_the_news_itself_once(
    desk: Desk, units: dict[int, int], what: list[str]
):
    desk.send(lambda: desk.cancel(units), desk.ship)

    assert desk.book.get(desk.order.order_id).order.shipments
    assert desk.alerts == desk.on_error_pages == [desk.words(each) for each in what]
