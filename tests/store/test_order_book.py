"""What the order book promises to one caller at a time."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from shared.domain.errors import UnknownOrder
from shared.domain.events import ORDER_PICKED, ORDER_SHIPPED
from shared.domain.orders import Address, Problem
from shared.domain.records import Change
from shared.domain.results import EventMark, StepResult
from shared.domain.states import State, StateFramework
from shared.store.order_book import TableOrderBook
from shared.store.rows import IncompleteOrder
from shared.store.tables import Tables
from shared.store.transaction import RowsTooLarge, delete
from tests.store.samples import PLACED, TRANSITIONS, Decision, a_line, an_event, an_order, happens, placed
from tests.store.wire import Wire

VALIDATED = StepResult.succeeded("validate order header", rules=3)


def test_an_order_taken_in_can_be_read_back_whole(book: TableOrderBook):
    order = an_order(2).with_(
        bill_to=Address(name="Zoë 😀", city="Łódź"), placed_at=datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
    )

    taken = book.take_in(order, placed())

    assert taken.events == (EventMark(number=1, name=PLACED),)
    assert taken.record.order == order
    assert taken.record.position.state == State(name="New", reason="New")
    assert book.get(order.order_id) == taken.record


def test_the_header_is_the_order_without_its_lines(book: TableOrderBook):
    order = an_order(2)
    taken = book.take_in(order, placed())

    header = book.header(order.order_id)

    assert header == taken.record.with_(order=order.with_(lines=()))


def test_an_order_that_comes_twice_is_left_as_it_is(book: TableOrderBook):
    order = an_order(2)
    book.take_in(order, placed())
    changed = book.change(order.order_id, happens(ORDER_PICKED))

    again = book.take_in(order.with_(currency="EUR"), placed())

    assert again.record == changed.record
    assert again.events == (EventMark(number=1, name=PLACED),)


def test_an_order_is_found_by_what_its_store_calls_it(book: TableOrderBook):
    order = an_order()
    book.take_in(order, placed())

    assert book.find("bigcommerce", order.external_id) == order.order_id
    assert book.find("finops", order.external_id) is None


def test_the_newest_orders_are_listed_first(tables: Tables):
    days = iter(range(3))
    book = TableOrderBook(
        tables, StateFramework(TRANSITIONS), lambda: datetime(2099, 12, 31 - next(days), 23, 59, tzinfo=UTC)
    )
    newest, older, oldest = (an_order() for _ in range(3))
    for order in (newest, older, oldest):
        book.take_in(order, placed())

    recent = book.recent(2)

    assert [record.order.order_id for record in recent] == [newest.order_id, older.order_id]


@pytest.mark.parametrize("read", ["get", "header", "timeline"])
def test_an_order_nobody_took_in_is_unknown(book: TableOrderBook, read: str):
    with pytest.raises(UnknownOrder, match="no-such-order"):
        getattr(book, read)("no-such-order")


def test_events_move_the_order_and_stay_on_its_timeline(book: TableOrderBook):
    order = an_order()
    book.take_in(order, placed())

    book.change(order.order_id, happens(ORDER_SHIPPED))
    book.change(order.order_id, happens(ORDER_PICKED))
    book.change(order.order_id, happens("Gift Wrapped"))

    timeline = book.timeline(order.order_id)
    assert [(event.number, event.name, event.outcome, event.state_reason) for event in timeline.events] == [
        (1, PLACED, "applied", "New"),
        (2, ORDER_SHIPPED, "applied", "Fulfilled"),
        (3, ORDER_PICKED, "ignored", "Fulfilled"),
        (4, "Gift Wrapped", "recorded", "Fulfilled"),
    ]
    assert book.header(order.order_id).last_event == 4


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_a_timeline_can_start_after_what_is_known(book: TableOrderBook, after: int):
    order = an_order()
    book.take_in(order, placed())
    book.change(order.order_id, lambda _: Change(events=(an_event("A"), an_event("B")), step=VALIDATED))

    timeline = book.timeline(order.order_id, after)

    assert [event.number for event in timeline.events] == [number for number in (1, 2, 3) if number > after]
    assert [step.step for step in timeline.steps] == ["validate order header"]


def test_a_copy_of_an_event_moves_nothing_and_names_the_first(book: TableOrderBook):
    order = an_order()
    book.take_in(order, placed())
    first = book.change(order.order_id, happens(ORDER_PICKED))
    book.change(order.order_id, happens(ORDER_SHIPPED))

    copy = book.change(order.order_id, happens(ORDER_PICKED))

    assert copy.events == first.events == (EventMark(number=2, name=ORDER_PICKED),)
    assert copy.record == book.get(order.order_id)
    assert len(book.timeline(order.order_id).events) == 3


def test_what_comes_with_a_copy_is_still_done(book: TableOrderBook):
    order = an_order()
    book.take_in(order, placed())
    events = (an_event(), an_event(ORDER_PICKED), an_event(ORDER_PICKED))

    changed = book.change(order.order_id, lambda _: Change(events=events, marks={"finops.status": "picked"}))

    assert [mark.number for mark in changed.events] == [1, 2, 2]
    assert book.header(order.order_id).marks == {"finops.status": "picked"}
    assert [event.name for event in book.timeline(order.order_id).events] == [PLACED, ORDER_PICKED]


def test_events_of_one_name_and_two_causes_are_two(book: TableOrderBook):
    order = an_order()
    book.take_in(order, placed())

    book.change(order.order_id, happens(ORDER_PICKED, "a"))
    book.change(order.order_id, happens(ORDER_PICKED, "b"))

    assert [event.cause for event in book.timeline(order.order_id, after=1).events] == ["a", "b"]


def test_a_step_is_answered_once(book: TableOrderBook):
    order = an_order()
    book.take_in(order, placed())
    first = book.change(order.order_id, lambda _: Change(step=VALIDATED, events=(an_event(ORDER_PICKED),)))

    second = book.change(
        order.order_id,
        lambda _: Change(step=StepResult.failed(VALIDATED.step, "too late"), events=(an_event("Late"),), flow="late"),
    )

    assert first.step
    assert first.step.events == (EventMark(number=2, name=ORDER_PICKED),)
    assert second.step == first.step == book.open(order.order_id, step=(VALIDATED.step, 1)).answer
    assert second.record == book.get(order.order_id)
    assert second.record.flow is None
    assert [event.name for event in book.timeline(order.order_id).events] == [PLACED, ORDER_PICKED]


def test_a_step_of_the_next_generation_is_a_new_one(book: TableOrderBook):
    order = an_order()
    book.take_in(order, placed())
    book.change(order.order_id, lambda _: Change(step=StepResult.failed("send", "no")))

    book.change(order.order_id, lambda _: Change(step=StepResult.succeeded("send"), generation=2))

    assert [(step.generation, step.success) for step in book.timeline(order.order_id).steps] == [(1, False), (2, True)]
    assert book.open(order.order_id, step=("send", 3)).answer is None


def test_deciding_on_nothing_changes_nothing(book: TableOrderBook, wire: Wire):
    order = an_order()
    before = book.take_in(order, placed()).record

    with wire.counted():
        changed = book.change(order.order_id, lambda _: None)
        same = book.change(order.order_id, lambda record: Change(order=record.order, marks={}))

    assert changed.record == same.record == before
    assert wire.calls == 2


def test_a_change_leaves_alone_what_it_does_not_name(book: TableOrderBook):
    order = an_order()
    problem = Problem(field="sku", value=None, problem="missing")
    book.take_in(order, placed())
    book.change(order.order_id, lambda _: Change(flow="flow", problems=(problem,), marks={"a": "1"}))

    record = book.change(order.order_id, lambda _: Change(marks={"b": "2"})).record

    assert (record.flow, record.problems, record.marks) == ("flow", (problem,), {"a": "1", "b": "2"})
    assert book.get(order.order_id) == record


def test_a_reason_given_replaces_the_one_of_the_table(book: TableOrderBook):
    order = an_order()
    book.take_in(order, placed())

    record = book.change(order.order_id, lambda _: Change(events=(an_event(ORDER_PICKED),), reason="By hand")).record

    assert record.position.state == State(name="Fulfillment in Process", reason="By hand")


def test_a_change_without_lines_keeps_the_lines(book: TableOrderBook):
    order = an_order(3)
    book.take_in(order, placed())

    decision = Decision(Change(order=order.with_(lines=(), company="USMF")))
    book.change(order.order_id, decision, lines=False)

    assert decision.saw[0].order.lines == ()
    assert book.get(order.order_id).order == order.with_(company="USMF")


@pytest.mark.parametrize(("before", "after"), [(3, 1), (1, 3), (500, 251), (251, 500), (2, 0), (0, 2)])
def test_an_order_may_gain_and_lose_lines(book: TableOrderBook, before: int, after: int):
    order = an_order(before)
    book.take_in(order, placed())

    lines = tuple(a_line(order.order_id, number, "Kettle") for number in range(1, after + 1))
    book.change(order.order_id, lambda record: Change(order=record.order.with_(lines=lines)))

    assert book.get(order.order_id).order.lines == lines


def test_one_line_of_five_hundred_can_change(book: TableOrderBook):
    order = an_order(500)
    book.take_in(order, placed())
    lines = list(order.lines)
    lines[250] = lines[250].with_(sync_error="Site 9 does not exist", quantity=Decimal("1.5"))

    book.change(order.order_id, lambda record: Change(order=record.order.with_(lines=tuple(lines))))

    assert book.get(order.order_id).order.lines == tuple(lines)


def test_an_order_of_a_megabyte_is_kept_whole(book: TableOrderBook):
    order = an_order(300, name="🧺" * 2 + "é" * 1_500).with_(bill_to=Address(name="n" * 200_000))

    book.take_in(order, placed())

    assert len(order.model_dump_json().encode()) > 1_000_000
    assert book.get(order.order_id).order == order


@pytest.mark.parametrize(
    ("lines", "letters", "customer_letters"), [(1, 3_000_000, 0), (2_500, 2_000, 0), (0, 0, 700_000)]
)
def test_an_order_too_large_for_the_book_is_refused_whole(
    book: TableOrderBook, lines: int, letters: int, customer_letters: int
):
    order = an_order(lines, name="n" * letters).with_(customer_name="n" * customer_letters)

    with pytest.raises(RowsTooLarge):
        book.take_in(order, placed())

    with pytest.raises(UnknownOrder):
        book.header(order.order_id)


def test_an_order_with_missing_lines_is_never_handed_out(book: TableOrderBook, tables: Tables):
    order = an_order(500)
    book.take_in(order, placed())
    tables.orders.transact([delete({"PartitionKey": order.order_id, "RowKey": "L00002"})])

    with pytest.raises(IncompleteOrder, match="500 lines"):
        book.get(order.order_id)
    with pytest.raises(IncompleteOrder, match="500 lines"):
        book.change(order.order_id, happens(ORDER_PICKED))


def test_each_operation_costs_as_few_calls_as_promised(book: TableOrderBook, wire: Wire):
    order = an_order(2)

    def cost(operation) -> int:
        with wire.counted():
            operation()
        return wire.calls

    assert cost(lambda: book.take_in(order, placed())) == 4
    assert cost(lambda: book.take_in(order, placed())) == 2
    assert cost(lambda: book.get(order.order_id)) == 1
    assert cost(lambda: book.header(order.order_id)) == 1
    assert cost(lambda: book.find(order.source, order.external_id)) == 1
    assert cost(lambda: book.timeline(order.order_id)) == 1
    assert cost(lambda: book.change(order.order_id, happens(ORDER_PICKED))) == 2
    assert cost(lambda: book.change(order.order_id, happens(ORDER_PICKED), lines=False)) == 3
    assert cost(lambda: book.change(order.order_id, happens(ORDER_SHIPPED), lines=False)) == 2
    book.take_in(an_order(), placed())
    assert cost(lambda: book.recent(2)) == 3
