"""One order, followed through all systems."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import httpx

from sandbox.demo import evidence
from sandbox.demo.evidence.flexe import received_by_flexe
from sandbox.demo.evidence.sap import received_by_sap, sap_number
from sandbox.demo.scenario import Order
from sandbox.demo.world import Timeline
from shared.domain.identity import order_id_for
from tests.e2e.people import Among
from tests.e2e.waiting import until

WAITING = "New / Awaiting Payment"
INTAKE_FAILED = "On Hold / Order Intake Failed"
NEW = "New / New"
VALIDATED = "In Progress / Order Validation Success"
SENT = "Fulfillment in Process / Sent To Fulfillment"
PICKED = "Fulfillment in Process / Picked"
PACKED = "Fulfillment in Process / Packed"
REFUSED = "On Hold / Refused by Fulfillment"
COMPLETED = "Completed / Fulfilled"
COMPLETED_IN_PART = "Completed / Partially Fulfilled"
CANCELED = "Canceled / Canceled"

VALIDATION, ASSIGNMENT = "Order Validation", "Policy Assignment"
SENDING, FLEXE_SENDING = "Send order to fulfillment", "Send order to Flexe"
BILLING, STATUS_SENDING, INVOICING = "Send order lines to billing", "Send order status", "Send to invoice"
TELL_PARCELS, TELL_TRACKING = "Update BigCommerce: parcels", "Update BigCommerce: tracking"
TELL_SHIPPED, TELL_INVOICED = "Update BigCommerce: shipped", "Update BigCommerce: invoiced"
CANCEL_AT_FLEXE, CANCEL_AT_FINOPS = "Cancel at flexe", "Cancel at finops"
ALL_STEPS = [VALIDATION, ASSIGNMENT, SENDING, TELL_SHIPPED, TELL_INVOICED]
VALIDATED_EVENTS = ["Validation of Order Header has Succeeded", "Validation of Order Lines has Succeeded"]
SENT_EVENT = "Send Order to Fulfillment Provider has Succeeded"
AT_FLEXE_EVENTS = ["Creation of Fulfillment Order has Succeeded", SENT_EVENT]
ALL_EVENTS = ["New Order", *VALIDATED_EVENTS, SENT_EVENT, "Order Picked", "Order Shipped", "Order Invoiced"]


def held_at(step: str) -> str:
    return f"On Hold / {step} Failed"


def once(
    *,
    lines: int = 2,
    shipments: int = 1,
    status_writes: tuple[int, ...] = (2, 10),
    flexe_orders: int = 0,
) -> dict[str, Any]:
    """What the outside systems have received of a completed order of the store: each thing once."""
    return {
        "shipments": shipments,
        "status_writes": [*status_writes],
        "orders": 1,
        "lines": lines,
        "sales_orders": 1,
        "flexe_orders": flexe_orders,
        "sap_orders": 0,
    }


def once_of_finops(*, flexe_orders: int = 1, sap_orders: int = 0) -> dict[str, Any]:
    """What they have received of a completed order born in F&O: it has its own sales order, and no row of ours."""
    nothing = {"shipments": 0, "status_writes": [], "orders": 0, "lines": 0}
    return {**nothing, "sales_orders": 1, "flexe_orders": flexe_orders, "sap_orders": sap_orders}


@dataclass(frozen=True)
class Followed(Among):
    """An order by its source's id. `company`: of one born in F&O."""

    source: str
    external_id: str
    number: str
    company: str = ""

    @cached_property
    def order_id(self) -> str:
        return order_id_for(self.source, self.external_id)

    @property
    def reference(self) -> str:
        """What Flexe and SAP know it by."""
        return self._as_evidence.reference

    # What the app says of it

    def position(self) -> str:
        """`state / reason`, or "unknown" while nobody has taken it in."""
        found = self.operator.find(self.source, self.external_id)
        return f"{found['state']} / {found['state_reason']}" if found else "unknown"

    def facts(self) -> dict[str, Any]:
        return self.operator.order(self.order_id)

    def timeline(self) -> Timeline:
        """Empty while nobody has taken the order in."""
        try:
            return self.operator.timeline(self.order_id)
        except httpx.HTTPStatusError as refusal:
            if refusal.response.status_code != 404:
                raise
            return Timeline([], [])

    def events(self, *, outcome: str | None = None) -> list[str]:
        """Names, in order."""
        return [each["name"] for each in self.timeline().events if outcome in (None, each["outcome"])]

    def steps(self) -> list[tuple[str, int, bool]]:
        """(step, generation, success), in order."""
        return [(each["step"], each["generation"], each["success"]) for each in self.timeline().steps]

    def errors(self) -> list[dict[str, Any]]:
        return self.operator.errors(self.order_id)

    def told(self) -> list[str]:
        """What the error pages tell a person about it."""
        return [entry["message"] for entry in self.errors()]

    def problems(self) -> list[tuple[str, str | None]]:
        """(field, value) of everything that is wrong with it."""
        return [(each["field"], each["value"]) for each in self.facts()["problems"]]

    # Waiting

    def reaches(self, position: str) -> Self:
        until(lambda: self.position() == position, f"{self.number} reaches {position}", seen=self._situation)
        return self

    def succeeds(self, step: str) -> Self:
        until(lambda: self.timeline().succeeded(step), f"{self.number}: {step}", seen=self._situation)
        return self

    def hears(self, event: str, *, times: int = 1) -> Self:
        what = f"{self.number} hears {event} {times} times"
        until(lambda: self.events().count(event) >= times, what, seen=self._situation)
        return self

    # What happens outside; each waits until the app has done its part

    def is_confirmed(self) -> Self:
        """Once the app knows of it: an order is confirmed when it has been looked at for a while."""
        self.reaches(NEW)
        self.office.confirm(self.number)
        return self

    def is_picked(self) -> Self:
        self.office.pick(self.number)
        return self.reaches(PICKED)

    def is_packed(self) -> Self:
        self.office.pack(self.number)
        return self.succeeds(TELL_SHIPPED)

    def is_invoiced(self) -> Self:
        self.office.invoice(self.number)
        return self.succeeds(TELL_INVOICED)

    def is_shipped_by_flexe(self) -> Self:
        """All that is open, in one parcel."""
        self.warehouse.send_parcels(self.at_flexe())
        return self.hears("Order Shipped")

    def completes(self) -> Self:
        """From wherever it is before it is sent to its end, all of it in F&O."""
        all_complete(self)
        return self

    # What the outside systems have

    def flexe_orders(self) -> list[dict[str, Any]]:
        """Its orders at Flexe, in the order in which they were made."""
        there = self.warehouse.orders()
        ours = f"{self.reference}-"
        return [each for each in there if f"{each['external_order_id']}-".startswith(ours)]

    def at_flexe(self) -> str:
        """Flexe's id of the latest."""
        return self.flexe_orders()[-1]["id"]

    def flexe_lines(self) -> list[str]:
        """What Flexe calls its lines, in order."""
        return [line["external_line_id"] for line in self.flexe_orders()[-1]["lines"]]

    def in_sap(self) -> str:
        """SAP's number of it."""
        return sap_number(self._as_evidence)

    def store_status(self) -> int:
        return self.shop.order(self.external_id)["order"]["status_id"]

    def store_shipments(self) -> list[dict[str, Any]]:
        return self.shop.order(self.external_id)["shipments"]

    # What the outside systems have received

    def received(self) -> dict[str, Any]:
        order = self._as_evidence
        return {
            **evidence.received_by_bigcommerce(order),
            **evidence.received_by_dataverse(order),
            **evidence.received_by_finops(order),
            "flexe_orders": received_by_flexe(order)["orders"],
            "sap_orders": received_by_sap(order)["sales_orders"],
        }

    def written_rows(self) -> list[dict[str, Any]]:
        """Every single write to its rows in Dataverse, those of its lines included."""
        return evidence.rows_of(self._as_evidence)

    def effects(self) -> list[dict[str, Any]]:
        """Every single thing received about it by the shop and Dataverse."""
        shop = [each for each in self.shop.effects() if str(each.get("order_id")) == self.external_id]
        return [*shop, *self.written_rows()]

    @property
    def _as_evidence(self) -> Order:
        return Order(self.people, self.external_id, self.order_id, self.number, self.source, self.company)

    def _situation(self) -> str:
        timeline = self.timeline()
        steps = [f"{step['step']}: {'ok' if step['success'] else step['message']}" for step in timeline.steps]
        events = [f"{event['name']} ({event['outcome']})" for event in timeline.events]
        systems = (self.shop, self.office, self.warehouse, self.accounting)
        untaken = [callback for system in systems for callback in system.callbacks_not_taken()]
        return f"{self.position()}; events {events}; steps {steps}; told {self.told()}; callbacks not taken {untaken}"


def all_complete(*orders: Followed) -> None:
    """Every one from wherever it is before it is sent to its end, side by side."""
    for order in orders:
        order.reaches(SENT)
    for order in orders:
        order.office.pick(order.number)
    for order in orders:
        order.reaches(PICKED).office.pack(order.number)
    for order in orders:
        order.succeeds(TELL_SHIPPED).office.invoice(order.number)
    for order in orders:
        order.succeeds(TELL_INVOICED).reaches(COMPLETED)
