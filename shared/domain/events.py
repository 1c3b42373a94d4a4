"""Business events: what has happened to an order.

The set is open (providers may bring their own); these are the names the flows use, worded as Intelligent Order
Management words them where its documentation names one (reference: iom.md section 3).
"""

from typing import Any

from shared.domain.orders import Value
from shared.domain.results import EventMark

NEW_ORDER = "New Order"
AWAITING_PAYMENT = "Order Awaiting Payment"
INTAKE_FAILED = "Order Intake Failed"
HEADER_VALIDATED = "Validation of Order Header has Succeeded"
HEADER_REFUSED = "Validation of Order Header has Failed"
LINES_VALIDATED = "Validation of Order Lines has Succeeded"
LINES_REFUSED = "Validation of Order Lines has Failed"
SENT_TO_FULFILLMENT = "Send Order to Fulfillment Provider has Succeeded"
ORDER_CONFIRMED = "Order Confirmed"
ORDER_PICKED = "Order Picked"
LINES_SHIPPED = "Order Lines Shipped"
ORDER_SHIPPED = "Order Shipped"
ORDER_INVOICED = "Order Invoiced"
ORDER_CANCELED = "Order Canceled"
STEP_FAILED = "Orchestration Step Failed"
REPROCESS_REQUESTED = "Reprocess Requested"
ALERT = "Order Alert"


class BusinessEvent(Value):
    """One event as its raiser reports it.

    `cause` tells two events of one name apart: a second event of the same (name, cause) is a copy and changes nothing.
    """

    name: str
    cause: str
    source: str
    details: dict[str, Any] = {}


class TimelineEvent(BusinessEvent):
    """An event in its place in the order's life. `number` counts from 1 without gaps."""

    number: int
    at: str  # ISO 8601, UTC
    outcome: str  # applied | ignored (stale: its state is already passed) | recorded (no transition speaks of it)
    state: str
    state_reason: str

    @property
    def mark(self) -> EventMark:
        return EventMark(number=self.number, name=self.name)
