"""The operations API: orders, timelines and errors as JSON, refusals as problem JSON (RFC 9457)."""

import json
from types import SimpleNamespace
from typing import Any

import azure.functions as func
import pytest

from functions import operations
from shared.application.cancellation import Cancellation
from shared.application.error_desk import ErrorDesk
from shared.application.holding import Holding
from shared.application.mistakes import NotActive
from shared.application.order_views import OrderViews
from shared.application.provider_events import Seen
from shared.application.reprocessing import Reprocessing
from shared.configuration import ConfigurationError
from shared.domain.errors import TransientProviderError
from shared.domain.events import CANCEL_REQUESTED, ORDER_HELD, ORDER_RESUMED, REPROCESS_REQUESTED, STEP_FAILED
from shared.domain.orders import Order
from shared.domain.ports import ErrorEntry
from shared.domain.records import Change
from shared.domain.results import EventMark, StepResult
from shared.settings import SettingsError
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.samples import INVOICED, SENT, VALIDATED, RecordingQueues, an_order, happened, standing, taken_in
from tests.functions.conftest import Serve
from tests.functions.recording_client import RecordingClient
from tests.functions.requests import a_request, assert_problem, assert_refused, json_of


@pytest.fixture(autouse=True)
def _served(serve: Serve, book: TableOrderBook, errors: TableErrorPages, queues: RecordingQueues) -> None:
    serve(
        views=OrderViews(book),
        errors=errors,
        cancellation=Cancellation(book, errors),
        holding=Holding(book),
        error_desk=ErrorDesk(book, errors),
        reprocessing=Reprocessing(book, errors, queues, lambda _: None, configuration=0),
    )


def about(order: Order, method: str = "GET") -> func.HttpRequest:
    return a_request(method=method, route={"order_id": order.order_id})


def test_the_app_is_healthy_when_its_store_answers(call):
    response = call("health", a_request())

    assert (response.status_code, json_of(response)) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("fault", "title"),
    [
        (TransientProviderError("table storage of contoso"), "not available right now"),
        (ConfigurationError(["flows.yaml: of contoso"]), "the configuration cannot be used"),
    ],
)
def test_the_app_is_not_healthy_when_its_store_does_not_answer_and_the_log_alone_says_why(
    call, serve: Serve, caplog: pytest.LogCaptureFixture, fault: Exception, title: str
):
    class Down(OrderViews):
        def recent(self, limit: int) -> list[dict[str, Any]]:
            raise fault if limit else AssertionError

    serve(views=Down(None))  # pyright: ignore[reportArgumentType] # is never asked

    assert_problem(call("health", a_request()), 503, title, "the log of the app at this time has the cause")
    assert "of contoso" in caplog.text


def test_the_app_is_not_healthy_when_a_setting_is_missing(call, monkeypatch: pytest.MonkeyPatch):
    def lacking() -> None:
        raise SettingsError("setting ORDERS__FLEXE__BASE_URL is missing")

    monkeypatch.setattr(operations, "services", lacking)

    assert_problem(
        call("health", a_request()), 503, "settings are missing", "setting ORDERS__FLEXE__BASE_URL is missing"
    )


def test_an_order_is_shown_with_its_lines_and_its_timeline(call, book: TableOrderBook):
    order = taken_in(book, *SENT).order

    whole, timeline = call("show_order", about(order)), call("show_timeline", about(order))

    assert (whole.status_code, timeline.status_code) == (200, 200)
    assert len(json_of(whole)["lines"]) == 2
    assert [event["name"] for event in json_of(timeline)["events"]] == [*SENT]


def test_the_steps_of_an_order_are_shown_with_their_decisions(call, book: TableOrderBook):
    order = taken_in(book, *VALIDATED).order
    book.change(order.order_id, lambda _: Change(step=StepResult.succeeded("Policy Assignment", rule="USMF")))

    (step,) = json_of(call("show_steps", about(order)))["steps"]

    assert (step["step"], step["success"], step["details"]) == ("Policy Assignment", True, {"rule": "USMF"})


@pytest.mark.parametrize("function", ["show_order", "show_timeline", "show_steps"])
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


def holding(order: Order, body: bytes = b'{"reason": "the shopper calls back"}') -> func.HttpRequest:
    return a_request(method="POST", route={"order_id": order.order_id}, body=body)


async def test_an_order_is_held_and_resumed_and_its_flow_hears_of_both(
    call, client: RecordingClient, book: TableOrderBook
):
    order = taken_in(book, *VALIDATED).order

    held = await call("hold_order", holding(order), client)
    state = standing(book, order.order_id)
    resumed = await call("resume_order", about(order, "POST"), client)

    assert (held.status_code, resumed.status_code) == (202, 202)
    assert state == ("On Hold", "Held by Operator")
    # Of the hold twice: had its own raise been lost, the flow would wait for it.
    assert [data["name"] for _, _, data in client.raised] == [ORDER_HELD, ORDER_HELD, ORDER_RESUMED]


@pytest.mark.parametrize("body", [b"", b"{}", b'{"reason": ""}', b'{"reason": 1}'])
async def test_an_order_is_held_for_a_reason(call, client: RecordingClient, book: TableOrderBook, body: bytes):
    order = taken_in(book, *VALIDATED).order

    response = await call("hold_order", holding(order, body), client)

    assert response.status_code == 400
    assert client.raised == []


async def test_what_stands_still_anyway_is_neither_held_nor_resumed(
    call, client: RecordingClient, book: TableOrderBook
):
    order = taken_in(book, *INVOICED).order

    held = await call("hold_order", holding(order), client)
    resumed = await call("resume_order", about(order, "POST"), client)

    assert_problem(held, 409, "not in this state", "order BC-10427 is Completed")
    assert_problem(resumed, 409, "not in this state", "order BC-10427 is held by nobody")


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
    response = call("list_errors", a_request(params={"kind": "weather", "status": "forgotten", "colour": "red"}))

    assert_refused(
        response,
        ("kind", "weather", "is not one of inbound, provider_action, orchestration_step, policy"),
        ("status", "forgotten", "is not one of active, resolved, noted, all"),
        ("colour", "red", "is no parameter here; there are: kind, status"),
    )


def resolving(kind: str, key: str) -> func.HttpRequest:
    return a_request(method="POST", body=json.dumps({"kind": kind, "key": key}).encode())


def test_an_error_that_belongs_to_no_order_is_taken_off_by_a_person(call, errors: TableErrorPages):
    key = an_order().order_id
    errors.report(ErrorEntry(kind="inbound", key=key, order_id=None, message="unreadable"))

    responses = [call("resolve_error", resolving("inbound", key)) for _ in range(2)]

    assert [response.status_code for response in responses] == [200, 200]
    resolved = errors.entry("inbound", key)
    assert resolved
    assert resolved.status == "resolved"


def test_the_error_of_an_order_on_hold_stays_until_the_order_goes_on(
    call, book: TableOrderBook, errors: TableErrorPages
):
    order_id = taken_in(book, *VALIDATED, STEP_FAILED).order.order_id
    errors.report(ErrorEntry(kind="provider_action", key=order_id, order_id=order_id, message="no"))

    response = call("resolve_error", resolving("provider_action", order_id))

    assert_problem(response, 409, "not in this state", f"order {order_id} is on hold: reprocess or cancel it")


def test_an_unknown_error_is_not_resolved(call):
    assert_problem(call("resolve_error", resolving("policy", "?")), 404, "unknown error", "no policy error '?'")


def test_which_error_to_resolve_must_be_said(call):
    response = call("resolve_error", a_request(method="POST", body=b'{"kind": "weather"}'))

    kinds = "'inbound', 'provider_action', 'orchestration_step' or 'policy'"
    assert_refused(response, ("kind", "weather", f"Input should be {kinds}"), ("key", None, "Field required"))


def many(*order_ids: str) -> func.HttpRequest:
    return a_request(method="POST", body=json.dumps({"order_ids": order_ids}).encode())


async def test_many_orders_are_reprocessed_and_each_has_its_answer(call, client: RecordingClient, book: TableOrderBook):
    held, sent, unknown = (
        taken_in(book, *VALIDATED, STEP_FAILED).order.order_id,
        taken_in(book, *SENT).order.order_id,
        an_order().order_id,
    )

    response = await call("reprocess_orders", many(held, sent, unknown), client)

    why = "order BC-10427 is Fulfillment in Process: only an order on hold is reprocessed"
    assert json_of(response)["orders"] == [
        {"order_id": held, "status": 202},
        {"order_id": sent, "status": 409, "title": "not in this state", "detail": why},
        {"order_id": unknown, "status": 404, "title": "unknown order", "detail": f"no order {unknown}"},
    ]
    assert [instance for instance, _, _ in client.raised] == [f"order-{held}"]


async def test_an_order_named_twice_is_reprocessed_once(call, client: RecordingClient, book: TableOrderBook):
    order_id = taken_in(book, *VALIDATED, STEP_FAILED).order.order_id

    responses = [await call("reprocess_orders", many(order_id, order_id), client) for _ in range(2)]

    assert [json_of(each)["orders"] for each in responses] == [[{"order_id": order_id, "status": 202}]] * 2
    assert happened(book, order_id).count(REPROCESS_REQUESTED) == 1


@pytest.mark.parametrize(
    ("body", "field", "value"),
    [
        (b"?", "body", "?"),
        (b"{}", "order_ids", None),
        (b'{"order_ids": []}', "order_ids", "[]"),
        (b'{"order_ids": ["a", 1]}', "order_ids.1", "1"),
        (b'{"order_ids": ["a"], "force": true}', "force", "True"),
    ],
)
async def test_what_names_no_orders_is_refused_by_field(
    call, client: RecordingClient, body: bytes, field: str, value: str | None
):
    response = await call("reprocess_orders", a_request(method="POST", body=body), client)

    (mistake,) = json_of(response)["errors"]
    assert (response.status_code, mistake["field"], mistake["value"]) == (400, field, value)


def test_the_plans_of_an_order_are_shown(call, serve: Serve, book: TableOrderBook):
    order, plans = taken_in(book).order, [{"strategy": "Few and near", "lines": []}]
    sourcing = SimpleNamespace(plan_views=SimpleNamespace(plans_of=lambda _: plans))
    serve(views=OrderViews(book), speaks_to=lambda _: True, sourcing=sourcing)

    known, unknown = call("show_plans", about(order)), call("show_plans", about(an_order()))

    assert json_of(known) == {"plans": plans}
    assert unknown.status_code == 404


async def test_stock_that_an_operator_has_looked_for_is_told_to_the_flow(
    call, serve: Serve, client: RecordingClient, book: TableOrderBook
):
    order, found = taken_in(book).order, EventMark(number=5, name="On Hand Check Success")
    seen = Seen(order.order_id, (found,))
    serve(views=OrderViews(book), speaks_to=lambda _: True, look_for_stock=lambda _: seen)

    response = await call("source_again", about(order, "POST"), client)

    assert response.status_code == 202
    assert client.raised == [(f"order-{order.order_id}", "event-5", found.model_dump())]


@pytest.mark.parametrize("number", ["0", "one", "-1", "1e3", "²", "100000"])
async def test_a_line_is_named_by_its_number(call, client: RecordingClient, book: TableOrderBook, number: str):
    route = {"order_id": taken_in(book, *SENT).order.order_id, "number": number}

    response = await call("cancel_line", a_request(method="POST", route=route), client)

    assert_refused(response, ("number", number, "is no number of a line, such as 1"))


async def test_a_line_that_does_not_wait_is_not_given_up(call, client: RecordingClient, book: TableOrderBook):
    order = taken_in(book, *SENT).order
    wanted = {number: {"order_id": order.order_id, "number": number} for number in ("1", "9")}

    waiting_for_nobody, unknown = [
        await call("cancel_line", a_request(method="POST", route=route), client) for route in wanted.values()
    ]

    detail = "line 1 of order BC-10427 does not wait for stock"
    assert_problem(waiting_for_nobody, 409, "not in this state", detail)
    assert_problem(unknown, 404, "unknown line", "order BC-10427 has no line 9")


async def test_no_stock_is_looked_for_while_its_provider_is_not_active(
    call, serve: Serve, client: RecordingClient, book: TableOrderBook
):
    why = "provider optimization is not active; activate it first"

    def look(_: str) -> None:
        raise NotActive(why)

    serve(views=OrderViews(book), speaks_to=lambda _: True, look_for_stock=look)

    response = await call("source_again", about(taken_in(book).order, "POST"), client)

    assert_problem(response, 409, "not active", why)
    assert client.raised == []
