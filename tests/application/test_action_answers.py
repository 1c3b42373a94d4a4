"""What an action is answered that is not performed: so that its flow knows what to wait for."""

from shared.application.action_answers import ActionAnswers
from shared.application.step_keeping import StepKeeping
from shared.domain.events import CANCEL_REQUESTED, BusinessEvent
from shared.domain.records import CANCELING, Change
from shared.domain.results import EventMark
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.samples import VALIDATED, sending, taken_in


def test_an_action_refused_for_a_cancellation_names_the_wish_that_is_not_settled_yet(
    book: TableOrderBook, errors: TableErrorPages
):
    order_id = taken_in(book, *VALIDATED).order.order_id
    for cause in ("refused before", "not settled yet"):
        wish = BusinessEvent(name=CANCEL_REQUESTED, cause=cause, source="operator")
        book.change(order_id, lambda _, wish=wish: Change(events=(wish,), marks={CANCELING: "requested"}))
    answers = ActionAnswers(StepKeeping(book, errors))
    last = book.header(order_id).last_event

    answer = answers.without_performing(sending(order_id), answers.open(sending(order_id)))

    assert answer
    assert not answer.success
    assert answer.events == (EventMark(number=last, name=CANCEL_REQUESTED),)
    assert book.header(order_id).last_event == last
