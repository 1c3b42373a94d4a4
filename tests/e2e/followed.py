"""One order, followed through all systems."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import httpx

from sandbox.demo import evidence
from sandbox.demo.scenario import Order
from sandbox.demo.world import Timeline, World
from shared.domain.identity import order_id_for
from tests.e2e.people import Office, Operator, Shop
from tests.e2e.waiting import until

WAITING = "New / Awaiting Payment"
INTAKE_FAILED = "On Hold / Order Intake Failed"
VALIDATED = "In Progress / Order Validation Success"
SENT = "Fulfillment in Process / Sent To Fulfillment"
PICKED = "Fulfillment in Process / Picked"
PACKED = "Fulfillment in Process / Packed"
COMPLETED = "Completed / Fulfilled"
CANCELED = "Canceled / Canceled"

VALIDATION, ASSIGNMENT, SENDING = "Order Validation", "Policy Assignment", "Send order to fulfillment"
TELL_SHIPPED, TELL_INVOICED = "Update BigCommerce: shipped", "Update BigCommerce: invoiced"
ALL_STEPS = [VALIDATION, ASSIGNMENT, SENDING, TELL_SHIPPED, TELL_INVOICED]
ALL_EVENTS = [
    "New Order",
    "Validation of Order Header has Succeeded",
    "Validation of Order Lines has Succeeded",
    "Send Order to Fulfillment Provider has Succeeded",
    "Order Picked",
    "Order Shipped",
    "Order Invoiced",
]


def held_at(step: str) -> str:
    return f"On Hold / {step} Failed"


def once(*, lines: int = 2, status_writes: tuple[int, ...] = (2, 10)) -> dict[str, Any]:
    """What the outside systems have received of a completed order: each thing once."""
    return {"shipments": 1, "status_writes": [*status_writes], "orders": 1, "lines": lines, "sales_orders": 1}


@dataclass(frozen=True)
class Followed:
    """An order by the shop's id, and those who act on it."""

    shop: Shop
    office: Office
    operator: Operator
    external_id: str

    @cached_property
    def order_id(self) -> str:
        return order_id_for("bigcommerce", self.external_id)

    @property
    def number(self) -> str:
        return f"BC-{self.external_id}"

    # What the app says of it

    def position(self) -> str:
        """`state / reason`, or "unknown" while nobody has taken it in."""
        found = self.operator.find("bigcommerce", self.external_id)
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

    def hears(self, event: str) -> Self:
        until(lambda: event in self.events(), f"{self.number} hears {event}", seen=self._situation)
        return self

    # What happens outside; each waits until the app has done its part

    def is_picked(self) -> Self:
        self.office.pick(self.number)
        return self.reaches(PICKED)

    def is_packed(self) -> Self:
        self.office.pack(self.number)
        return self.succeeds(TELL_SHIPPED)

    def is_invoiced(self) -> Self:
        self.office.invoice(self.number)
        return self.succeeds(TELL_INVOICED)

    def completes(self) -> Self:
        """From wherever it is before it is sent to its end."""
        all_complete(self)
        return self

    # What the outside systems have received

    def received(self) -> dict[str, Any]:
        order = self._as_evidence
        return {
            **evidence.received_by_bigcommerce(order),
            **evidence.received_by_dataverse(order),
            **evidence.received_by_finops(order),
        }

    def effects(self) -> list[dict[str, Any]]:
        """Every single thing received about it."""
        shop = [each for each in self.shop.effects() if str(each.get("order_id")) == self.external_id]
        return [*shop, *evidence.rows_of(self._as_evidence)]

    @property
    def _as_evidence(self) -> Order:
        return Order(World(self.operator, self.shop, self.office), self.external_id, self.order_id, self.number)

    def _situation(self) -> str:
        timeline = self.timeline()
        steps = [f"{step['step']}: {'ok' if step['success'] else step['message']}" for step in timeline.steps]
        events = [f"{event['name']} ({event['outcome']})" for event in timeline.events]
        return f"{self.position()}; events {events}; steps {steps}"


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
