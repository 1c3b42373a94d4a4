"""What a draft of the configuration would decide otherwise about orders in the book."""

from decimal import Decimal

import pytest

from shared.application.what_if import WhatIfReport, what_if
from shared.application.what_if.courses import course_of
from shared.application.what_if.report import FieldChange, Kinds, RuleDifference, Setting, Tally
from shared.configuration import AmbiguousFlow
from shared.domain.orders import Order
from shared.domain.records import OrderRecord
from tests.application.samples import an_order
from tests.unit.drafts import (
    AT_FLEXE,
    EUROPE,
    IN_SHOP,
    NOW,
    SOURCED,
    TO_THE_UK,
    UK,
    a_draft,
    born_in_finops,
    changes_of,
    in_the_book,
    only,
    tally,
    with_rule,
)

SAMPLES = [
    *(an_order(country=country, origin=origin) for country in ("US", "GB", "JP") for origin in (IN_SHOP, SOURCED)),
    an_order(origin=AT_FLEXE),
    an_order(source="elsewhere"),
]


def test_the_configuration_as_it_is_changes_nothing_for_any_order():
    records = [in_the_book(), in_the_book(country="DE"), in_the_book(origin=AT_FLEXE), born_in_finops()]

    report = what_if(NOW, NOW, records)

    assert (report.summary.orders, report.summary.equal, report.differences) == (4, 4, ())


@pytest.mark.parametrize("order", SAMPLES)
def test_the_flow_is_the_one_that_intake_would_choose(order: Order):
    flow = NOW.flow_for(order)

    assert course_of(order, NOW).taking == ((flow.name,) if flow else ())


def test_a_new_rule_tells_what_it_sets_and_what_follows_on_the_lines():
    record = in_the_book(country="GB")

    changes = changes_of(with_rule(TO_THE_UK), record)

    assert changes == [
        FieldChange(
            field="company",
            now=Setting(value="DEMF", policy="Assign order data", rule=EUROPE),
            draft=Setting(value="GBSI", policy="Assign order data", rule=UK),
        ),
        FieldChange(
            field="invoice_customer",
            now=Setting(value="DE-001", policy="Assign order data", rule=EUROPE),
            draft=Setting(value="GB-001", policy="Assign order data", rule=UK),
        ),
        FieldChange(
            field="company",
            lines=(1, 2),
            now=Setting(value="DEMF", policy="Assign order line data", rule="Lines follow their order"),
            draft=Setting(value="GBSI", policy="Assign order line data", rule="Lines follow their order"),
        ),
    ]


def test_only_orders_that_differ_are_told_and_the_others_counted():
    records = [in_the_book(country=country, number=f"BC-{country}") for country in ("US", "GB", "DE")]

    report = what_if(NOW, with_rule(TO_THE_UK), records)

    assert only(report).number == "BC-GB"
    assert (report.summary.orders, report.summary.differing, report.summary.equal) == (3, 1, 2)
    assert report.summary.by_kind == Kinds(assignment=1)


def test_the_rule_that_made_the_difference_is_named():
    record = in_the_book(country="GB")

    assignment = only(what_if(NOW, with_rule(TO_THE_UK), [record])).assignment

    assert assignment
    assert assignment.rules == (RuleDifference(policy="Assign order data", rule=UK, now=None, draft=True),)


def test_a_rule_is_counted_by_the_orders_it_matches_now_and_in_the_draft():
    records = [in_the_book(country=country) for country in ("DE", "GB", "GB")]

    report = what_if(NOW, a_draft(("FR, GB, GR", "FR, GR")), records)

    assert tally(report, EUROPE) == (Tally(asked=3, matched=3), Tally(asked=3, matched=1))


def test_a_new_rule_that_matches_nothing_is_seen():
    report = what_if(NOW, with_rule(TO_THE_UK), [in_the_book(country="DE")])

    assert tally(report, UK) == (None, Tally(asked=1, matched=0))
    assert report.differences == ()


def test_an_order_that_no_rule_would_assign_any_more_is_told_with_its_problems():
    record = in_the_book(country="GB")

    assignment = only(what_if(NOW, a_draft(("FR, GB, GR", "FR, GR")), [record])).assignment

    assert assignment
    assert assignment.now
    assert (assignment.now.success, assignment.draft.success) == (True, False)
    assert [problem.field for problem in assignment.draft.problems] == ["company", "invoice_customer"]
    assert {change.draft.value for change in assignment.changes} == {None}


def test_a_stricter_check_names_field_value_and_what_is_wrong():
    free = in_the_book(total=Decimal(0), number="BC-1")
    draft = a_draft(("{field: total, op: ge, value: 0}", "{field: total, op: gt, value: 0}"))

    difference = only(what_if(NOW, draft, [in_the_book(), free]))

    assert (difference.number, difference.kinds) == ("BC-1", ("validation",))
    assert difference.validation
    (problem,) = difference.validation.draft.problems
    assert (problem.field, problem.value) == ("total", "0")
    assert "total gt 0 is false" in problem.problem


def test_a_check_that_only_informs_is_noted_and_stops_nothing():
    informing = ("Validate order header:\n", "Validate order header:\n  criticality: information\n")
    draft = a_draft(informing, ("{field: total, op: ge, value: 0}", "{field: total, op: gt, value: 0}"))

    validation = only(what_if(NOW, draft, [in_the_book(total=Decimal(0))])).validation

    assert validation
    assert (validation.draft.success, validation.draft.problems) == (True, ())
    assert [problem.field for problem in validation.draft.noted] == ["total"]


def test_an_order_that_fails_validation_is_assigned_as_it_would_be_once_mended():
    record = in_the_book(country="GB", currency="")

    difference = only(what_if(NOW, with_rule(TO_THE_UK), [record]))

    assert difference.kinds == ("assignment",)


def test_an_order_two_flows_would_take_goes_on_hold_and_the_rule_is_named():
    record = in_the_book(origin=SOURCED)
    draft = a_draft(('op: not_in, value: ["2", "3"]', 'op: not_in, value: ["2"]'))

    flow = only(what_if(NOW, draft, [record])).flow

    with pytest.raises(AmbiguousFlow):
        draft.flow_for(record.order)
    assert flow
    assert flow.now == ("bigcommerce_optimized_finops",)
    assert flow.draft == ("bigcommerce_finops_finops", "bigcommerce_optimized_finops")
    assert [(rule.rule, rule.now, rule.draft) for rule in flow.rules] == [
        ("In no channel that another flow takes", False, True)
    ]


def test_an_order_no_flow_would_take_any_more_is_told_that_and_nothing_that_follows():
    draft = a_draft(('{field: origin, op: in, value: ["3"]}', '{field: origin, op: in, value: ["4"]}'))

    difference = only(what_if(NOW, draft, [in_the_book(origin=SOURCED)]))

    assert difference.kinds == ("flow",)
    assert difference.flow
    assert difference.flow.draft == ()


def test_an_order_that_gets_another_flow_is_compared_by_what_each_flow_would_do():
    draft = a_draft(('value: ["2", "3"]', 'value: ["2"]'), ('op: in, value: ["3"]', 'op: in, value: ["4"]'))

    difference = only(what_if(NOW, draft, [in_the_book(origin=SOURCED)]))

    assert difference.kinds == ("flow", "assignment")
    assert difference.assignment
    assert [(change.field, change.lines, change.draft.value) for change in difference.assignment.changes] == [
        ("shipping_warehouse", (), "24"), ("shipping_warehouse", (1, 2), "24"),
    ]  # fmt: skip


def test_a_flow_that_takes_an_order_nobody_took_tells_what_it_would_set():
    record = OrderRecord(order=an_order(origin="9"))
    now = a_draft(('value: ["2", "3"]', 'value: ["2", "3", "9"]'))

    difference = only(what_if(now, NOW, [record]))

    assert difference.kinds == ("flow", "assignment")
    assert difference.assignment
    assert difference.assignment.now is None
    assert difference.assignment.changes[0].draft.value == "USMF"


def test_what_validation_sets_is_no_difference_of_assignment_too():
    as_written = "    - name: The order names its currency\n"
    setting = "    - name: Bulk\n      set: {strategy: Fast}\n"

    difference = only(what_if(NOW, a_draft((as_written, setting + as_written)), [in_the_book()]))

    assert difference.kinds == ("validation",)
    assert difference.validation
    assert [change.field for change in difference.validation.changes] == ["strategy"]


def test_the_answer_is_the_same_each_time_and_is_json():
    records = [in_the_book(country=country) for country in ("GB", "US", "GB")]
    draft = with_rule(TO_THE_UK)

    answers = [what_if(NOW, draft, records).model_dump_json() for _ in range(2)]

    assert answers[0] == answers[1]
    assert WhatIfReport.model_validate_json(answers[0]) == what_if(NOW, draft, records)


def test_what_an_order_policy_sets_is_not_kept_when_its_lines_fail():
    rule = "    - name: Lines follow their order\n      set:\n"
    check = "    - name: No line is cheap\n      when: {rows: [{field: unit_price, op: gt, value: 30}]}\n"
    policy = "Assign order line data:\n  kind: execution\n  entity: order_line\n  rules:\n"

    changes = changes_of(a_draft((policy + rule, policy + check + rule)), in_the_book())

    assert {(change.field, change.draft.value) for change in changes if not change.lines} == {
        ("company", None), ("invoice_customer", None), ("shipping_site", None), ("shipping_warehouse", None),
    }  # fmt: skip
