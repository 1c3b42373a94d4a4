"""Open orders are found without looking at all that ever were, and none of them is missed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from shared.application.order_listing import OrderFilter, OrderListing
from shared.domain.events import ORDER_SHIPPED, STEP_FAILED
from shared.domain.states import StateFramework, Transition
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from shared.store.order_index import ABOUT_TO_OPEN
from shared.store.order_list import TableOrderList
from shared.store.tables import Tables
from tests.store.samples import TRANSITIONS, an_order, happens, placed
from tests.store.wire import Crash, Wire

HOLD = Transition(event=STEP_FAILED, sources=("New", "Completed"), hold=True, reason="Failed")


@pytest.fixture
def book(tables: Tables) -> TableOrderBook:
    return TableOrderBook(tables, StateFramework([*TRANSITIONS, HOLD]), lambda: datetime.now(UTC))


def list_at(tables: Tables, book: TableOrderBook, later: timedelta = timedelta()) -> TableOrderList:
    return TableOrderList(tables, book, lambda: datetime.now(UTC) + later)


def open_ids(orders: TableOrderList) -> Iterator[str]:
    return (record.order.order_id for _, record in orders.newest("open", 64) if record)


def rows_of(tables: Tables, order_id: str) -> int:
    rows = tables.index.rows("PartitionKey eq @open", {"open": "open"})
    return sum(row["OrderId"] == order_id for row in rows)


def an_ended_order(book: TableOrderBook) -> str:
    order = an_order()
    book.take_in(order, placed())
    book.change(order.order_id, happens(ORDER_SHIPPED))
    return order.order_id


def test_an_order_is_among_the_open_ones_until_it_ends(tables: Tables, book: TableOrderBook):
    order = an_order()
    book.take_in(order, placed())
    before = order.order_id in open_ids(list_at(tables, book))

    book.change(order.order_id, happens(ORDER_SHIPPED))

    assert before
    assert order.order_id not in open_ids(list_at(tables, book))


def test_an_order_that_has_ended_is_not_looked_at_again(tables: Tables, book: TableOrderBook):
    order_id = an_ended_order(book)

    assert [*open_ids(list_at(tables, book))].count(order_id) == 0

    assert rows_of(tables, order_id) == 0


def test_the_row_of_an_order_that_is_just_being_taken_in_stays(tables: Tables, book: TableOrderBook, wire: Wire):
    order = an_order()
    with wire.dying(3, "after"), pytest.raises(Crash):
        book.take_in(order, placed())

    assert looked_at(tables, book, order.order_id) == (1, 0)


def test_the_row_of_an_order_that_is_just_being_opened_again_stays(tables: Tables, book: TableOrderBook, wire: Wire):
    order_id = an_ended_order(book)
    with wire.dying(2, "after"), pytest.raises(Crash):
        book.change(order_id, happens(STEP_FAILED))

    assert book.header(order_id).position.state.name == "Completed"
    assert looked_at(tables, book, order_id) == (1, 0)


def looked_at(tables: Tables, book: TableOrderBook, order_id: str) -> tuple[int, int]:
    """How many rows the order has once somebody has looked at the open ones, now and much later."""
    list(open_ids(list_at(tables, book)))
    now_there = rows_of(tables, order_id)
    list(open_ids(list_at(tables, book, 2 * ABOUT_TO_OPEN)))
    return now_there, rows_of(tables, order_id)


def test_an_order_held_after_its_end_is_open_again(tables: Tables, book: TableOrderBook):
    order_id = an_ended_order(book)
    list(open_ids(list_at(tables, book, 2 * ABOUT_TO_OPEN)))

    book.change(order_id, happens(STEP_FAILED))

    assert order_id in open_ids(list_at(tables, book))


@pytest.mark.parametrize("call", [2, 3])
def test_an_open_order_is_never_missed_whenever_its_writer_dies(
    tables: Tables, book: TableOrderBook, wire: Wire, call: int
):
    order_id = an_ended_order(book)
    list(open_ids(list_at(tables, book, 2 * ABOUT_TO_OPEN)))
    with wire.dying(call, "after"), pytest.raises(Crash):
        book.change(order_id, happens(STEP_FAILED))

    is_held = book.header(order_id).position.state.name == "On Hold"

    assert (order_id in open_ids(list_at(tables, book))) == is_held


def test_open_orders_cost_nothing_for_those_that_have_ended(tables: Tables, book: TableOrderBook, wire: Wire):
    for _ in range(3):
        an_ended_order(book)
    later = list_at(tables, book, 2 * ABOUT_TO_OPEN)
    open_now = len([*open_ids(later)])
    waiting = an_order()
    book.take_in(waiting, placed())
    listing = OrderListing(later, book, TableErrorPages(tables, now), ("bigcommerce",), now)

    with wire.counted():
        page = listing.page(OrderFilter(state="open"), limit=500)

    assert waiting.order_id in [record.order.order_id for record in page.orders]
    assert wire.calls <= 2 + open_now // 64 + open_now + 1  # pages of the index, and a call for each open order


def test_an_order_found_by_its_number_costs_two_calls_for_a_source(tables: Tables, book: TableOrderBook, wire: Wire):
    order = an_order().with_(number=f"N-{an_order().external_id}")
    book.take_in(order, placed())
    listing = OrderListing(list_at(tables, book), book, TableErrorPages(tables, now), ("bigcommerce",), now)

    with wire.counted():
        page = listing.page(OrderFilter(number=order.number), limit=10)

    assert [record.order.order_id for record in page.orders] == [order.order_id]
    assert wire.calls == 2


def test_a_page_of_the_newest_orders_reads_no_more_than_it_shows_and_one(
    tables: Tables, book: TableOrderBook, wire: Wire
):
    for _ in range(5):
        book.take_in(an_order(), placed())
    listing = OrderListing(list_at(tables, book), book, TableErrorPages(tables, now), ("bigcommerce",), now)

    with wire.counted():
        page = listing.page(OrderFilter(), limit=3)

    assert (len(page.orders), page.after is not None) == (3, True)
    assert wire.calls == 1 + 4


def now() -> datetime:
    return datetime.now(UTC)
