"""What a policy is told off for before it has met any order."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.configuration import load_configuration
from shared.policies import Policy, Subject, evaluate, lint_policy, overlap, takes_nothing
from tests.unit.policies.orders import a_line, an_order

POLICIES = load_configuration(Path(__file__).parents[3] / "config").policies


def row(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op, **({} if value is None else {"value": value})}


def rule(name: str, *rows: dict[str, Any], sets: dict[str, Any] | None = None, join: str = "and") -> dict[str, Any]:
    return {"name": name, "when": {"join": join, "rows": [*rows]}, "set": sets or {}}


def policy(*rules: dict[str, Any], kind: str = "execution", entity: str = "order") -> Policy:
    return Policy.model_validate({"name": "P", "kind": kind, "entity": entity, "rules": [*rules]})


def found(*rules: dict[str, Any], **facts: str) -> list[tuple[str, str, str]]:
    return [(each.kind, each.severity, each.rule) for each in lint_policy(policy(*rules, **facts))]


US, CA = row("ship_to.country", "eq", "US"), row("ship_to.country", "eq", "CA")
FILLED = rule("filled", row("company", "has_data"), row("invoice_customer", "has_data"))


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_of_the_shipped_policies_only_those_with_a_gap_are_reported(name: str):
    gaps = {"Assign order line data from the fulfillment source": ["uncovered", "uncovered"]}

    assert [each.kind for each in lint_policy(POLICIES[name])] == gaps.get(name, [])


@pytest.mark.parametrize(
    "rows",
    [
        [US, CA],
        [US, row("ship_to.country", "in", ["CA", "MX"])],
        [US, row("ship_to.country", "not_in", ["us"])],
        [row("currency", "has_data"), row("currency", "has_no_data")],
        [row("total", "gt", 5), row("total", "lt", 3)],
        [row("total", "has_no_data")],
        [row("placed_at", "gt", "2024-02-01"), row("placed_at", "lt", "2024-01-01")],
        [row("currency", "gt", "EUR"), row("currency", "lt", "EUR")],
        [row("lines", "has_data"), row("lines", "has_no_data")],
    ],
)
def test_rows_that_contradict_each_other_never_match(rows: list[dict[str, Any]]):
    assert found(rule("torn", *rows)) == [("never_matches", "error", "torn")]


@pytest.mark.parametrize(
    "rows",
    [
        [row("lines.sku", "eq", "A"), row("lines.sku", "eq", "B")],
        [row("total", "gt", 3), row("total", "lt", 4)],
        [row("currency", "gt", "EUR"), row("currency", "lt", "EURO")],
        [row("ship_to.country", "ne", "US"), row("ship_to.country", "has_no_data")],
        [],
    ],
)
def test_rows_that_can_hold_together_are_not_reported(rows: list[dict[str, Any]]):
    assert found(rule("fine", *rows)) == []


def test_what_an_earlier_rule_has_set_is_another_value():
    assert found(
        rule("default", row("company", "ne", "USMF"), sets={"company": "USMF", "invoice_customer": "US-007"}),
        rule("then", row("company", "eq", "USMF"), sets={"shipping_site": "2"}),
        FILLED,
    ) == []  # fmt: skip


def test_checks_that_contradict_each_other_let_nothing_pass():
    assert found(rule("us", US), rule("ca", CA), kind="filter") == [("takes_nothing", "error", "")]
    assert takes_nothing(policy(rule("us", US), rule("ca", CA), kind="filter"))
    assert not takes_nothing(policy(rule("us", US), kind="filter"))


def test_a_rule_is_shadowed_when_a_later_one_always_sets_the_same_again():
    narrow = rule("us", US, sets={"strategy": "near"})
    wide = rule("america", row("ship_to.country", "in", ["US", "CA"]), sets={"strategy": "far"})

    assert found(narrow, wide) == [("shadowed", "warning", "us")]


def test_a_default_with_an_exception_is_no_mistake():
    default = rule("default", sets={"strategy": "far"})
    exception = rule("us", US, sets={"strategy": "near"})

    assert found(default, exception) == []


def test_a_rule_is_not_shadowed_when_something_reads_what_it_set():
    copied = rule("copy", sets={"shipping_site": {"from": "strategy"}})
    checked = rule("check", row("strategy", "ne", "far"))
    wide = rule("all", sets={"strategy": "far"})

    assert found(rule("us", US, sets={"strategy": "near"}), copied, wide) == []
    assert found(rule("us", US, sets={"strategy": "near"}), checked, wide) == []


def test_a_check_that_another_implies_is_told():
    one, other = rule("us", US), rule("america", row("ship_to.country", "in", ["US", "CA"]))

    assert found(one, other) == [("implied", "warning", "america")]
    assert found(other, one) == [("implied", "warning", "america")]
    assert found(one, rule("again", US)) == [("implied", "warning", "again")]


def test_rules_that_overlap_and_set_different_values_fight():
    eastern = rule("usd", row("currency", "eq", "USD"), sets={"strategy": "near"})
    american = rule("us", US, sets={"strategy": "far"})

    (finding,) = lint_policy(policy(eastern, american))

    assert (finding.kind, finding.rule) == ("conflict", "us")
    assert finding.message == (
        "sets strategy otherwise than 'usd' before it, and both match where currency is 'USD', ship_to.country is 'US'"
    )


@pytest.mark.parametrize(
    "later",
    [
        rule("ca", CA, sets={"strategy": "far"}),
        rule("us too", row("currency", "eq", "USD"), sets={"strategy": "near"}),
    ],
)
def test_rules_that_cannot_meet_or_agree_do_not_fight(later: dict[str, Any]):
    assert found(rule("us", US, sets={"strategy": "near"}), later) == []


def test_a_required_field_that_is_set_for_some_orders_only_needs_a_check():
    some = rule("us", US, sets={"company": "USMF", "invoice_customer": "US-007"})

    (company, customer) = lint_policy(policy(some))

    assert (company.kind, company.severity) == ("uncovered", "warning")
    assert company.message.startswith("nothing sets company where ship_to.country is ")
    assert "invoice_customer" in customer.message
    assert found(some, FILLED) == []


def test_a_check_before_the_rules_covers_nothing():
    some = rule("us", US, sets={"company": "USMF", "invoice_customer": "US-007"})

    assert [kind for kind, _, _ in found(FILLED, some)] == ["uncovered", "uncovered"]


def test_rules_that_cover_every_order_between_them_need_no_check():
    given_us = rule("us", US, sets={"company": "USMF", "invoice_customer": "US-007"})
    others = rule("others", row("ship_to.country", "ne", "US"), sets={"company": "DEMF", "invoice_customer": "DE-1"})
    unless_given = rule("unless given", row("company", "has_no_data"), sets={"company": "USMF"})

    assert found(given_us, others) == []
    assert found(unless_given) == []


def test_two_filters_that_could_take_one_order_are_shown_with_it():
    own = policy(rule("own", row("lines.shipping_warehouse", "not_in", ["51"])), kind="filter")
    flexe = policy(rule("flexe", row("lines.shipping_warehouse", "in", ["51"])), kind="filter")
    store = policy(rule("store", row("source", "eq", "bigcommerce")), kind="filter")
    finops = policy(rule("finops", row("source", "eq", "finops")), kind="filter")

    assert str(overlap(own, flexe)) == "lines.shipping_warehouse is '51' and another text"
    assert overlap(store, finops) is None


_FIELDS = {
    "currency": st.sampled_from(["USD", "EUR", "eur"]),
    "ship_to.country": st.sampled_from(["US", "CA"]),
    "total": st.integers(-1, 2),
    "lines.sku": st.sampled_from(["A", "B"]),
}


@st.composite
def _any_row(draw: st.DrawFn) -> dict[str, Any]:
    field = draw(st.sampled_from(sorted(_FIELDS)))
    op = draw(st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le", "in", "not_in", "has_data", "has_no_data"]))
    if op.startswith("has"):
        return row(field, op)
    value = draw(_FIELDS[field])
    return row(field, op, [value] if "in" in op else value)


_RULES = st.lists(
    st.tuples(st.lists(_any_row(), min_size=1, max_size=4), st.sampled_from(["and", "or"])), min_size=1, max_size=3
)
_ORDERS = st.builds(
    lambda country, currency, total, skus: an_order(
        country=country, currency=currency, total=Decimal(total)
    ).with_(lines=tuple(a_line(n, sku=sku) for n, sku in enumerate(skus, 1))),
    st.sampled_from(["US", "ca", "", "MX"]), st.sampled_from(["USD", "eur", " ", "GBP"]), st.integers(-2, 3),
    st.lists(st.sampled_from(["A", "b", "C", ""]), max_size=2),
)  # fmt: skip


@given(_RULES, _ORDERS)
def test_a_rule_that_is_said_never_to_match_matches_no_order(rules: list[Any], order: Any):
    made = policy(*(rule(str(n), *rows, join=join) for n, (rows, join) in enumerate(rules)))
    never = {each.rule for each in lint_policy(made) if each.kind == "never_matches"}

    decision = evaluate(made, Subject(order))

    assert not never & {outcome.rule for outcome in decision.outcomes if outcome.matched}


@given(_RULES, _ORDERS)
def test_a_check_that_is_said_to_be_implied_never_fails_alone(rules: list[Any], order: Any):
    made = policy(*(rule(str(n), *rows, join=join) for n, (rows, join) in enumerate(rules)))
    implied = {each.rule for each in lint_policy(made) if each.kind == "implied"}

    refused = {outcome.rule for outcome in evaluate(made, Subject(order)).outcomes if not outcome.matched}

    assert not refused or refused - implied


@given(_RULES, _ORDERS)
def test_a_shadowed_rule_changes_nothing(rules: list[Any], order: Any):
    written = [rule(str(n), *rows, join=join, sets={"strategy": f"s{n % 2}"}) for n, (rows, join) in enumerate(rules)]
    made = policy(*written)
    shadowed = {each.rule for each in lint_policy(made) if each.kind == "shadowed"}

    without = [each for each in written if each["name"] not in shadowed]

    assert evaluate(made, Subject(order)).assigned == evaluate(policy(*without), Subject(order)).assigned


@given(_RULES, _RULES, _ORDERS)
def test_filters_that_are_said_to_take_nothing_together_do_not(one: list[Any], other: list[Any], order: Any):
    first, second = (
        policy(*(rule(str(n), *rows, join=join) for n, (rows, join) in enumerate(rules)), kind="filter")
        for rules in (one, other)
    )

    if overlap(first, second) is None and not _too_many(first, second):
        assert not (evaluate(first, Subject(order)).success and evaluate(second, Subject(order)).success)


def _too_many(first: Policy, second: Policy) -> bool:
    """Whether there are too many cases to say anything: then nothing may be concluded from silence."""
    together = Policy(name="both", kind="filter", entity="order", rules=tuple(
        each.with_(name=f"{n}") for n, each in enumerate((*first.rules, *second.rules))
    ))  # fmt: skip
    return not takes_nothing(together)
