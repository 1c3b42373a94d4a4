"""What a draft would change, as an operator reads it."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from shared.application.what_if import what_if
from shared.application.what_if.words import in_words
from shared.configuration import Configuration
from shared.domain.records import OrderRecord
from tests.application.samples import an_order
from tests.unit.drafts import NOW, TO_THE_UK, a_draft, in_the_book, with_rule


def told(draft: Configuration, *records: OrderRecord, policies: Sequence[str] = ()) -> list[str]:
    """Without the rules that match nothing."""
    lines = in_words(what_if(NOW, draft, records, policies))
    return [line for line in lines if "more rules match none" not in line]


def test_nothing_changes():
    assert told(NOW, in_the_book()) == ["1 order looked at: 0 would differ"]


def test_another_company():
    record = in_the_book(country="GB")

    assert told(with_rule(TO_THE_UK), record, in_the_book()) == [
        "2 orders looked at: 1 would differ (assignment 1)",
        "rule 'Orders to the UK belong to GBSI' of 'Assign order data' is new and matches 1 of 2 orders",
        "BC-10427: assignment sets company DEMF -> GBSI, invoice_customer DE-001 -> GB-001 "
        "(rule 'Orders to the UK belong to GBSI' instead of 'Orders to Europe belong to DEMF'); "
        "lines 1-2: company DEMF -> GBSI (rule 'Lines follow their order')",
    ]


def test_nobody_assigns_the_order_any_more():
    *_, line = told(a_draft(("FR, GB, GR", "FR, GR")), in_the_book(country="GB"))

    assert line == (
        "BC-10427: assignment fails: company, invoice_customer: No rule assigns a company to this ship-to country "
        "(company has_data is false, its value is null; invoice_customer has_data is false, its value is null) because "
        "rule 'Orders to Europe belong to DEMF' of 'Assign order data' does not match any more; "
        "rule 'The order has a company and an invoice customer' of 'Assign order data' does not match any more"
    )


def test_an_order_that_fails_now_passes():
    record = in_the_book(total=Decimal(-1))
    draft = a_draft(("{field: total, op: ge, value: 0}", "{field: total, op: ge, value: -5}"))

    assert told(draft, record)[1:] == [
        "rule 'The order total is not negative' of 'Validate order header' is written otherwise and "
        "matches none of 1 order, in the draft 1 of 1 order",
        "BC-10427: validation passes, where now total: The order total is not negative "
        "(total ge 0 is false, its value is -1) because "
        "rule 'The order total is not negative' of 'Validate order header' matches",
    ]


def test_two_flows_take_the_order():
    *_, line = told(a_draft(('op: not_in, value: ["2", "3"]', 'op: not_in, value: ["2"]')), in_the_book(origin="3"))

    assert line == (
        "BC-10427: flow bigcommerce_optimized_finops -> bigcommerce_finops_finops and bigcommerce_optimized_finops "
        "(on hold: more than one) because "
        "rule 'In no channel that another flow takes' of 'BigCommerce orders for F&O' matches"
    )


def test_no_flow_takes_the_order():
    *_, line = told(a_draft(('{field: origin, op: in, value: ["3"]}', '{field: origin, op: in, value: ["4"]}')),
                    in_the_book(origin="3"))  # fmt: skip

    assert line.startswith("BC-10427: flow bigcommerce_optimized_finops -> none because rule ")


def test_a_rule_that_is_written_otherwise_and_matches_as_before():
    assert told(a_draft(("value: [US, CA, MX]", "value: [US, CA]")), in_the_book())[1:] == [
        "rule 'Orders to North America belong to USMF' of 'Assign order data' is written otherwise and "
        "matches 1 of 1 order, as now"
    ]


def test_a_rule_that_is_gone():
    rule = "    - name: The quantity is above zero\n      when: {rows: [{field: quantity, op: gt, value: 0}]}\n"

    assert told(a_draft((rule, "")), in_the_book())[1:] == [
        "rule 'The quantity is above zero' of 'Validate order lines' is gone; it matches 1 of 1 order"
    ]


def test_a_new_rule_of_a_flow_that_no_order_comes_to():
    before = "    - name: Lines follow their order\n      set:\n"
    new = '    - name: Lines leave from Atlanta\n      set: {shipping_warehouse: "61"}\n'

    assert told(a_draft((before, new + before)), in_the_book())[1:] == [
        "rule 'Lines leave from Atlanta' of 'Assign order line data before sourcing' is new and "
        "matches nothing: no order comes to it"
    ]


def test_an_order_that_flexe_has_yet_to_ship():
    record = OrderRecord(order=an_order(origin="2"), flow="bigcommerce_flexe_finops")

    assert told(NOW, record)[1:] == ["1 order not shipped by Flexe yet: nothing is told about assignment there"]


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("BigCommerce orders for optimization", "takes it"),
        (
            "Assign order data",
            "sets shipping_warehouse nothing -> 24 (rule 'Orders to North America belong to USMF')",
        ),
    ],
)
def test_a_policy_asked_for_by_name(policy: str, said: str):
    assert told(NOW, in_the_book(origin="3"), policies=[policy])[1:] == [f"BC-10427: policy {policy!r} {said}"]


def test_some_lines_of_many():
    order = an_order(5)
    lines = tuple(line.with_(digital=line.number in (1, 2, 4)) for line in order.lines)
    digital = """\
Digital lines:
  kind: execution
  entity: order_line
  rules:
    - name: What goes by no parcel belongs to USRT
      when: {rows: [{field: digital, op: eq, value: true}]}
      set: {company: USRT}

"""
    draft = a_draft(("Assign order line data:\n", f"{digital}Assign order line data:\n"))
    flow = draft.flow("bigcommerce_finops_finops")
    flow = flow.with_(assignment=(*flow.assignment, "Digital lines"))

    *_, line = told(draft.with_(flows={**draft.flows, flow.name: flow}), in_the_book(order=order.with_(lines=lines)))

    assert line == (
        "BC-10427: assignment sets lines 1-2, 4: company USMF -> USRT "
        "(rule 'What goes by no parcel belongs to USRT' instead of 'Lines follow their order')"
    )


def test_a_rule_whose_orders_no_flow_takes_any_more():
    """Of rules that match all that still comes to them nothing is said."""
    records = [in_the_book(origin="9"), in_the_book(country="DE")]

    _, filter_, america, _ = told(a_draft(('value: ["2", "3"]', 'value: ["2", "3", "9"]')), *records)

    assert filter_.startswith("rule 'In no channel that another flow takes' ")
    assert america == (
        "rule 'Orders to North America belong to USMF' of 'Assign order data' matches 1 of 2 orders, "
        "in the draft none of 1 order"
    )
