"""The operations API: orders, timelines and errors as JSON, refusals as problem JSON (RFC 9457)."""

from types import SimpleNamespace
from typing import Any

import azure.functions as func
import pytest

from shared.application.cancellation import Cancellation
from shared.application.order_views import OrderViews
from shared.application.provider_events import Seen
from shared.application.reprocessing import Reprocessing
from shared.domain.errors import TransientProviderError
from shared.domain.events import CANCEL_REQUESTED, REPROCESS_REQUESTED, STEP_FAILED
from shared.domain.orders import Order
from shared.domain.ports import ErrorEntry
from shared.domain.results import EventMark
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.samples import INVOICED, SENT, VALIDATED, RecordingQueues, an_order, standing, taken_in
from tests.functions.conftest import Serve
from tests.functions.recording_client import RecordingClient
from tests.functions.requests import a_request, json_of


@pytest.fixture(autouse=True)
def _served(serve: Serve, book: TableOrderBook, errors: TableErrorPages, queues: RecordingQueues) -> None:
    serve(
        views=OrderViews(book),
        errors=errors,
        cancellation=Cancellation(book, errors),
        reprocessing=Reprocessing(book, errors, queues, lambda _: None),
    )


def about(order: Order, method: str = "GET") -> func.HttpRequest:
    return a_request(method=method, route={"order_id": order.order_id})


def assert_problem(response: func.HttpResponse, status: int, title: str, detail: str) -> None:
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    assert json_of(response) == {"type": "about:blank", "status": status, "title": title, "detail": detail}


def test_the_app_is_healthy_when_its_store_answers(call):
    response = call("health", a_request())

    assert (response.status_code, json_of(response)) == (200, {"status": "ok"})


def test_the_app_is_not_healthy_when_its_store_does_not_answer(call, serve: Serve):
    class Down(OrderViews):
        def recent(self, limit: int) -> list[dict[str, Any]]:
            raise TransientProviderError(f"no {limit} orders")

    serve(views=Down(None))  # pyright: ignore[reportArgumentType] # is never asked

    assert_problem(call("health", a_request()), 503, "not available right now", "no 1 orders")


def test_the_orders_taken_in_last_are_listed(call, book: TableOrderBook):
    order = taken_in(book).order

    response = call("list_orders", a_request())

    assert (response.status_code, response.mimetype) == (200, "application/json")
    listed = json_of(response)["orders"]
    assert order.order_id in [summary["order_id"] for summary in listed]
    assert len(listed) <= 50


def test_a_list_can_be_limited(call, book: TableOrderBook):
    for _ in range(2):
        taken_in(book)

    assert len(json_of(call("list_orders", a_request(params={"limit": "1"})))["orders"]) == 1


@pytest.mark.parametrize("limit", ["0", "501", "-1", "many", "1.5", "²", ""])
def test_a_limit_that_is_none_is_refused(call, limit: str):
    response = call("list_orders", a_request(params={"limit": limit}))

    assert_problem(response, 400, "limit is not a number from 1 to 500", limit)


def test_an_order_is_found_by_the_number_the_shop_knows_it_by(call, book: TableOrderBook):
    order = taken_in(book).order

    response = call("list_orders", a_request(params={"external_id": order.external_id}))

    assert [summary["order_id"] for summary in json_of(response)["orders"]] == [order.order_id]


def test_of_another_source_there_is_no_such_order(call, book: TableOrderBook):
    order = taken_in(book).order

    response = call("list_orders", a_request(params={"external_id": order.external_id, "source": "finops"}))

    assert (response.status_code, json_of(response)) == (200, {"orders": []})


def test_an_order_is_shown_with_its_lines_and_its_timeline(call, book: TableOrderBook):
    order = taken_in(book, *SENT).order

    whole, timeline = call("show_order", about(order)), call("show_timeline", about(order))

    assert (whole.status_code, timeline.status_code) == (200, 200)
    assert len(json_of(whole)["lines"]) == 2
    assert [event["name"] for event in json_of(timeline)["events"]] == [*SENT]


@pytest.mark.parametrize("function", ["show_order", "show_timeline"])
def test_an_unknown_order_is_not_shown(call, function: str):
    order = an_order()

    assert_problem(call(function, about(order)), 404, "unknown order", f"no order {order.order_id}")


@pytest.mark.parametrize("function", ["reprocess_order", "cancel_order"])
async def test_nothing_can_be_done_with_an_unknown_order(call, client: RecordingClient, function: str):
    order = an_order()

    response = await call(function, about(order, "POST"), client)

    assert_problem(response, 404, "unknown order", f"no order {order.order_id}")
    assert client.raised == []


async def test_a_reprocessed_order_s_flow_hears_of_it_however_often_it_is_clicked(
    call, client: RecordingClient, book: TableOrderBook
):
    order = taken_in(book, *VALIDATED, STEP_FAILED).order

    responses = [await call("reprocess_order", about(order, "POST"), client) for _ in range(2)]

    assert [(each.status_code, json_of(each)) for each in responses] == [(202, {"order_id": order.order_id})] * 2
    assert (
        client.raised
        == [
            (f"order-{order.order_id}", "event-5", {"number": 5, "name": REPROCESS_REQUESTED}),
        ]
        * 2
    )


async def test_an_order_that_is_not_on_hold_is_not_reprocessed(call, client: RecordingClient, book: TableOrderBook):
    order = taken_in(book, *SENT).order

    response = await call("reprocess_order", about(order, "POST"), client)

    detail = "order BC-10427 is Fulfillment in Process: only an order on hold is reprocessed"
    assert_problem(response, 409, "not in this state", detail)


async def test_a_canceled_order_s_flow_hears_of_it(call, client: RecordingClient, book: TableOrderBook):
    order = taken_in(book, *VALIDATED).order

    response = await call("cancel_order", about(order, "POST"), client)

    assert (response.status_code, json_of(response)) == (202, {"order_id": order.order_id})
    assert client.raised == [(f"order-{order.order_id}", "event-4", {"number": 4, "name": CANCEL_REQUESTED})]
    assert standing(book, order.order_id)[0] != "Canceled"  # not before everyone has stopped


async def test_a_completed_order_is_not_canceled(call, client: RecordingClient, book: TableOrderBook):
    order = taken_in(book, *INVOICED).order

    response = await call("cancel_order", about(order, "POST"), client)

    detail = "order BC-10427 is completed: it can only come back as a return"
    assert_problem(response, 409, "not in this state", detail)
    assert client.raised == []


def test_the_error_pages_are_listed_by_kind_and_status(call, errors: TableErrorPages):
    order_id = an_order().order_id
    errors.report(ErrorEntry(kind="provider_action", key=order_id, order_id=order_id, message="no"))

    def is_listed(**params: str) -> bool:
        response = call("list_errors", a_request(params=params))
        assert response.status_code == 200
        return order_id in [entry["order_id"] for entry in json_of(response)["errors"]]

    assert (is_listed(), is_listed(kind="provider_action"), is_listed(kind="inbound")) == (True, True, False)
    errors.resolve(order_id)
    assert (is_listed(), is_listed(status="resolved"), is_listed(status="all")) == (False, True, True)


def test_an_error_page_that_does_not_exist_is_refused(call):
    kinds = "inbound, provider_action, orchestration_step, policy"

    by_kind = call("list_errors", a_request(params={"kind": "weather"}))
    by_status = call("list_errors", a_request(params={"status": "forgotten"}))

    assert_problem(by_kind, 400, f"kind is not one of {kinds}", "weather")
    assert_problem(by_status, 400, "status is not one of active, resolved, all", "forgotten")


def sourcing_that_finds(seen: Seen | None, plans: list[dict[str, Any]]) -> SimpleNamespace:
    return SimpleNamespace(
        plan_views=SimpleNamespace(plans_of=lambda _: plans), backorders=SimpleNamespace(retry=lambda _: seen)
    )


def test_the_plans_of_an_order_are_shown(call, serve: Serve, book: TableOrderBook):
    order, plans = taken_in(book).order, [{"strategy": "Few and near", "lines": []}]
    serve(views=OrderViews(book), speaks_to=lambda _: True, sourcing=sourcing_that_finds(None, plans))

    known, unknown = call("show_plans", about(order)), call("show_plans", about(an_order()))

    assert json_of(known) == {"plans": plans}
    assert unknown.status_code == 404


async def test_stock_that_an_operator_has_looked_for_is_told_to_the_flow(
    call, serve: Serve, client: RecordingClient, book: TableOrderBook
):
    order, found = taken_in(book).order, EventMark(number=5, name="On Hand Check Success")
    seen = Seen(order.order_id, (found,))
    serve(views=OrderViews(book), speaks_to=lambda _: True, sourcing=sourcing_that_finds(seen, []))

    response = await call("source_again", about(order, "POST"), client)

    assert response.status_code == 202
    assert client.raised == [(f"order-{order.order_id}", "event-5", found.model_dump())]


async def test_a_line_that_does_not_wait_is_not_given_up(call, client: RecordingClient, book: TableOrderBook):
    order = taken_in(book, *SENT).order
    wanted = {number: {"order_id": order.order_id, "number": number} for number in ("1", "9")}

    waiting_for_nobody, unknown = [
        await call("cancel_line", a_request(method="POST", route=route), client) for route in wanted.values()
    ]

    detail = "line 1 of order BC-10427 does not wait for stock"
    assert_problem(waiting_for_nobody, 409, "not in this state", detail)
    assert_problem(unknown, 404, "unknown line", "order BC-10427 has no line 9")
