"""A process that dies, or a connection that breaks, around any call: done again, the end is the same."""

from typing import Any

import pytest

from shared.domain.errors import TransientProviderError, UnknownOrder
from shared.domain.events import ORDER_PICKED
from shared.domain.orders import Order
from shared.domain.records import Change, OrderRecord
from shared.domain.results import StepResult
from shared.store.order_book import TableOrderBook
from tests.store.samples import PLACED, a_line, an_event, an_order, placed
from tests.store.wire import Crash, When, Wire

WHEN: list[When] = ["before", "after"]
NO_TIMES = {"created_at": "", "updated_at": "", "state_since": ""}


def outcome(book: TableOrderBook, order: Order) -> dict[str, Any]:
    """All that is known of an order, without the times."""
    timeline = book.timeline(order.order_id)
    record = book.get(order.order_id)
    return {
        "record": record.with_(**NO_TIMES),
        "events": [event.with_(at="") for event in timeline.events],
        "steps": [step.with_(at="") for step in timeline.steps],
        "found": book.find(order.source, order.external_id),
        "listed": [r.order.order_id for r in book.recent(1000)].count(order.order_id),
    }


def pick(record: OrderRecord) -> Change:
    """An event, a step, facts and fewer lines, all in one change."""
    return Change(
        order=record.order.with_(company="USMF", lines=(a_line(record.order.order_id, 1, "Hat"),)),
        events=(an_event(ORDER_PICKED),),
        step=StepResult.succeeded("send"),
        marks={"finops.status": "picked"},
    )


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("call", [1, 2, 3, 4])
def test_taking_in_is_completed_by_the_next_run(book: TableOrderBook, wire: Wire, call: int, when: When):
    order = an_order(251)
    with wire.dying(call, when), pytest.raises(Crash):
        book.take_in(order, placed())

    taken = book.take_in(order, placed())

    assert [mark.number for mark in taken.events] == [1]
    assert taken.record == book.get(order.order_id)
    after = outcome(book, order)
    assert (after["record"].order, after["found"], after["listed"]) == (order, order.order_id, 1)
    assert [event.name for event in after["events"]] == [PLACED]


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("call", [1, 2, 3])
def test_an_order_half_taken_in_is_shown_to_nobody(book: TableOrderBook, wire: Wire, call: int, when: When):
    order = an_order()

    with wire.dying(call, when), pytest.raises(Crash):
        book.take_in(order, placed())

    with pytest.raises(UnknownOrder):
        book.get(order.order_id)
    assert order.order_id not in [record.order.order_id for record in book.recent(1000)]


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("call", [1, 2])
def test_a_change_is_done_once_when_it_is_run_again(book: TableOrderBook, wire: Wire, call: int, when: When):
    order, smooth = an_order(500), an_order(500)
    for each in (order, smooth):
        book.take_in(each, placed())
    expected = book.change(smooth.order_id, pick)
    with wire.dying(call, when), pytest.raises(Crash):
        book.change(order.order_id, pick)

    changed = book.change(order.order_id, pick)

    assert changed.events == expected.events
    assert changed.step
    after = outcome(book, order)
    assert changed.record.with_(**NO_TIMES) == after["record"]
    assert (after["record"].order.company, len(after["record"].order.lines)) == ("USMF", 1)
    assert [(event.number, event.name) for event in after["events"]] == [(1, PLACED), (2, ORDER_PICKED)]
    assert len(after["steps"]) == 1


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("call", [1, 2])
def test_a_broken_connection_goes_unnoticed(book: TableOrderBook, wire: Wire, call: int, when: When):
    order = an_order(2)
    book.take_in(order, placed())

    with wire.losing(call, when):
        changed = book.change(order.order_id, pick)

    assert [(mark.number, mark.name) for mark in changed.events] == [(2, ORDER_PICKED)]
    assert changed.record == book.get(order.order_id)


@pytest.mark.parametrize("call", [1, 2, 3, 4])
def test_taking_in_over_a_broken_connection_goes_unnoticed(book: TableOrderBook, wire: Wire, call: int):
    order = an_order(2)

    with wire.losing(call, "after"):
        taken = book.take_in(order, placed())

    assert [mark.number for mark in taken.events] == [1]
    assert outcome(book, order)["listed"] == 1


def test_the_writer_whose_answer_was_lost_still_learns_which_events_are_its_own(book: TableOrderBook, wire: Wire):
    order = an_order()
    book.take_in(order, placed())

    def once(record: OrderRecord) -> Change | None:
        """As a handler of status changes decides: what its marks say it has seen is no news."""
        seen = Change(events=(an_event(ORDER_PICKED),), marks={"finops.status": "picked"})
        return None if record.marks else seen

    with wire.losing(2, "after"):
        changed = book.change(order.order_id, once, lines=False)

    assert [mark.number for mark in changed.events] == [2]


def test_storage_out_of_reach_is_worth_trying_again(book: TableOrderBook, wire: Wire):
    with wire.out_of_reach(), pytest.raises(TransientProviderError, match="does not answer"):
        book.header("any")
