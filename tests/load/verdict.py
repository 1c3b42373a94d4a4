"""What became of every order, and whether memory and cost have stayed flat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.load.received import Ledger, Received
from tests.load.scripts import Leaves, Order

MOST_KIB_PER_ORDER = 10.0
MOST_COST_GROWTH = 0.10
ENDED = ("Completed", "Fulfilled")

InTheApp = Mapping[int, Sequence[Mapping[str, Any]]]
"""The orders the app has, by the number of the order they should be."""


@dataclass
class Findings:
    """Order by order, in words."""

    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)

    def all(self) -> list[str]:
        return [
            f"{kind}: {each}"
            for kind, found in (("lost", self.lost), ("duplicated", self.duplicated), ("stuck", self.stuck))
            for each in found
        ]

    def counts(self) -> dict[str, int]:
        return {"lost": len(self.lost), "duplicated": len(self.duplicated), "stuck": len(self.stuck)}


def judge(orders: Sequence[Order], in_the_app: InTheApp, ledger: Ledger) -> Findings:
    """Lost is what the app does not know or somebody outside was not told; doubled what is anywhere twice."""
    findings = Findings()
    for order in orders:
        name, found = f"{order.script.name} {order.number}", in_the_app[order.number]
        states = [(each["state"], each["state_reason"]) for each in found]
        missing, doubled = compared(order.received, order.script.leaves)
        if not found:
            findings.lost.append(f"{name} is unknown to the app")
        elif len(found) > 1 or doubled:
            findings.duplicated.append(f"{name}: {'; '.join([*doubled, f'{len(found)} in the app'])}")
        elif states != [ENDED] or not order.has_gone_all_its_way:
            findings.stuck.append(f"{name} is {states[0]} after {order.turns} of {len(order.script.turns)} turns")
        elif missing:
            findings.lost.append(f"{name}: {'; '.join(missing)}")
    findings.duplicated += _in_all(orders, ledger)
    return findings


def compared(received: Received, leaves: Leaves) -> tuple[list[str], list[str]]:
    """What is missing outside, and what is there more than once."""
    times = {
        "sales orders": (received.sales_orders, leaves.sales_orders),
        "lines": (received.lines.total(), leaves.lines),
        "shipments": (received.shipments, leaves.shipments),
        "Flexe orders": (len(received.flexe_orders), leaves.flexe_orders),
        "SAP orders": (len(received.sap_orders), leaves.sap_orders),
    }
    missing = [f"{there} {what} of {due}" for what, (there, due) in times.items() if there < due]
    doubled = [f"{there} {what} in place of {due}" for what, (there, due) in times.items() if there > due]
    # A parcel told late finds the order further on: a status may be skipped, never the last, none twice or backwards.
    told, due = received.status_writes, list(leaves.status_writes)
    if told[-1:] != due[-1:]:
        missing.append(f"status writes {told} of {due}")
    elif told != [status for status in due if status in told]:
        doubled.append(f"status writes {told} in place of {due}")
    return missing, doubled


def _in_all(orders: Sequence[Order], ledger: Ledger) -> list[str]:
    """What bears no order's number."""
    due = {
        "orders in Dataverse": (ledger.rows_created["salesorder"], _sum(orders, "sales_orders")),
        "lines in Dataverse": (ledger.rows_created["salesorderdetail"], _sum(orders, "lines")),
        "units reserved": (ledger.units_reserved, sum(order.script.units_reserved for order in orders)),
    }
    return [f"{there:g} {what} in place of {wanted}" for what, (there, wanted) in due.items() if there > wanted]


def _sum(orders: Sequence[Order], what: str) -> int:
    return sum(getattr(order.script.leaves, what) for order in orders)


def too_much(growth_kib: float | None, first_hundred: float | None, last_hundred: float | None) -> list[str]:
    """Why memory or cost is not flat; what could not be measured is judged by nobody."""
    found = []
    if growth_kib is not None and growth_kib > MOST_KIB_PER_ORDER:
        found.append(f"memory grows by {growth_kib:.1f} KiB an order, more than {MOST_KIB_PER_ORDER:g}")
    if first_hundred and last_hundred and last_hundred > first_hundred * (1 + MOST_COST_GROWTH):
        found.append(f"an order of the last hundred took {last_hundred} storage calls, of the first {first_hundred}")
    return found
