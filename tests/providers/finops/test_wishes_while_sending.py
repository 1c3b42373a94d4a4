"""A person wants a line sent again while it is being sent: a wish that was accepted is never forgotten."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from shared.application.line_resending import LineResending
from shared.application.provider_actions import ProviderActions
from shared.application.step_keeping import StepKeeping
from shared.domain.actions import ActionOutcome, Provider, ProviderAction
from shared.domain.events import LINE_RESEND_REQUESTED, NEW_ORDER, SENT_TO_FULFILLMENT, BusinessEvent
from shared.domain.orders import Order, OrderLine
from shared.domain.records import Change
from shared.domain.results import StepAnswer
from shared.store.claims import TableClaims
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.samples import happened, taken_in
from tests.providers.finops.samples import a_line, a_request, an_order, updated

AGAIN, WHOLE = "send_lines_again", "send_order_to_fulfillment"
Meanwhile = Callable[[], object]


class Desk:
    """One order of which F&O has line 1 and has refused line 2: site 1 has no warehouse 24."""

    def __init__(self, book: TableOrderBook, actions: ProviderActions, performing: list[Meanwhile], order_id: str):
        self._book, self._actions, self._performing, self.order_id = book, actions, performing, order_id

    def click(self) -> tuple[int, ...]:
        """Numbers of the events that the order's flow is told."""
        return tuple(mark.number for mark in LineResending(self._book).again(self.order_id, 2, "operator"))

    def send(self, name: str, generation: int = 1, meanwhile: Meanwhile = lambda: None) -> StepAnswer:
        """One step of the flow; something may happen after F&O has answered and before that is stored."""
        self._performing[:] = [meanwhile]
        return self._actions.run(a_request(name, self._book.get(self.order_id).order, generation))

    def mend(self) -> None:
        def mended(order: Order) -> Order:
            return order.with_(lines=tuple(line.with_(shipping_site="2") for line in order.lines))

        self._book.change(self.order_id, lambda record: Change(order=mended(record.order)))

    @property
    def line(self) -> OrderLine:
        return self._book.get(self.order_id).order.lines[1]

    @property
    def wishes(self) -> int:
        return happened(self._book, self.order_id).count(LINE_RESEND_REQUESTED)


@pytest.fixture
def desk(book: TableOrderBook, errors: TableErrorPages, claims: TableClaims, finops, run) -> Desk:
    performing: list[Meanwhile] = []

    def perform(action: ProviderAction, order: Order) -> ActionOutcome:
        outcome = run(action.name, order, generation=action.generation, partial_lines_succeed=True)
        performing.pop()()
        return outcome

    order_id = str(uuid4())
    order = an_order((a_line(1), a_line(2, shipping_site="1")), order_id=order_id, external_id=order_id)
    order = updated(run(WHOLE, order, partial_lines_succeed=True), order)
    taken_in(book, NEW_ORDER, order=order)
    sent = BusinessEvent(name=SENT_TO_FULFILLMENT, cause="sent", source="finops")
    book.change(order_id, lambda _: Change(events=(sent,)))
    actions = {(Provider.FINOPS, name): perform for name in (AGAIN, WHOLE)}
    return Desk(book, ProviderActions(StepKeeping(book, errors), claims, actions), performing, order_id)


def told(answer: StepAnswer) -> list[int]:
    """Of wishes, with the answer."""
    return [mark.number for mark in answer.events if mark.name == LINE_RESEND_REQUESTED]


def test_a_line_that_is_refused_while_a_person_asks_for_it_once_more_is_sent_once_more(desk: Desk, finops):
    desk.click()
    refused = desk.send(AGAIN, meanwhile=desk.click)
    standing = desk.line.resend
    desk.mend()

    taken = desk.send(AGAIN, 2)

    assert (len(told(refused)), told(taken)) == (1, [])
    assert standing
    assert (desk.line.in_finops, desk.line.resend, desk.wishes) == (True, False, 2)
    assert len(finops.effects("finops_line_created")) == 2


def test_a_line_that_finops_takes_while_a_person_asks_for_it_once_more_is_done_with(desk: Desk):
    desk.click()
    desk.mend()

    taken = desk.send(AGAIN, meanwhile=desk.click)

    assert told(taken) == []
    assert (desk.line.in_finops, desk.line.resend, desk.wishes) == (True, False, 1)


def test_two_clicks_before_the_line_is_sent_are_one_wish(desk: Desk):
    clicks = [desk.click(), desk.click()]

    refused = desk.send(AGAIN)

    assert clicks[0] == clicks[1]
    assert told(refused) == []
    assert (desk.line.resend, desk.wishes) == (False, 1)


def test_a_wish_made_while_the_whole_order_is_being_sent_is_left_to_its_own_step(desk: Desk, finops):
    whole = desk.send(WHOLE, meanwhile=desk.click)
    standing = desk.line.resend
    desk.mend()

    desk.send(AGAIN)

    assert told(whole) == []
    assert standing
    assert (desk.line.in_finops, desk.line.resend, desk.wishes) == (True, False, 1)


def test_a_wish_that_is_left_standing_is_told_again_when_it_is_clicked_again(desk: Desk):
    first = desk.click()
    refused = desk.send(AGAIN, meanwhile=desk.click)

    assert desk.click() == (*first, *told(refused))
    assert desk.wishes == 2
