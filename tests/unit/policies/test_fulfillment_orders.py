"""Policies about what is to be shipped from where: what they reach, whom they are asked about, what they may not do."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from shared.domain.orders import FulfillmentOrderLine
from shared.policies import Decision, Policy, lint_policy, run_policies
from tests.unit.policies.orders import a_fulfillment_order, a_line, a_sourced_order, an_order

BAG, KETTLE = "BAG-CNV-OLV", "KTL-EN-1L"


def a_check(field: str, op: str, value: Any = None, *, entity: str) -> Policy:
    rule = {"name": "check", "when": {"rows": [{"field": field, "op": op, "value": value}]}}
    return Policy.model_validate({"name": "P", "kind": "execution", "entity": entity, "rules": [rule]})


def verdicts(policy: Policy, order: Any = None) -> dict[str, bool]:
    """Whether the policy succeeds, by what it was asked about."""
    _, decisions = run_policies([policy], order or a_sourced_order())
    return {decision.subject: decision.success for decision in decisions}


SEATTLE, RENO = "fulfillment order BC-10427-1", "fulfillment order BC-10427-2"


@pytest.mark.parametrize(
    ("field", "op", "value", "seattle", "reno"),
    [
        ("number", "eq", "bc-10427-1", True, False),
        ("fulfiller", "eq", "finops", True, True),
        ("external_id", "has_data", None, False, False),
        ("source.shipping_warehouse", "in", ["25", "26"], False, True),
        ("source.company", "ne", "USMF", False, False),
        ("order.currency", "eq", "USD", True, True),
        ("order.ship_to.country", "eq", "DE", False, False),
        ("order.lines.quantity", "ge", 2, True, True),
        ("lines", "has_data", None, True, True),
        ("lines.quantity", "gt", 1, False, False),
        ("lines.order_line.product", "eq", KETTLE, False, True),
        ("lines.order_line.product", "ne", KETTLE, True, True),
        ("lines.order_line.ship_to.city", "eq", "portland", True, True),
    ],
)
def test_a_fulfillment_order_is_judged_by_itself_its_source_its_lines_and_its_order(
    field: str, op: str, value: Any, seattle: bool, reno: bool
):
    assert verdicts(a_check(field, op, value, entity="fulfillment_order")) == {SEATTLE: seattle, RENO: reno}


@pytest.mark.parametrize(
    ("field", "op", "value", "verdict"),
    [
        ("quantity", "ge", 1, (True, True, True)),
        ("reservation_id", "has_no_data", None, (True, True, True)),
        ("order_line.product", "eq", KETTLE, (False, False, True)),
        ("order_line.quantity", "gt", 1, (True, True, False)),
        ("order_line.fulfillment_order_lines.quantity", "has_data", None, (True, True, True)),
        ("order_line.ship_to.country", "eq", "us", (True, True, True)),
        ("fulfillment_order.source.shipping_warehouse", "eq", "25", (False, True, True)),
        ("fulfillment_order.lines.order_line.product", "eq", KETTLE, (False, True, True)),
        ("order.total", "lt", 100, (False, False, False)),
        ("order.fulfillment_orders.source.name", "eq", "24", (True, True, True)),
    ],
)
def test_a_line_of_a_fulfillment_order_is_judged_by_itself_and_all_that_it_belongs_to(
    field: str, op: str, value: Any, verdict: tuple[bool, ...]
):
    """Bags from Seattle, bags from Reno, kettles from Reno."""
    found = verdicts(a_check(field, op, value, entity="fulfillment_order_line"))

    assert found == dict(zip((f"line 1 of {SEATTLE}", f"line 1 of {RENO}", f"line 2 of {RENO}"), verdict, strict=True))


@pytest.mark.parametrize(
    ("field", "op", "value", "holds"),
    [
        ("fulfillment_orders", "has_data", None, True),
        ("fulfillment_orders.source.shipping_warehouse", "eq", "25", True),
        ("fulfillment_orders.source.shipping_warehouse", "eq", "26", False),
        ("fulfillment_orders.lines.quantity", "ge", 2, False),
        ("fulfillment_orders.lines.order_line.product", "eq", KETTLE, True),
        ("lines.fulfillment_order_lines", "has_data", None, True),
    ],
)
def test_a_row_of_an_order_holds_when_any_of_its_fulfillment_orders_fits(field: str, op: str, value: Any, holds: bool):
    assert verdicts(a_check(field, op, value, entity="order")) == {"order BC-10427": holds}


def test_an_order_line_that_nobody_ships_is_found():
    order = a_sourced_order()
    order = order.with_(lines=(*order.lines, a_line(3)))

    found = verdicts(a_check("fulfillment_order_lines", "has_data", entity="order_line"), order)

    assert found == {"line 1": True, "line 2": True, "line 3": False}


@pytest.mark.parametrize("entity", ["fulfillment_order", "fulfillment_order_line"])
def test_an_order_without_fulfillment_orders_has_nothing_to_ask_about(entity: str):
    order, decisions = run_policies([a_check("order.number", "has_no_data", entity=entity)], an_order())

    assert (order, decisions) == (an_order(), ())


@pytest.mark.parametrize("op", ["eq", "ne"])
def test_a_row_over_fulfillment_orders_is_false_for_an_order_without(op: str):
    policy = a_check("fulfillment_orders.source.name", op, "24", entity="order")

    assert verdicts(policy, an_order()) == {"order BC-10427": False}


def test_a_fulfillment_order_whose_source_nobody_has_named_has_empty_fields_for_it():
    order = a_sourced_order()
    order = order.with_(fulfillment_orders=(order.fulfillment_orders[0].with_(source=None),))

    assert verdicts(a_check("source.name", "has_no_data", entity="fulfillment_order"), order) == {SEATTLE: True}
    assert verdicts(a_check("source.name", "ne", "24", entity="fulfillment_order"), order) == {SEATTLE: True}


def test_a_line_that_the_order_does_not_have_any_more_has_empty_fields_and_goes_by_its_id():
    gone = FulfillmentOrderLine(line_id="gone", quantity=Decimal(1))
    order = an_order().with_(fulfillment_orders=(a_fulfillment_order("F", "24").with_(lines=(gone,)),))

    for field, op, value in (("sku", "has_no_data", None), ("quantity", "lt", 5), ("digital", "ne", True)):
        found = verdicts(a_check(f"order_line.{field}", op, value, entity="fulfillment_order_line"), order)
        assert found == {"line gone of fulfillment order F": op != "lt"}
    children = a_check("order_line.fulfillment_order_lines", "has_data", entity="fulfillment_order_line")
    assert verdicts(children, order) == {"line gone of fulfillment order F": False}


@pytest.mark.parametrize(
    ("entity", "places"),
    [
        ("order", [""]),
        ("order_line", ["lines[1].", "lines[2]."]),
        ("fulfillment_order", ["fulfillment_orders[BC-10427-1].", "fulfillment_orders[BC-10427-2]."]),
        (
            "fulfillment_order_line",
            [
                "fulfillment_orders[BC-10427-1].lines[1].",
                "fulfillment_orders[BC-10427-2].lines[1].",
                "fulfillment_orders[BC-10427-2].lines[2].",
            ],
        ),
    ],
)
def test_a_decision_says_where_in_the_order_it_was_taken(entity: str, places: list[str]):
    policy = Policy.model_validate({"name": "P", "kind": "execution", "entity": entity, "rules": []})

    _, decisions = run_policies([policy], a_sourced_order())

    assert [decision.place for decision in decisions] == places


def test_a_refusal_names_the_fulfillment_order_and_the_value():
    policy = a_check("lines.quantity", "gt", 5, entity="fulfillment_order")

    _, decisions = run_policies([policy], a_sourced_order())

    assert [sentence for each in decisions for sentence in each.refusals] == [
        f"{SEATTLE}: check (lines.quantity gt 5 is false, the values are 1)",
        f"{RENO}: check (lines.quantity gt 5 is false, the values are 1, 1)",
    ]


@pytest.mark.parametrize(
    ("entity", "complaint"),
    [
        ("fulfillment_order", "a policy sets nothing on a fulfillment order: what it says is its fulfiller's"),
        ("fulfillment_order_line", "a policy sets nothing on a fulfillment order line: what it says is its"),
    ],
)
def test_nothing_is_set_on_what_is_its_fulfiller_s(entity: str, complaint: str):
    rule = {"name": "move", "set": {"status": "shipped"}}

    with pytest.raises(ValidationError, match=complaint) as refused:
        Policy.model_validate({"name": "P", "kind": "execution", "entity": entity, "rules": [rule]})

    assert refused.value.errors()[0]["loc"] == ("rules", 0, "set", "status")


def test_an_order_copies_nothing_from_its_many_fulfillment_orders():
    rule = {"name": "copy", "set": {"company": {"from": "fulfillment_orders.source.company"}}}

    with pytest.raises(ValidationError, match="not a single text"):
        Policy.model_validate({"name": "P", "kind": "execution", "entity": "order", "rules": [rule]})


@pytest.mark.parametrize(
    ("entity", "path", "complaint"),
    [
        (
            "fulfillment_order",
            "fulfillment_order.number",
            "a fulfillment order has no field 'fulfillment_order'; it has",
        ),
        ("fulfillment_order", "order_line.sku", "a fulfillment order has no field 'order_line'"),
        ("fulfillment_order", "lines.order.number", "lines has no field 'order'; it has line_id, order_line"),
        ("fulfillment_order", "source", "is a group of fields; name one of them, such as source.name"),
        ("fulfillment_order_line", "source.name", "a fulfillment order line has no field 'source'"),
        ("fulfillment_order_line", "order_line", "is a group of fields"),
        ("order_line", "fulfillment_order.number", "an order line has no field 'fulfillment_order'"),
        ("order", "fulfillment_orders.order.number", "fulfillment_orders has no field 'order'"),
    ],
)
def test_a_field_that_is_not_there_is_refused_with_what_is(entity: str, path: str, complaint: str):
    with pytest.raises(ValidationError, match=complaint):
        a_check(path, "has_data", entity=entity)


def test_only_a_critical_policy_about_fulfillment_orders_stops_the_order():
    policy = a_check("external_id", "has_data", entity="fulfillment_order")

    def stopping(criticality: str) -> list[Decision]:
        _, decisions = run_policies([policy.with_(criticality=criticality)], a_sourced_order())
        return [decision for decision in decisions if decision.stops]

    assert [decision.subject for decision in stopping("critical")] == [SEATTLE, RENO]
    assert stopping("information") == []


def test_a_sourced_order_of_500_lines_is_judged_line_by_line():
    lines = tuple(a_line(number) for number in range(1, 501))
    order = an_order(*lines).with_(fulfillment_orders=(a_fulfillment_order("F", "24", *((line, 2) for line in lines)),))

    found = verdicts(a_check("order_line.quantity", "eq", 2, entity="fulfillment_order_line"), order)

    assert list(found.values()) == [True] * 500


def test_what_is_wrong_with_such_a_policy_is_found_without_an_order():
    rows = [{"field": "source.name", "op": "eq", "value": warehouse} for warehouse in ("24", "25")]
    rule = {"name": "torn", "when": {"rows": rows}}
    many = {"name": "fine", "when": {"rows": [{**row, "field": "lines.order_line.sku"} for row in rows]}}
    policy = {"name": "P", "kind": "execution", "entity": "fulfillment_order"}

    (finding,) = lint_policy(Policy.model_validate({**policy, "rules": [rule]}))

    assert (finding.kind, finding.rule) == ("never_matches", "torn")
    assert lint_policy(Policy.model_validate({**policy, "rules": [many]})) == ()
