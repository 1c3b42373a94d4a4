"""A draft is run on orders as they were before policies had set anything, as well as that can be told."""

import pytest

from shared.application.what_if import what_if
from shared.application.what_if.report import Tally
from shared.domain.records import OrderRecord
from tests.application.samples import an_order
from tests.unit.drafts import (
    AT_FLEXE,
    LAST_CHECK,
    NOW,
    SOURCED,
    a_draft,
    born_in_finops,
    changes_of,
    in_the_book,
    only,
    tally,
    with_rule,
)


def test_a_rule_for_orders_without_a_company_does_not_see_the_company_of_the_earlier_run():
    """Else it would match no order of the book."""
    record = in_the_book(country="DE")
    fallback = """\
    - name: All others belong to FRRT
      when: {rows: [{field: company, op: has_no_data}]}
      set: {company: FRRT, invoice_customer: FR-001, shipping_site: "3", shipping_warehouse: "31"}
"""
    draft = a_draft(
        ("AT, BE, BG, CH, CY, CZ, DE, DK", "AT, BE, BG, CH, CY, CZ, DK"), (LAST_CHECK, fallback + LAST_CHECK)
    )

    changes = changes_of(draft, record)

    assert (changes[0].field, changes[0].now.value, changes[0].draft.value) == ("company", "DEMF", "FRRT")


def test_a_field_that_only_the_draft_sets_no_longer_is_told_as_empty():
    draft = a_draft(('invoice_customer: US-007, shipping_site: "2"}', "invoice_customer: US-007}"),
                    ("        shipping_site: {from: order.shipping_site}\n", ""))  # fmt: skip

    changes = changes_of(draft, in_the_book(origin=SOURCED))

    assert {(change.field, change.draft.value) for change in changes} == {("shipping_site", None)}


@pytest.mark.parametrize(("account", "differs"), [("C-100", False), ("C-RETAIL", True)])
def test_a_customer_account_of_the_shop_stays_and_one_that_a_rule_wrote_does_not(account: str, differs: bool):
    """`C-100` came with the order, `C-RETAIL` from the first of the two configurations."""
    retail = """\
    - name: Shoppers without an account are retail
      when: {rows: [{field: customer_account, op: has_no_data}]}
      set: {customer_account: C-RETAIL}
"""
    now, draft = with_rule(retail), with_rule(retail.replace("C-RETAIL", "C-WEB"))

    report = what_if(now, draft, [in_the_book(customer_account=account)])

    assert bool(report.differences) == differs


def test_an_order_born_in_finops_keeps_what_finops_has_set():
    """Emptied first, its invoice customer would be set anew."""
    check = "    - name: The order belongs to a company\n"
    setting = """\
    - name: Somebody gets the invoice
      when: {rows: [{field: invoice_customer, op: has_no_data}]}
      set: {invoice_customer: US-999}
"""

    report = what_if(NOW, a_draft((check, setting + check)), [born_in_finops()])

    assert report.differences == ()
    assert tally(report, "Somebody gets the invoice") == (None, Tally(asked=1, matched=0))


def test_an_order_that_flexe_has_shipped_is_assigned_from_where_it_left():
    draft = a_draft(("set: {invoice_customer: US-007}", "set: {invoice_customer: US-008}"))

    (change,) = changes_of(draft, in_the_book(origin=AT_FLEXE))

    assert (change.field, change.now.value, change.draft.value) == ("invoice_customer", "US-007", "US-008")


def test_an_order_that_flexe_has_yet_to_ship_is_counted_and_nothing_is_said_of_its_assignment():
    draft = a_draft(("set: {invoice_customer: US-007}", "set: {invoice_customer: US-008}"))
    record = OrderRecord(order=an_order(origin=AT_FLEXE), flow="bigcommerce_flexe_finops")

    report = what_if(NOW, draft, [record])

    assert (report.differences, report.summary.unshipped) == ((), 1)


def test_an_order_whose_flow_assigns_nothing_waits_for_no_shipping():
    at_flexe = born_in_finops(warehouse="51")
    unshipped = at_flexe.with_(order=at_flexe.order.with_(fulfillment_source=None))

    report = what_if(NOW, NOW, [unshipped])

    assert (unshipped.flow, report.summary.unshipped) == ("finops_flexe_finops", 0)


def test_an_order_taken_from_flexe_before_it_has_shipped_differs_in_its_flow_alone():
    """Nobody can tell what it would have been assigned once it had shipped."""
    record = OrderRecord(order=an_order(origin=AT_FLEXE), flow="bigcommerce_flexe_finops")
    draft = a_draft(('value: ["2", "3"]', 'value: ["3"]'), ('op: in, value: ["2"]', 'op: in, value: ["4"]'))

    report = what_if(NOW, draft, [record])

    assert only(report).kinds == ("flow",)
    assert report.summary.unshipped == 1
