"""Policies of a draft that are run on their own, on orders as they stand."""

from decimal import Decimal

import pytest

from shared.application.what_if import what_if
from shared.application.what_if.report import Setting, Tally
from shared.configuration import NotConfigured
from tests.application.samples import an_order
from tests.unit.drafts import (
    EUROPE,
    IN_SHOP,
    NOW,
    SOURCED,
    a_draft,
    in_the_book,
    only,
    tally,
)

NEW_POLICY = """
Ship gifts from Atlanta:
  kind: execution
  entity: order_line
  rules:
    - name: Cheap lines leave from Atlanta
      when: {rows: [{field: unit_price, op: lt, value: 30}]}
      set: {shipping_warehouse: "61"}
"""
HEAD = "# Which flow takes an order:"
WITH_NEW_POLICY = a_draft((HEAD, NEW_POLICY + HEAD))


def test_a_policy_that_no_flow_has_yet_is_run_on_the_order_as_it_stands():
    report = what_if(NOW, WITH_NEW_POLICY, [in_the_book()], policies=["Ship gifts from Atlanta"])

    difference = only(report)
    assert difference.kinds == ("policies",)
    (change,) = difference.policies["Ship gifts from Atlanta"].changes
    assert (change.field, change.lines, change.now) == ("shipping_warehouse", (1, 2), Setting(value="24"))
    assert (change.draft.value, change.draft.rule) == ("61", "Cheap lines leave from Atlanta")
    assert tally(report, "Cheap lines leave from Atlanta") == (None, Tally(asked=1, matched=1))


def test_a_policy_that_no_flow_has_and_nobody_asks_for_changes_nothing():
    report = what_if(NOW, WITH_NEW_POLICY, [in_the_book()])

    assert report.differences == ()
    assert "Cheap lines leave from Atlanta" not in {count.rule for count in report.summary.rules}


def test_a_filter_asked_for_by_name_tells_which_orders_it_takes():
    records = [in_the_book(origin=origin, number=f"BC-{origin}") for origin in (IN_SHOP, SOURCED)]

    report = what_if(NOW, NOW, records, policies=["BigCommerce orders for optimization"])

    assert only(report).number == "BC-3"


def test_a_policy_that_the_draft_does_not_have_is_refused_by_name():
    with pytest.raises(NotConfigured, match="no policy 'Ship gifts'"):
        what_if(NOW, WITH_NEW_POLICY, [], policies=["Ship gifts"])


def test_a_policy_asked_for_by_name_is_counted_by_the_orders_whose_flow_runs_it():
    """Else the draft would match more orders than now although it is the same."""
    report = what_if(NOW, NOW, [in_the_book(origin=SOURCED)], policies=["Assign order data"])

    assert tally(report, EUROPE) == (Tally(asked=0, matched=0), Tally(asked=0, matched=0))


def test_a_rule_for_lines_matches_an_order_of_which_it_matches_any_line():
    dear_first = an_order()
    first, second = dear_first.lines
    record = in_the_book(order=dear_first.with_(lines=(first.with_(unit_price=Decimal(40)), second)))
    draft = a_draft((HEAD, NEW_POLICY.replace("op: lt", "op: gt") + HEAD))

    report = what_if(NOW, draft, [record], policies=["Ship gifts from Atlanta"])

    assert tally(report, "Cheap lines leave from Atlanta") == (None, Tally(asked=1, matched=1))
