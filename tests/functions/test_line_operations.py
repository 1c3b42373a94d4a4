"""The operations API, one line at a time: released, or sent to F&O again."""

import azure.functions as func
import pytest

from shared.application.line_release import LineRelease
from shared.application.line_resending import LineResending
from shared.application.provider_events import Seen
from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.events import LINE_RESEND_REQUESTED, SENT_TO_FULFILLMENT, BusinessEvent
from shared.domain.orders import INVENTORY_NOT_FOUND, LineHold, Order
from shared.domain.records import Change
from shared.domain.results import EventMark
from shared.store.order_book import TableOrderBook
from tests.application.samples import VALIDATED, an_order, taken_in
from tests.functions.conftest import Serve
from tests.functions.recording_client import RecordingClient
from tests.functions.requests import a_request, assert_problem, assert_refused, json_of

FOUND = EventMark(number=9, name="On Hand Check Success")
BOTH = ["release_line", "resend_line"]


class Stock:
    """What looking for it comes to; `asked` has the lines."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.fault: Exception | None = None

    def look(self, order_id: str, number: int) -> Seen | None:
        self.asked.append(number)
        if self.fault:
            raise self.fault
        return Seen(order_id, (FOUND,))


@pytest.fixture
def stock(serve: Serve, book: TableOrderBook) -> Stock:
    stock = Stock()
    serve(line_release=LineRelease(book, stock.look), line_resending=LineResending(book))
    return stock


@pytest.fixture
def order(book: TableOrderBook) -> Order:
    """F&O has line 1; line 2 it refused, line 3 waits for stock."""
    hold = LineHold.model_validate({"reason": INVENTORY_NOT_FOUND, "since": "2026-03-02T12:00:00Z"})
    facts = ({"in_finops": True}, {"sync_error": "the warehouse is unknown"}, {"hold": hold})
    new = an_order(3)
    lines = tuple(line.with_(**fact) for line, fact in zip(new.lines, facts, strict=True))
    order_id = taken_in(book, *VALIDATED, order=new.with_(lines=lines)).order.order_id
    event = BusinessEvent(name=SENT_TO_FULFILLMENT, cause="1", source="finops")
    return book.change(order_id, lambda _: Change(events=(event,))).record.order


def about(order: Order, number: str, **params: str) -> func.HttpRequest:
    route = {"order_id": order.order_id, "number": number}
    return a_request(method="POST", route=route, params=params)


async def test_a_line_that_waits_is_released_and_its_flow_hears_of_it(
    call, client: RecordingClient, stock: Stock, order: Order
):
    response = await call("release_line", about(order, "3"), client)

    assert (response.status_code, json_of(response)) == (202, {"order_id": order.order_id})
    assert stock.asked == [3]
    assert client.raised == [(f"order-{order.order_id}", "event-9", FOUND.model_dump())]


async def test_a_line_that_does_not_wait_is_not_released(call, client: RecordingClient, stock: Stock, order: Order):
    response = await call("release_line", about(order, "1"), client)

    assert_problem(response, 409, "not in this state", "line 1 of order BC-10427 does not wait for stock")
    assert (stock.asked, client.raised) == ([], [])


@pytest.mark.parametrize(
    ("fault", "status"), [(RejectedByProvider("HTTP 403: no role"), 502), (TransientProviderError("busy"), 503)]
)
async def test_who_releases_a_line_hears_that_stock_cannot_be_looked_for(
    call, stock: Stock, order: Order, fault: Exception, status: int
):
    stock.fault = fault

    response = await call("release_line", about(order, "3"), RecordingClient())

    assert (response.status_code, json_of(response)["detail"]) == (status, str(fault))


async def test_a_refused_line_is_sent_again_and_its_flow_hears_of_it_however_often_it_is_clicked(
    call, client: RecordingClient, stock: Stock, order: Order
):
    responses = [await call("resend_line", about(order, "2"), client) for _ in range(2)]

    assert [(each.status_code, json_of(each)) for each in responses] == [(202, {"order_id": order.order_id})] * 2
    mark = {"number": 5, "name": LINE_RESEND_REQUESTED}
    assert client.raised == [(f"order-{order.order_id}", "event-5", mark)] * 2


@pytest.mark.parametrize(
    ("number", "why"),
    [("1", "it is in F&O already"), ("3", "it waits for stock (Inventory Not Found): release it")],
)
@pytest.mark.usefixtures("stock")
async def test_a_line_that_needs_no_sending_is_not_sent_again(
    call, client: RecordingClient, order: Order, number: str, why: str
):
    response = await call("resend_line", about(order, number), client)

    assert_problem(response, 409, "not in this state", f"line {number} of order BC-10427 is not sent again: {why}")
    assert client.raised == []


@pytest.mark.parametrize("function", BOTH)
async def test_a_line_that_the_order_does_not_have_is_unknown(
    call, client: RecordingClient, stock: Stock, order: Order, function: str
):
    response = await call(function, about(order, "9"), client)

    assert_problem(response, 404, "unknown line", "order BC-10427 has no line 9")


@pytest.mark.parametrize("function", BOTH)
async def test_lines_of_an_order_that_nobody_knows_are_unknown(
    call, client: RecordingClient, stock: Stock, function: str
):
    nobody_s = an_order()

    response = await call(function, about(nobody_s, "1"), client)

    assert_problem(response, 404, "unknown order", f"no order {nobody_s.order_id}")


@pytest.mark.parametrize("function", BOTH)
async def test_a_line_is_named_by_its_number_and_by_nothing_else(
    call, client: RecordingClient, stock: Stock, order: Order, function: str
):
    unreadable = await call(function, about(order, "two"), client)
    too_much = await call(function, about(order, "2", force="yes"), client)

    assert_refused(unreadable, ("number", "two", "is no number of a line, such as 1"))
    assert_refused(too_much, ("force", "yes", "is no parameter here; there are: none"))
