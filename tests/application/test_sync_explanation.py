"""Why an order is or is not in F&O, told by the filters of the maps, its rows in Dataverse and its policies."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sandbox.systems.finops import Config, create_app
from sandbox.systems.kit import serve
from shared.application.policy_steps import PolicySteps
from shared.application.step_keeping import StepKeeping, StepRequest
from shared.application.sync_explanation import SyncExplanation
from shared.configuration import Configuration
from shared.configuration.in_force import only
from shared.domain.errors import TransientProviderError, UnknownOrder
from shared.domain.events import NEW_ORDER, STEP_FAILED
from shared.domain.orders import BACKORDER_HOLD, FulfillmentSource, LineHold, Order
from shared.dual_write import skip_explainer
from shared.providers.finops.actions import SendOrderToFulfillment
from shared.providers.finops.client import DataverseClient
from shared.providers.finops.references import References
from shared.providers.finops.source import FinopsOrders
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.samples import an_order, sending, taken_in
from tests.providers.finops.conftest import Finops
from tests.providers.finops.samples import ENTERED, Clock

POLICIES = ("Assign order data", "Assign order line data")
PLACE = {"company": "USMF", "shipping_site": "2", "shipping_warehouse": "24"}


@pytest.fixture(scope="module")
def served() -> Iterator[Finops]:
    config = Config()
    with serve(create_app(config)) as url:
        finops = Finops(url, config)
        yield finops
        finops.close()


@pytest.fixture
def finops(served: Finops) -> Finops:
    served.control("POST", "/reset", {"registrations": True})
    return served


@pytest.fixture
def sync(finops: Finops, book: TableOrderBook, configuration: Configuration) -> Iterator[SyncExplanation]:
    connection, clock = finops.connection(), Clock()
    client = DataverseClient.connect(connection, clock)
    yield SyncExplanation(
        book, client, References(client, timedelta(minutes=1), clock), connection, only(configuration)
    )
    client.close()


@pytest.fixture
def assign(book: TableOrderBook, errors: TableErrorPages, configuration: Configuration) -> Callable[..., None]:
    steps = PolicySteps(StepKeeping(book, errors), only(configuration))

    def assign(order: Order, *policies: str) -> None:
        steps.assign(StepRequest(order.order_id, "Assign order data", 1), policies or POLICIES)

    return assign


def an_assigned_order(*, lines: int = 2, **facts: Any) -> Order:
    order = an_order(lines)
    given = {"invoice_customer": "US-007", **PLACE, **facts}
    return order.with_(lines=tuple(line.with_(**PLACE) for line in order.lines), **given)


def with_line(order: Order, number: int, **facts: Any) -> Order:
    return order.with_(lines=tuple(each.with_(**facts) if each.number == number else each for each in order.lines))


def send(sync: SyncExplanation, order: Order) -> Order:
    """The order sent to F&O, as it is then kept."""
    explain_skip = skip_explainer(sync.configuration.current.dual_write_maps)
    perform = SendOrderToFulfillment(sync.client, sync.references, explain_skip, sync.connection)
    outcome = perform(sending(order.order_id), order)
    return outcome.update(order) if outcome.update else order


def blamed(row: dict[str, Any]) -> list[str]:
    return [clause["clause"] for clause in row["clauses"] if clause["to_blame"]]


def test_an_order_that_no_policy_gave_a_company_is_told_with_the_rule_that_refused_it(
    sync: SyncExplanation, book: TableOrderBook, assign: Callable[..., None]
):
    order = taken_in(book, order=an_order(1, country="AU")).order
    assign(order)

    told = sync.of(order.order_id)

    assert blamed(told["header"]) == ["_msdyn_company_value ne null"]
    assert told["header"]["sentence"].startswith(
        "header is held back: `_msdyn_company_value ne null` is false, its value is null; "
        "policy 'Assign order data' should have set it; its rule 'Orders to North America belong to USMF' "
        "did not match: ship_to.country in ['US', 'CA', 'MX'] is false, its value is 'AU'"
    )
    assert told["summary"].startswith("not in F&O: the order is On Hold (Assign order data Failed); header is held")


def test_a_false_clause_names_its_policy_and_the_last_decision_about_the_order(
    sync: SyncExplanation, book: TableOrderBook, assign: Callable[..., None]
):
    order = taken_in(book, order=an_order(1, country="AU")).order
    assign(order)

    clauses = {clause["column"]: clause for clause in sync.of(order.order_id)["header"]["clauses"]}

    company, ready = clauses["_msdyn_company_value"], clauses["msdyn_isreadytosync"]
    assert (company["actual"], company["holds"]) == (None, False)
    assert company["set_by"] == {"policy": "Assign order data"}
    (decision,) = company["decisions"]
    assert (decision["policy"], decision["step"], decision["success"]) == (
        "Assign order data", "Assign order data", False,
    )  # fmt: skip
    assert (ready["holds"], ready["set_by"], ready["decisions"]) == (True, None, [])


def test_a_line_is_explained_by_the_decision_about_that_line(
    sync: SyncExplanation, book: TableOrderBook, assign: Callable[..., None]
):
    order = taken_in(book, order=an_order(2, country="AU")).order
    assign(order)

    line = sync.of(order.order_id)["lines"][1]

    assert blamed(line) == [
        "_msdyn_company_value ne null", "_msdyn_shippingsite_value ne null", "_msdyn_shippingwarehouse_value ne null",
    ]  # fmt: skip
    assert [decision["policy"] for decision in line["clauses"][0]["decisions"]] == ["Assign order line data"]


def test_a_policy_that_has_not_run_yet_is_said_to_have_decided_nothing(sync: SyncExplanation, book: TableOrderBook):
    order = taken_in(book, order=an_order(1)).order

    header = sync.of(order.order_id)["header"]

    assert header["sentence"].endswith("should have set it; it has decided nothing about this yet")


def test_in_a_flow_that_runs_other_policies_those_are_named(
    sync: SyncExplanation, book: TableOrderBook, assign: Callable[..., None]
):
    order = taken_in(book, order=an_order(1, country="AU"), flow="bigcommerce_optimized_finops").order
    assign(order, "Assign order data before sourcing", "Assign order line data before sourcing")

    header = sync.of(order.order_id)["header"]

    assert (
        "in its flow 'Assign order data before sourcing' does that: its rule 'Orders to North America"
        in (header["sentence"])
    )


def test_an_order_that_is_ready_but_not_sent_is_met_as_it_would_be_sent(sync: SyncExplanation, book: TableOrderBook):
    order = taken_in(book, order=an_assigned_order()).order

    told = sync.of(order.order_id)

    assert (told["header"]["values"], told["header"]["passes"]) == ("as it would be sent", True)
    assert [(line["passes"], line["in_finops"]) for line in told["lines"]] == [(True, False), (True, False)]
    assert "header has not been sent yet, and would pass the filter" in told["summary"]


def test_a_line_whose_source_is_known_is_met_with_the_place_of_its_source(sync: SyncExplanation, book: TableOrderBook):
    source = FulfillmentSource(name="Seattle", company="USMF", shipping_site="2", shipping_warehouse="24")
    order = with_line(an_assigned_order(), 1, shipping_warehouse=None, shipping_site=None, fulfillment_source=source)

    told = sync.of(taken_in(book, order=order).order.order_id)

    assert told["lines"][0]["passes"]


def test_what_does_not_exist_in_dataverse_is_named(sync: SyncExplanation, book: TableOrderBook):
    order = with_line(an_assigned_order(), 2, shipping_warehouse="99", product="NO-SUCH")

    _, line = sync.of(taken_in(book, order=order).order.order_id)["lines"]

    assert line["obstacles"] == [
        "product 'NO-SUCH' does not exist", "warehouse '99' does not exist in company USMF",
    ]  # fmt: skip
    assert line["sentence"].startswith("line 2 cannot be sent: product 'NO-SUCH' does not exist")


def test_an_order_that_cannot_be_made_into_a_row_says_why(sync: SyncExplanation, book: TableOrderBook):
    order = taken_in(book, order=an_assigned_order(currency="XAU")).order
    without = sync.connection.model_copy(update={"price_lists": {"USD": "Standard"}})

    header = replace(sync, connection=without).of(order.order_id)["header"]

    assert (header["values"], header["clauses"], header["passes"]) == (None, [], False)
    assert header["sentence"] == "header cannot be sent: no price list is configured for currency XAU"


def test_an_order_in_finops_is_told_with_its_processing_status(sync: SyncExplanation, book: TableOrderBook):
    order = taken_in(book, order=send(sync, an_assigned_order())).order

    told = sync.of(order.order_id)

    assert told["summary"] == "in F&O: header is in F&O (Active)"
    assert (told["header"]["processing_status"], told["header"]["values"]) == ("Active", "dataverse")
    assert [line["in_finops"] for line in told["lines"]] == [True, True]


def test_an_order_that_was_written_but_not_released_is_told_by_its_flag(
    sync: SyncExplanation, book: TableOrderBook, finops: Finops
):
    order = taken_in(book, order=an_assigned_order(lines=1)).order
    finops.break_nth("POST /api/data/v9.2/$batch", 1, drop="before")
    with pytest.raises(TransientProviderError):
        send(sync, order)

    told = sync.of(order.order_id)

    assert blamed(told["header"]) == ["msdyn_isreadytosync eq true"]
    assert told["header"]["sentence"].endswith("its value is false; the provider action sets it last")


def test_of_an_order_with_a_held_line_the_rest_is_in_finops(sync: SyncExplanation, book: TableOrderBook):
    hold = LineHold(reason=BACKORDER_HOLD, since=datetime(2024, 5, 1, 9, 30, tzinfo=UTC))
    whole = an_assigned_order(lines=3)
    send(sync, whole.with_(lines=whole.lines[:2]))
    order = taken_in(book, order=with_line(whole, 3, hold=hold, shipping_warehouse=None)).order

    told = sync.of(order.order_id)

    assert told["summary"] == (
        "in F&O but for 1 of 3 lines: line 3 waits for stock (Backorder Hold since 2024-05-01 09:30)"
    )
    assert told["lines"][2]["held"] == {"reason": "Backorder Hold", "since": "2024-05-01T09:30:00Z"}


def test_a_line_that_finops_refused_keeps_its_words(sync: SyncExplanation, book: TableOrderBook):
    order = with_line(an_assigned_order(), 2, shipping_site="1")  # site 1 has no warehouse 24: only F&O knows that
    kept = taken_in(book, order=send(sync, order)).order

    line = sync.of(kept.order_id)["lines"][1]

    assert line["sync_error"] == kept.lines[1].sync_error
    assert line["sentence"] == f"line 2 was refused by F&O: {line['sync_error']}"


def test_nobody_misses_a_line_that_was_canceled(sync: SyncExplanation, book: TableOrderBook):
    whole = an_assigned_order()
    send(sync, whole.with_(lines=whole.lines[:1]))
    order = taken_in(book, order=with_line(whole, 2, quantity_canceled=Decimal(1))).order

    told = sync.of(order.order_id)

    assert told["summary"] == "in F&O: header is in F&O (Active)"
    assert (told["lines"][1]["canceled"], told["lines"][1]["quantity_canceled"]) == (True, "1")
    assert told["lines"][1]["sentence"] == "line 2 is canceled and is not sent"


def test_an_order_born_in_finops_is_met_with_its_rows(sync: SyncExplanation, book: TableOrderBook, finops: Finops):
    row_id = finops.control("POST", "/orders", ENTERED)["salesorderid"]
    order = FinopsOrders(sync.client, sync.connection).pull(row_id).order
    taken_in(book, order=order, flow="finops_finops_finops")

    told = sync.of(order.order_id)

    assert told["summary"].startswith("in F&O: header is in F&O (")
    assert {line["values"] for line in told["lines"]} == {"dataverse"}


def test_nobody_is_told_by_name_or_address(sync: SyncExplanation, book: TableOrderBook):
    order = taken_in(book, order=an_assigned_order(customer_name="Ada Bell")).order

    told = json.dumps(sync.of(order.order_id))

    assert not [text for text in ("Ada", "Main St", "Austin", "73301") if text in told]


def test_why_an_order_is_on_hold_belongs_to_the_answer(sync: SyncExplanation, book: TableOrderBook):
    order = taken_in(book, NEW_ORDER, STEP_FAILED, order=an_assigned_order(), reason="Send order Failed").order

    assert "the order is On Hold (Send order Failed)" in sync.of(order.order_id)["summary"]


def test_an_unknown_order_is_refused(sync: SyncExplanation):
    with pytest.raises(UnknownOrder):
        sync.of(an_order().order_id)


def test_a_dataverse_that_does_not_answer_is_told_apart_from_one_that_has_nothing(
    sync: SyncExplanation, book: TableOrderBook, finops: Finops
):
    order = taken_in(book).order
    finops.break_call(f"GET /api/data/v9.2/salesorders({order.order_id})", status=503)

    with pytest.raises(TransientProviderError):
        sync.of(order.order_id)
