"""Validation and assignment by the shipped policies: what is wrong is named, what is assigned is kept, once."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from shared.application.policy_steps import PolicySteps
from shared.application.step_keeping import StepKeeping, StepRequest
from shared.configuration import Configuration, NotConfigured, load_configuration
from shared.configuration.command import SHIPPED
from shared.configuration.in_force import ConfigurationInForce, only
from shared.domain.events import (
    HEADER_REFUSED,
    HEADER_VALIDATED,
    LINES_REFUSED,
    LINES_VALIDATED,
    NEW_ORDER,
    ON_HAND_CHECK_SUCCEEDED,
    REPROCESS_REQUESTED,
    STEP_FAILED,
)
from shared.domain.orders import FulfillmentOrder, FulfillmentOrderLine, FulfillmentSource, Order
from shared.domain.records import Change
from shared.policies import Policy
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.samples import VALIDATED, an_event, an_order, errors_of, happened, standing, taken_in

SOURCED = (*VALIDATED, ON_HAND_CHECK_SUCCEEDED)
VALIDATION = ["Validate order header", "Validate order lines"]
ASSIGNMENT = ["Assign order data", "Assign order line data"]


@pytest.fixture
def steps(book: TableOrderBook, errors: TableErrorPages, configuration: Configuration) -> PolicySteps:
    return PolicySteps(StepKeeping(book, errors), only(configuration))


def validation(order: Order, generation: int = 1) -> StepRequest:
    return StepRequest(order.order_id, "Order Validation", generation)


def assignment(order: Order, generation: int = 1) -> StepRequest:
    return StepRequest(order.order_id, "Policy Assignment", generation)


def an_order_of_nothing() -> Order:
    """Its second line orders none."""
    order = an_order()
    first, second = order.lines
    return order.with_(lines=(first, second.with_(quantity=Decimal(0))))


def test_an_order_goes_by_the_policies_it_has_started_with(
    book: TableOrderBook, errors: TableErrorPages, configuration: Configuration
):
    order = taken_in(book).order
    book.change(order.order_id, lambda _: Change(configuration=1))
    stricter = configuration.policy(VALIDATION[0]).with_(rules=())
    now = configuration.with_(policies={**configuration.policies, VALIDATION[0]: stricter})
    in_force = ConfigurationInForce(now, 2, {1: configuration}.__getitem__)

    PolicySteps(StepKeeping(book, errors), in_force).validate(validation(order), VALIDATION[:1])

    (decision,) = book.timeline(order.order_id).steps[-1].details["decisions"]
    assert [rule["rule"] for rule in decision["rules"]] == [
        rule.name for rule in configuration.policy(VALIDATION[0]).rules
    ]


def test_a_sound_order_is_validated_header_first(steps: PolicySteps, book: TableOrderBook):
    order = taken_in(book).order

    answer = steps.validate(validation(order), VALIDATION)

    assert answer.success
    assert [(mark.number, mark.name) for mark in answer.events] == [(2, HEADER_VALIDATED), (3, LINES_VALIDATED)]
    assert standing(book, order.order_id) == ("In Progress", "Order Validation Success")


def test_a_refused_line_puts_the_order_on_hold_with_the_field_and_its_value(
    steps: PolicySteps, book: TableOrderBook, errors: TableErrorPages
):
    order = taken_in(book, order=an_order_of_nothing()).order

    answer = steps.validate(validation(order), VALIDATION)

    assert not answer.success
    assert happened(book, order.order_id) == [NEW_ORDER, HEADER_VALIDATED, LINES_REFUSED, STEP_FAILED]
    assert standing(book, order.order_id) == ("On Hold", "Order Validation Failed")
    (problem,) = book.header(order.order_id).problems
    assert (problem.field, problem.value) == ("lines[2].quantity", "0")
    (error,) = errors_of(errors, order.order_id)
    assert (error.kind, error.step) == ("orchestration_step", "Order Validation")
    assert "lines[2].quantity = '0'" in error.message


def test_every_mistake_of_an_order_is_named_at_once(steps: PolicySteps, book: TableOrderBook):
    order = taken_in(book, order=an_order_of_nothing().with_(currency="", total=Decimal(-1))).order

    steps.validate(validation(order), VALIDATION)

    assert happened(book, order.order_id)[1:] == [HEADER_REFUSED, LINES_REFUSED, STEP_FAILED]
    fields = {problem.field for problem in book.header(order.order_id).problems}
    assert fields == {"currency", "total", "lines[2].quantity"}


def test_an_order_without_lines_is_refused_by_its_header(steps: PolicySteps, book: TableOrderBook):
    order = taken_in(book, order=an_order(0)).order

    steps.validate(validation(order), VALIDATION)

    assert happened(book, order.order_id)[1:] == [HEADER_REFUSED, LINES_VALIDATED, STEP_FAILED]
    assert standing(book, order.order_id) == ("On Hold", "Order Validation Failed")


def test_validating_again_answers_the_same_and_adds_nothing(steps: PolicySteps, book: TableOrderBook):
    order = taken_in(book).order
    first = steps.validate(validation(order), VALIDATION)

    again = steps.validate(validation(order), VALIDATION)

    assert again == first
    assert happened(book, order.order_id) == [*VALIDATED]


def test_a_mended_and_reprocessed_order_passes_and_its_problems_are_gone(steps: PolicySteps, book: TableOrderBook):
    order = taken_in(book, order=an_order_of_nothing()).order
    steps.validate(validation(order), VALIDATION)
    mended = order.with_(lines=order.lines[:1])
    book.change(order.order_id, lambda _: Change(order=mended, events=(an_event(REPROCESS_REQUESTED),)))

    answer = steps.validate(validation(order, generation=2), VALIDATION)

    assert answer.success
    assert book.header(order.order_id).problems == ()
    assert standing(book, order.order_id) == ("In Progress", "Order Validation Success")


@pytest.mark.parametrize(
    ("country", "of_order", "of_lines"),
    [("US", ("USMF", "US-007"), ("USMF", "2", "24")), ("DE", ("DEMF", "DE-001"), ("DEMF", "3", "31"))],
)
def test_an_order_belongs_to_the_company_of_its_country_and_its_lines_follow(
    steps: PolicySteps, book: TableOrderBook, country: str, of_order: tuple[str, ...], of_lines: tuple[str, ...]
):
    order = taken_in(book, *VALIDATED, order=an_order(country=country)).order

    answer = steps.assign(assignment(order), ASSIGNMENT)

    assigned = book.get(order.order_id).order
    assert answer.success
    assert answer.events == ()
    assert (assigned.company, assigned.invoice_customer) == of_order
    assert {(line.company, line.shipping_site, line.shipping_warehouse) for line in assigned.lines} == {of_lines}


def test_an_order_that_no_rule_assigns_is_held_as_it_was(steps: PolicySteps, book: TableOrderBook):
    order = taken_in(book, *VALIDATED, order=an_order(country="JP")).order

    answer = steps.assign(assignment(order), ASSIGNMENT)

    assert not answer.success
    assert book.get(order.order_id).order == order
    assert standing(book, order.order_id) == ("On Hold", "Policy Assignment Failed")
    assert {problem.field for problem in book.header(order.order_id).problems} >= {"company", "invoice_customer"}


def test_orders_that_one_process_validates_and_assigns_side_by_side_get_nothing_of_each_other(
    steps: PolicySteps, book: TableOrderBook
):
    countries = ("US", "DE", "CA", "FR") * 4
    orders = [taken_in(book, order=an_order(country=country)).order for country in countries]
    companies = {"US": "USMF", "CA": "USMF", "DE": "DEMF", "FR": "DEMF"}

    def go_through(order: Order) -> tuple[bool, bool]:
        return (
            steps.validate(validation(order), VALIDATION).success,
            steps.assign(assignment(order), ASSIGNMENT).success,
        )

    with ThreadPoolExecutor(8) as workers:
        answers = [*workers.map(go_through, orders)]

    now = [book.get(order.order_id).order for order in orders]
    assert answers == [(True, True)] * len(orders)
    assert [order.company for order in now] == [companies[country] for country in countries]
    assert [{line.company for line in order.lines} for order in now] == [{order.company} for order in now]
    assert [order.external_id for order in now] == [order.external_id for order in orders]


def test_an_assignment_says_which_rule_set_what(steps: PolicySteps, book: TableOrderBook):
    order = taken_in(book, *VALIDATED).order

    answer = steps.assign(assignment(order), ASSIGNMENT)

    of_order, of_lines = answer.details["decisions"]
    assert [rule["matched"] for rule in of_order["rules"]] == [True, False, True]
    assert of_order["rules"][0]["set"]["company"] == "USMF"
    assert of_lines["subjects"] == ["line 1", "line 2"]


def test_an_order_of_500_lines_is_validated_and_assigned(steps: PolicySteps, book: TableOrderBook):
    order = taken_in(book, order=an_order(500)).order

    validated = steps.validate(validation(order), VALIDATION)
    assigned = steps.assign(assignment(order), ASSIGNMENT)

    assert validated.success
    assert assigned.success
    assert len(assigned.details["decisions"]) == 2
    assert {line.shipping_warehouse for line in book.get(order.order_id).order.lines} == {"24"}


def test_a_step_whose_code_keeps_failing_puts_the_order_on_hold(
    steps: PolicySteps, book: TableOrderBook, errors: TableErrorPages
):
    order = taken_in(book).order

    answer = steps.fail(validation(order), "the disk is full")

    assert (answer.success, answer.message) == (False, "the disk is full")
    assert standing(book, order.order_id) == ("On Hold", "Order Validation Failed")
    assert errors_of(errors, order.order_id)[0].message == "the disk is full"


def test_a_policy_that_is_not_configured_is_a_mistake_of_the_configuration(steps: PolicySteps, book: TableOrderBook):
    order = taken_in(book).order

    with pytest.raises(NotConfigured, match="no policy 'Validate weather'"):
        steps.validate(validation(order), ["Validate weather"])


def fulfillment_validation(order: Order, generation: int = 1) -> StepRequest:
    return StepRequest(order.order_id, "Fulfillment Order Validation", generation)


def an_order_from(*warehouses: str) -> Order:
    """Each line of it from one warehouse."""
    order = an_order(len(warehouses))
    return order.with_(
        fulfillment_orders=tuple(
            FulfillmentOrder(
                number=f"{order.number}-{line.number}",
                fulfiller="finops",
                source=FulfillmentSource(name=warehouse, shipping_warehouse=warehouse),
                lines=(FulfillmentOrderLine(line_id=line.line_id, quantity=line.quantity),),
            )
            for line, warehouse in zip(order.lines, warehouses, strict=True)
        )
    )


def only_from(*warehouses: str, entity: str, **facts: str) -> Policy:
    path = "source.name" if entity == "fulfillment_order" else "fulfillment_order.source.name"
    rows = [{"field": path, "op": "in", "value": [*warehouses]}]
    rule = {"name": "It ships from a warehouse that is open", "when": {"rows": rows}}
    return Policy.model_validate({"name": "Open", "kind": "execution", "entity": entity, "rules": [rule], **facts})


def having(policy: Policy) -> ConfigurationInForce:
    return only(load_configuration(SHIPPED).with_(policies={"Open": policy}))


@pytest.fixture
def only_seattle(book: TableOrderBook, errors: TableErrorPages) -> PolicySteps:
    return PolicySteps(StepKeeping(book, errors), having(only_from("24", entity="fulfillment_order")))


def test_a_refused_fulfillment_order_holds_the_order_with_its_number_field_and_value(
    only_seattle: PolicySteps, book: TableOrderBook, errors: TableErrorPages
):
    order = taken_in(book, *SOURCED, order=an_order_from("24", "25")).order

    answer = only_seattle.assign(fulfillment_validation(order), ["Open"])

    assert not answer.success
    assert happened(book, order.order_id) == [*SOURCED, STEP_FAILED]
    assert standing(book, order.order_id) == ("On Hold", "Fulfillment Order Validation Failed")
    (problem,) = book.header(order.order_id).problems
    assert (problem.field, problem.value) == ("fulfillment_orders[BC-10427-2].source.name", "25")
    assert "fulfillment_orders[BC-10427-2].source.name = '25'" in errors_of(errors, order.order_id)[0].message


def test_reprocessed_the_fulfillment_orders_are_validated_by_what_the_policy_says_now(
    only_seattle: PolicySteps, book: TableOrderBook, errors: TableErrorPages
):
    order = taken_in(book, *SOURCED, order=an_order_from("24", "25")).order
    only_seattle.assign(fulfillment_validation(order), ["Open"])
    book.change(order.order_id, lambda _: Change(events=(an_event(REPROCESS_REQUESTED),)))
    opened = PolicySteps(StepKeeping(book, errors), having(only_from("24", "25", entity="fulfillment_order")))

    answer = opened.assign(fulfillment_validation(order, generation=2), ["Open"])

    assert answer.success
    assert book.header(order.order_id).problems == ()
    assert standing(book, order.order_id) == ("Fulfillment in Process", "Inventory Check Successful")
    assert [each["subjects"] for each in answer.details["decisions"]] == [
        ["fulfillment order BC-10427-1", "fulfillment order BC-10427-2"]
    ]


def test_a_fulfillment_order_that_is_only_noted_stops_nothing_and_is_told(
    book: TableOrderBook, errors: TableErrorPages
):
    policy = only_from("24", entity="fulfillment_order_line", criticality="information")
    order = taken_in(book, *SOURCED, order=an_order_from("24", "25")).order

    answer = PolicySteps(StepKeeping(book, errors), having(policy)).assign(fulfillment_validation(order), ["Open"])

    assert answer.success
    good, bad = answer.details["decisions"]
    assert (good["subjects"], good["success"]) == (["line 1 of fulfillment order BC-10427-1"], True)
    assert (bad["subjects"], bad["success"]) == (["line 2 of fulfillment order BC-10427-2"], False)


def test_in_the_validation_of_an_order_they_speak_of_neither_its_header_nor_its_lines(
    only_seattle: PolicySteps, book: TableOrderBook
):
    order = taken_in(book, order=an_order_from("25")).order

    only_seattle.validate(validation(order), ["Open"])

    assert happened(book, order.order_id) == [*VALIDATED, STEP_FAILED]
    assert standing(book, order.order_id) == ("On Hold", "Order Validation Failed")


def test_an_order_without_fulfillment_orders_passes_whatever_is_asked_of_them(
    only_seattle: PolicySteps, book: TableOrderBook
):
    order = taken_in(book).order

    validated = only_seattle.validate(validation(order), ["Open"])
    assigned = only_seattle.assign(assignment(order), ["Open"])

    assert (validated.success, assigned.success) == (True, True)
    assert validated.details["decisions"] == []
