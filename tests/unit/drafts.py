"""Drafts of the shipped configuration, and orders as they are in the book once it has assigned them."""

from pathlib import Path
from typing import Any

from shared.application.what_if import WhatIfReport, what_if
from shared.application.what_if.report import FieldChange, OrderDifference, Tally
from shared.configuration import Configuration
from shared.configuration.loading import written_as, written_in
from shared.domain.orders import FulfillmentSource, Order
from shared.domain.records import OrderRecord
from shared.policies import run_policies
from tests.application.samples import an_order

SHIPPED = written_in(Path(__file__).parents[2] / "config")
NOW = SHIPPED.configuration

EUROPE = "Orders to Europe belong to DEMF"
UK = "Orders to the UK belong to GBSI"
IN_SHOP, AT_FLEXE, SOURCED = "1", "2", "3"
"""Channels, and with them flows."""

LAST_CHECK = "    - name: The order has a company and an invoice customer\n"
TO_THE_UK = """\
    - name: Orders to the UK belong to GBSI
      when: {rows: [{field: ship_to.country, op: eq, value: GB}]}
      set: {company: GBSI, invoice_customer: GB-001}
"""
SEATTLE = FulfillmentSource(name="Seattle", company="USMF", shipping_site="5", shipping_warehouse="51")


def a_draft(*edits: tuple[str, str], file: str = "policies.yaml") -> Configuration:
    """The shipped configuration with the first of each of these texts replaced."""
    text = SHIPPED.files[file]
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return written_as({**SHIPPED.files, file: text}).configuration


def with_rule(rule: str, before: str = LAST_CHECK) -> Configuration:
    return a_draft((before, rule + before))


def in_the_book(configuration: Configuration = NOW, *, order: Order | None = None, **facts: Any) -> OrderRecord:
    """An order that its flow has assigned; one that Flexe ships has left."""
    order = order or an_order(**facts)
    flow = configuration.flow_for(order)
    assert flow
    if flow.fulfillment == "flexe":
        order = order.with_(
            fulfillment_source=SEATTLE, lines=tuple(line.with_(fulfillment_source=SEATTLE) for line in order.lines)
        )
    order, _ = run_policies([configuration.policy(name) for name in flow.assignment], order)
    return OrderRecord(order=order, flow=flow.name)


def born_in_finops(warehouse: str = "24", company: str = "USMF") -> OrderRecord:
    order = an_order(source="finops", company=company, invoice_customer="US-001", shipping_warehouse=warehouse)
    lines = tuple(line.with_(company=company, shipping_warehouse=warehouse) for line in order.lines)
    return in_the_book(order=order.with_(lines=lines))


def only(report: WhatIfReport) -> OrderDifference:
    (difference,) = report.differences
    return difference


def changes_of(draft: Configuration, record: OrderRecord, *, now: Configuration = NOW) -> list[FieldChange]:
    assignment = only(what_if(now, draft, [record])).assignment
    assert assignment
    return [*assignment.changes]


def tally(report: WhatIfReport, rule: str) -> tuple[Tally | None, Tally | None]:
    (count,) = [each for each in report.summary.rules if each.rule == rule]
    return count.now, count.draft
