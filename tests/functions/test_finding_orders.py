"""Orders are found over HTTP by what the person who asks knows of them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.application.order_listing import OrderListing
from shared.domain.events import STEP_FAILED
from shared.domain.ports import ErrorEntry
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from shared.store.order_list import TableOrderList
from shared.store.tables import Tables
from tests.application.samples import FLOW, INVOICED, SENT, VALIDATED, an_order, taken_in
from tests.functions.conftest import Serve
from tests.functions.requests import a_request, assert_refused, json_of

Find = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def _served(serve: Serve, tables: Tables, book: TableOrderBook, errors: TableErrorPages) -> None:
    """An hour from now, so that what a test has done just now has some age."""

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(hours=1)

    orders = TableOrderList(tables, book, clock)
    serve(listing=OrderListing(orders, book, errors, ("bigcommerce", "finops"), clock))


@pytest.fixture
def page(call) -> Callable[..., Any]:
    def page(**params: str) -> Any:
        response = call("list_orders", a_request(params=params))
        assert response.status_code == 200
        return json_of(response)

    return page


@pytest.fixture
def found(page) -> Find:
    """The ids of all orders found, page by page."""

    def found(**params: str) -> list[str]:
        this = page(**params)
        order_ids = [order["order_id"] for order in this["orders"]]
        while this["next"]:
            this = page(**params, cursor=this["next"])
            order_ids += [order["order_id"] for order in this["orders"]]
        return order_ids

    return found


def test_the_orders_taken_in_last_come_first(found: Find, book: TableOrderBook):
    first, second = (taken_in(book).order.order_id for _ in range(2))

    assert found()[:2] == [second, first]


def test_pages_follow_one_another_without_a_gap_or_a_copy(page, book: TableOrderBook):
    order_ids = [taken_in(book).order.order_id for _ in range(5)]

    first = page(limit="2", state="New")
    taken_in(book)  # meanwhile
    second = page(limit="3", state="New", cursor=first["next"])

    both = [order["order_id"] for order in first["orders"] + second["orders"]]
    assert both == order_ids[::-1]


def test_the_last_page_has_no_next(page, book: TableOrderBook):
    order = taken_in(book).order

    assert page(external_id=order.external_id, limit="1")["next"] is None


@pytest.mark.parametrize("source", [{}, {"source": "bigcommerce"}])
def test_an_order_is_found_by_what_the_shop_calls_it(found: Find, book: TableOrderBook, source: dict[str, str]):
    order = taken_in(book).order

    assert found(external_id=order.external_id, **source) == [order.order_id]


def test_of_another_source_there_is_no_such_order(found: Find, book: TableOrderBook):
    order = taken_in(book).order

    assert found(external_id=order.external_id, source="finops") == []


def test_orders_are_found_by_their_number(found: Find, book: TableOrderBook):
    number = str(uuid4())
    older, newer = (taken_in(book, order=an_order(number=number)).order.order_id for _ in range(2))
    taken_in(book, order=an_order(number=f"{number}0"))

    assert found(number=number) == [newer, older]


def test_orders_are_found_by_their_state(found: Find, book: TableOrderBook):
    new, sent, held, over = (
        taken_in(book, *events).order.order_id for events in ((), SENT, (*VALIDATED, STEP_FAILED), INVOICED)
    )

    def among(state: str) -> list[str]:
        return [order_id for order_id in found(state=state) if order_id in (new, sent, held, over)]

    assert among("New") == [new]
    assert among("Fulfillment in Process") == [sent]
    assert among("On Hold") == [held]
    assert among("Completed") == [over]
    assert among("open") == [held, sent, new]


def test_orders_are_found_by_their_flow(found: Find, book: TableOrderBook):
    flow = f"{FLOW}-{uuid4()}"
    order = taken_in(book, flow=flow).order
    taken_in(book)

    assert found(flow=flow, state="open") == [order.order_id]


@pytest.mark.parametrize(("age", "is_found"), [("PT30M", True), ("1800", True), ("P1D", False), ("7200", False)])
def test_orders_are_found_by_how_long_they_have_been_in_their_state(
    found: Find, book: TableOrderBook, age: str, is_found: bool
):
    order = taken_in(book).order

    assert (order.order_id in found(state="open", older_than=age)) == is_found


def test_orders_are_found_by_what_went_wrong(found: Find, book: TableOrderBook, errors: TableErrorPages):
    what = str(uuid4())
    one, other, mended = (taken_in(book).order.order_id for _ in range(3))
    for order_id in (one, other, mended):
        message = f"No Warehouse {what.upper()}"
        errors.report(ErrorEntry(kind="policy", key=order_id, order_id=order_id, message=message))
    errors.resolve(mended)

    assert found(error=f"warehouse {what}") == [other, one]
    assert found(error=f"warehouse {what}", external_id=book.header(one).order.external_id) == [one]
    assert found(error=what, number=book.header(one).order.number, state="Canceled") == []


@pytest.mark.parametrize("limit", ["0", "501", "-1", "many", "1.5", "²", "9" * 5000])
def test_a_limit_that_is_none_is_refused(call, limit: str):
    response = call("list_orders", a_request(params={"limit": limit}))

    assert_refused(response, ("limit", limit, "is not a number from 1 to 500"))


@pytest.mark.parametrize("age", ["yesterday", "-5", "P", "-P1D", "1e3", "PT99999999999999999999S"])
def test_an_age_that_is_none_is_refused(call, age: str):
    response = call("list_orders", a_request(params={"older_than": age}))

    wanted = "is neither an ISO 8601 duration, such as P1DT12H, nor a number of seconds"
    assert_refused(response, ("older_than", age, wanted))


def test_everything_that_is_wrong_is_told_at_once(call):
    response = call(
        "list_orders", a_request(params={"state": "Lost", "source": "ebay", "colour": "red", "code": "key"})
    )

    known = "cursor, error, external_id, flow, limit, number, older_than, source, state"
    assert_refused(
        response,
        ("state", "Lost", "is not one of open, New, In Progress, On Hold, Fulfillment in Process, Completed, Canceled"),
        ("source", "ebay", "is not one of bigcommerce, finops"),
        ("colour", "red", f"is no parameter here; there are: {known}"),
    )


def test_a_cursor_leads_on_in_its_own_list_only(call, page, book: TableOrderBook):
    for _ in range(2):
        taken_in(book)
    cursor = page(limit="1", state="New")["next"]

    other_list = call("list_orders", a_request(params={"cursor": cursor, "state": "open"}))
    other_size = call("list_orders", a_request(params={"cursor": cursor, "state": "New", "limit": "7"}))

    assert_refused(other_list, ("cursor", cursor, "was not given out for this list"))
    assert other_size.status_code == 200


@pytest.mark.parametrize("cursor", ["x", "eyJ9", "W10", "WyJhIiwgImIiXQ", "é", "null", "MQ"])
def test_what_is_no_cursor_is_refused(call, cursor: str):
    response = call("list_orders", a_request(params={"cursor": cursor}))

    assert_refused(response, ("cursor", cursor, "was not given out for this list"))
