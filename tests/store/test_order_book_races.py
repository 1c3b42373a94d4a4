"""Many writers of one order: nothing is lost, nothing happens twice."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from shared.domain.errors import TransientProviderError
from shared.domain.events import ORDER_PICKED, ORDER_SHIPPED
from shared.domain.records import Change, Changed, OrderRecord
from shared.domain.results import StepResult
from shared.store import order_book
from shared.store.order_book import TableOrderBook
from tests.store.samples import PLACED, an_event, an_order, happens, placed

WRITERS = 20


def at_once(operation) -> list[Changed]:
    """`operation(number)` in as many threads as there are writers, all let go together."""
    barrier = Barrier(WRITERS)

    def run(number: int) -> Changed:
        barrier.wait(10)
        return operation(number)

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(run, range(WRITERS)))


def test_different_events_at_once_are_numbered_without_gaps(book: TableOrderBook):
    order = an_order()
    book.take_in(order, placed())

    answers = at_once(lambda number: book.change(order.order_id, happens("Noted", f"writer {number}")))

    events = book.timeline(order.order_id).events
    assert [event.number for event in events] == list(range(1, WRITERS + 2))
    assert {event.cause for event in events[1:]} == {f"writer {number}" for number in range(WRITERS)}
    by_cause = {event.cause: event.number for event in events}
    assert [answer.events[0].number for answer in answers] == [by_cause[f"writer {n}"] for n in range(WRITERS)]
    assert book.header(order.order_id).last_event == WRITERS + 1


def test_one_event_reported_by_all_at_once_happens_once(book: TableOrderBook):
    order = an_order()
    book.take_in(order, placed())

    answers = at_once(lambda _: book.change(order.order_id, happens(ORDER_PICKED)))

    assert {answer.events[0].number for answer in answers} == {2}
    assert [event.name for event in book.timeline(order.order_id).events] == [PLACED, ORDER_PICKED]


def test_one_order_taken_in_by_all_at_once_is_one_order(book: TableOrderBook):
    order = an_order(2)

    answers = at_once(lambda _: book.take_in(order, placed()))

    assert len({answer.record.model_dump_json() for answer in answers}) == 1
    assert {answer.events for answer in answers} == {answers[0].events}
    assert len(book.timeline(order.order_id).events) == 1
    assert [record.order.order_id for record in book.recent(1000)].count(order.order_id) == 1


def test_a_step_answered_by_all_at_once_has_one_answer(book: TableOrderBook):
    order = an_order()
    book.take_in(order, placed())

    def answer(number: int) -> Changed:
        result = StepResult.succeeded("send", f"by {number}")
        return book.change(order.order_id, lambda _: Change(step=result, events=(an_event("Sent", str(number)),)))

    answers = at_once(answer)

    assert len({changed.step.message for changed in answers if changed.step}) == 1
    assert len(book.timeline(order.order_id).steps) == 1
    assert len(book.timeline(order.order_id).events) == 2


def test_a_lost_race_decides_again_on_what_is_there_now(book: TableOrderBook):
    order = an_order()
    book.take_in(order, placed())
    seen: list[str] = []

    def decide(record: OrderRecord) -> Change:
        seen.append(record.position.state.name)
        if len(seen) == 1:
            book.change(order.order_id, happens(ORDER_SHIPPED))
        return Change(marks={"seen": record.position.state.name})

    record = book.change(order.order_id, decide).record

    assert seen == ["New", "Completed"]
    assert record.marks == {"seen": "Completed"}
    assert record == book.get(order.order_id)


def test_a_change_of_lines_is_guarded_as_well(book: TableOrderBook):
    order = an_order(500)
    book.take_in(order, placed())
    rivals = [0]

    def rename(record: OrderRecord) -> Change:
        if not rivals[0]:
            rivals[0] += 1
            book.change(order.order_id, lambda r: Change(order=r.order.with_(lines=r.order.lines[:251])))
        return Change(order=record.order.with_(lines=tuple(line.with_(name="Hat") for line in record.order.lines)))

    book.change(order.order_id, rename)

    lines = book.get(order.order_id).order.lines
    assert len(lines) == 251
    assert {line.name for line in lines} == {"Hat"}


def test_a_writer_who_never_wins_gives_up_for_now(book: TableOrderBook, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(order_book, "_LONGEST_PAUSE_SECONDS", 0.001)
    order = an_order()
    book.take_in(order, placed())
    rivals = [0]

    def decide(_: OrderRecord) -> Change:
        rivals[0] += 1
        book.change(order.order_id, happens("Rival", str(rivals[0])), lines=False)
        return Change(flow="mine")

    with pytest.raises(TransientProviderError, match=order.order_id):
        book.change(order.order_id, decide)

    assert book.header(order.order_id).flow is None
