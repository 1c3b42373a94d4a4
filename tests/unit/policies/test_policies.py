"""Whole policies: what they decide, what they set, and how they say why."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from shared.domain.orders import Address
from shared.policies import Decision, Policy, Subject, UnknownField, evaluate, run_policies
from tests.unit.policies.orders import a_line, an_order

IN_THE_US = {"rows": [{"field": "ship_to.country", "op": "eq", "value": "US"}]}


def a_policy(*rules: dict[str, Any], **facts: Any) -> Policy:
    named = [{"name": f"rule {number}"} | rule for number, rule in enumerate(rules, start=1)]
    return Policy.model_validate({"name": "P", "kind": "execution", "entity": "order", "rules": named} | facts)


def a_check(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"when": {"rows": [{"field": field, "op": op, "value": value}]}}


def decide(policy: Policy, **facts: Any) -> Decision:
    return evaluate(policy, Subject(an_order(**facts)))


def test_orders_to_the_us_get_the_us_company():
    policy = a_policy({"when": IN_THE_US, "set": {"company": "USMF", "invoice_customer": "US-007"}})

    decision = decide(policy, country="us")

    assert decision.success
    assert decision.assigned == {"company": "USMF", "invoice_customer": "US-007"}


def test_a_rule_that_sets_and_does_not_match_is_passed_over_and_says_which_row_refused():
    policy = a_policy({"when": IN_THE_US, "set": {"company": "USMF"}})

    decision = decide(policy, country="DE")

    (refusal,) = decision.outcomes[0].refused_by
    assert decision.success
    assert decision.assigned == {}
    assert (refusal.row.field, refusal.row.op, refusal.row.value) == ("ship_to.country", "eq", "US")
    assert refusal.actual == ("DE",)


def test_a_check_that_does_not_match_fails_the_policy_with_field_and_value():
    policy = a_policy({**a_check("total", "gt", 0), "message": "Nothing to sell"})

    decision = decide(policy, total=Decimal("-1.50"))

    assert not decision.success
    assert decision.refusals == ("order BC-10427: Nothing to sell (total gt 0 is false, its value is -1.50)",)


def test_the_published_sample_rule_catches_orders_without_a_company():
    policy = a_policy({**a_check("company", "ne", "USMF"), "set": {"company": "USMF"}})

    assert decide(policy, company=None).assigned == {"company": "USMF"}
    assert decide(policy, company="usmf").assigned == {}


def test_an_empty_rule_always_matches():
    policy = a_policy(
        {"set": {"company": "USMF"}}, {"when": {"join": "or", "groups": [{}]}, "set": {"company": "DEMF"}}
    )

    assert decide(policy).assigned == {"company": "DEMF"}


def test_the_later_of_two_rules_that_set_a_field_wins():
    policy = a_policy({"set": {"company": "USMF"}}, {"set": {"company": "DEMF"}})

    assert decide(policy).assigned == {"company": "DEMF"}


def test_a_last_rule_fills_only_what_is_still_empty():
    fallback = {**a_check("company", "has_no_data"), "set": {"company": "DEMF"}}
    policy = a_policy({"when": IN_THE_US, "set": {"company": "USMF"}}, fallback)

    assert decide(policy, country="US").assigned == {"company": "USMF"}
    assert decide(policy, country="FR").assigned == {"company": "DEMF"}


@pytest.mark.parametrize(
    ("country", "currency", "total", "matches"),
    [("US", "USD", 50, True), ("CA", "USD", 50, True), ("FR", "USD", 50, False), ("FR", "EUR", 500, True)],
)
def test_groups_nest(country: str, currency: str, total: int, matches: bool):
    north_america = {
        "rows": [{"field": "currency", "op": "eq", "value": "USD"}],
        "groups": [
            {"join": "or", "rows": [{"field": "ship_to.country", "op": "eq", "value": c} for c in ("US", "CA")]}
        ],
    }
    when = {"join": "or", "groups": [north_america], "rows": [{"field": "total", "op": "ge", "value": 100}]}
    policy = a_policy({"when": when})

    assert decide(policy, country=country, currency=currency, total=Decimal(total)).success is matches


def test_of_an_or_that_is_false_every_row_is_named():
    when = {"join": "or", "rows": [*IN_THE_US["rows"], {"field": "currency", "op": "eq", "value": "USD"}]}

    (sentence,) = decide(a_policy({"when": when}), country="DE", currency="EUR").refusals

    assert "ship_to.country eq 'US' is false, its value is 'DE'" in sentence
    assert "currency eq 'USD' is false, its value is 'EUR'" in sentence


def test_a_row_over_the_lines_holds_when_any_line_fits():
    policy = a_policy(a_check("lines.sku", "eq", "ktl-en-1l"))

    assert decide(policy).success
    assert decide(policy, lines=(a_line(sku="BAG"),)).refusals == (
        "order BC-10427: rule 1 (lines.sku eq 'ktl-en-1l' is false, the values are 'BAG')",
    )


@pytest.mark.parametrize("op", ["eq", "ne"])
def test_a_row_over_the_lines_is_false_for_an_order_without_lines(op: str):
    assert not decide(a_policy(a_check("lines.sku", op, "BAG")), lines=()).success


def test_an_order_without_lines_is_told_so():
    (sentence,) = decide(a_policy(a_check("lines", "has_data")), lines=()).refusals

    assert sentence == "order BC-10427: rule 1 (lines has_data is false, there are 0)"


def test_of_five_hundred_values_a_message_shows_a_few():
    lines = tuple(a_line(n) for n in range(1, 501))

    (sentence,) = decide(a_policy(a_check("lines.sku", "eq", "X")), lines=lines).refusals

    assert sentence.count("BAG-CNV-OLV") == 5
    assert "..." in sentence


def test_a_line_policy_reads_its_order_and_its_own_address():
    order = an_order(
        a_line(ship_to_id="2"),
        addresses=(Address(external_id="1", country="US"), Address(external_id="2", country="DE")),
    )
    own = a_policy(a_check("ship_to.country", "eq", "DE"), entity="order_line")
    first = a_policy(a_check("order.ship_to.country", "eq", "US"), entity="order_line")

    assert evaluate(own, Subject(order, order.lines[0])).success
    assert evaluate(first, Subject(order, order.lines[0])).success


def test_lines_copy_what_the_order_was_assigned():
    header = a_policy({"set": {"company": "USMF", "shipping_site": 2, "shipping_warehouse": "24"}})
    copies = {field: {"from": f"order.{field}"} for field in ("company", "shipping_site", "shipping_warehouse")}
    lines = a_policy({"set": copies}, entity="order_line", name="L")

    order, decisions = run_policies([header, lines], an_order())

    assert [decision.subject for decision in decisions] == ["order BC-10427", "line 1", "line 2"]
    assert [(line.company, line.shipping_site, line.shipping_warehouse) for line in order.lines] == [
        ("USMF", "2", "24"),
        ("USMF", "2", "24"),
    ]


def test_a_related_record_that_is_not_there_has_empty_fields():
    copying = a_policy({"set": {"shipping_site": {"from": "fulfillment_source.shipping_site"}}}, entity="order_line")

    decision = evaluate(copying, Subject(an_order(), a_line(1)))

    assert decision.refusals == (
        "line 1: rule 'rule 1' copies fulfillment_source.shipping_site into shipping_site, "
        "but fulfillment_source.shipping_site is empty",
    )


def test_copying_an_empty_field_fails_and_names_it():
    policy = a_policy({"set": {"company": {"from": "order.company"}}}, entity="order_line")

    order, decisions = run_policies([policy], an_order(a_line()))

    assert order == an_order(a_line())
    assert decisions[0].refusals == (
        "line 1: rule 'rule 1' copies order.company into company, but order.company is empty",
    )


def test_a_policy_that_fails_sets_nothing():
    policy = a_policy({"set": {"company": "USMF"}}, a_check("invoice_customer", "has_data"))

    order, (decision,) = run_policies([policy], an_order())

    assert order.company is None
    assert decision.assigned == {}


def test_only_a_critical_failure_stops_the_order():
    check = a_check("total", "gt", 1000)

    assert decide(a_policy(check, criticality="critical")).stops
    assert not decide(a_policy(check, criticality="information")).stops
    assert not decide(a_policy(check, criticality="information")).success


def test_all_mistakes_of_an_order_are_told_at_once():
    header = a_policy(a_check("total", "gt", 1000), a_check("currency", "eq", "EUR"))
    lines = a_policy(a_check("quantity", "gt", 5), entity="order_line")

    _, decisions = run_policies([header, lines], an_order())

    assert [len(decision.refusals) for decision in decisions] == [2, 1, 1]


@pytest.mark.parametrize(
    ("entity", "path", "complaint"),
    [
        ("order", "shipto.country", r"an order has no field 'shipto'; it has .*ship_to"),
        ("order", "ship_to.county", r"ship_to has no field 'county'; it has .*country"),
        ("order", "lines.color", r"lines has no field 'color'"),
        ("order", "number.length", r"number is a plain value, it has no field 'length'"),
        ("order", "ship_to", r"is a group of fields"),
        ("order", "order.company", r"an order has no field 'order'"),
        ("order_line", "invoice_customer", r"an order line has no field 'invoice_customer'"),
        ("order_line", "order.lines.order", r"order.lines has no field 'order'"),
        ("order", "", r"an order has no field ''"),
        ("order", "__class__", r"no field '__class__'"),
    ],
)
def test_a_field_that_is_not_there_is_refused_when_the_policy_is_made(entity: str, path: str, complaint: str):
    with pytest.raises(ValidationError, match=complaint) as refused:
        a_policy(a_check(path, "eq", "x"), entity=entity)

    assert refused.value.errors()[0]["loc"] == ("rules", 0, "when", "rows", 0)


@pytest.mark.parametrize(
    ("entity", "assignment", "complaint"),
    [
        ("order", {"number": "7"}, "not a field that a policy may set"),
        ("order_line", {"invoice_customer": "US-007"}, "it may set company, shipping_site, shipping_warehouse"),
        ("order", {"company": ""}, "cannot set a field to nothing"),
        ("order", {"company": None}, "either a text or"),
        ("order", {"company": True}, "valid string"),
        ("order", {"company": {"from": "nowhere"}}, "an order has no field 'nowhere'"),
        ("order", {"company": {"from": "lines.company"}}, "not a single text"),
        ("order", {"company": {"from": "total"}}, "not a single text"),
    ],
)
def test_a_rule_sets_only_what_a_policy_may_set(entity: str, assignment: dict[str, Any], complaint: str):
    with pytest.raises(ValidationError, match=complaint):
        a_policy({"set": assignment}, entity=entity)


def test_a_filter_policy_sets_nothing():
    with pytest.raises(ValidationError, match="a filter policy sets nothing"):
        a_policy({"set": {"company": "USMF"}}, kind="filter")


def test_two_rules_of_a_policy_cannot_share_a_name():
    with pytest.raises(ValidationError, match="another rule of this policy has this name"):
        a_policy({"name": "same"}, {"name": "same"})


def test_a_line_policy_cannot_judge_an_order():
    policy = a_policy(a_check("sku", "has_data"), entity="order_line")

    with pytest.raises(UnknownField, match="reads fields of an order line, not of an order"):
        decide(policy)


def test_a_policy_can_be_written_out_and_read_again():
    policy = a_policy({"when": IN_THE_US, "set": {"company": {"from": "customer_account"}, "shipping_site": "2"}})

    assert Policy.model_validate_json(policy.model_dump_json(by_alias=True)) == policy
