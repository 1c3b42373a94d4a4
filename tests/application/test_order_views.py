"""Orders as the operations API shows them: everything a person needs, as JSON."""

import json

import pytest

from shared.application.order_views import OrderViews, summary
from shared.domain.errors import UnknownOrder
from shared.domain.events import STEP_FAILED
from shared.domain.orders import Problem
from shared.domain.records import Change
from shared.domain.results import StepResult
from shared.store.order_book import TableOrderBook
from tests.application.samples import FLOW, SENT, VALIDATED, an_order, taken_in


@pytest.fixture
def views(book: TableOrderBook) -> OrderViews:
    return OrderViews(book)


def test_a_summary_says_what_an_order_is_called_and_where_it_stands_since_when(book: TableOrderBook):
    record = taken_in(book, *SENT)
    later = book.change(record.order.order_id, lambda _: Change(marks={"finops.status": "1"})).record

    shown = summary(later)

    expected = {
        "order_id": record.order.order_id,
        "external_id": record.order.external_id,
        "number": "BC-10427",
        "flow": FLOW,
        "state": "Fulfillment in Process",
        "state_reason": "Sent To Fulfillment",
        "state_since": record.created_at,
        "held_from": None,
    }
    assert {name: shown[name] for name in expected} == expected
    assert shown["updated_at"] > shown["state_since"]


def test_the_orders_taken_in_last_come_first(views: OrderViews, book: TableOrderBook):
    first, second = (taken_in(book).order.order_id for _ in range(2))

    listed = [summary["order_id"] for summary in views.recent(500)]

    assert listed.index(second) < listed.index(first)
    assert len(views.recent(1)) == 1


def test_a_whole_order_has_its_lines_problems_and_what_it_is_held_from(views: OrderViews, book: TableOrderBook):
    problem = Problem(field="currency", value=None, problem="is missing")
    order = taken_in(book, *VALIDATED, STEP_FAILED, problems=(problem,), marks={"finops.status": "1"}).order

    shown = json.loads(json.dumps(views.whole(order.order_id)))

    assert [line["sku"] for line in shown["lines"]] == ["BAG-CNV-OLV", "BAG-CNV-OLV"]
    assert (shown["state"], shown["held_from"]["name"]) == ("On Hold", "In Progress")
    assert shown["problems"] == [{"field": "currency", "value": None, "problem": "is missing"}]
    assert shown["marks"] == {"finops.status": "1"}


def test_a_timeline_has_numbered_events_and_the_steps_with_their_details(views: OrderViews, book: TableOrderBook):
    order_id = taken_in(book, *VALIDATED).order.order_id
    book.change(order_id, lambda _: Change(step=StepResult.succeeded("Policy Assignment", rule="USMF")))

    shown = json.loads(json.dumps(views.timeline(order_id)))

    assert [(event["n"], event["name"]) for event in shown["events"]] == list(enumerate(VALIDATED, start=1))
    (step,) = shown["steps"]
    assert (step["step"], step["success"], step["details"]) == ("Policy Assignment", True, {"rule": "USMF"})


@pytest.mark.parametrize("view", [OrderViews.whole, OrderViews.timeline])
def test_an_unknown_order_has_neither_facts_nor_timeline(views: OrderViews, view):
    with pytest.raises(UnknownOrder):
        view(views, an_order().order_id)
