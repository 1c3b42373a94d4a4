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
OPTIMIZATION_SUCCEEDED = "Fulfillment optimization request has Succeeded"
OPTIMIZATION_FAILED = "Fulfillment optimization request has Failed"
FULFILLMENT_ORDER_CREATED = "Creation of Fulfillment Order has Succeeded"
FULFILLMENT_REFUSED = "Fulfillment Order Refused"  # by its fulfiller, after having taken it; a person must act
SHIPMENT_UPDATED = "Shipment Updated"  # a parcel's tracking came late or changed
ON_HAND_CHECK_SUCCEEDED = "On Hand Check Success"  # stock was found and reserved for some lines
ON_HAND_CHECK_FAILED = "On Hand Check Failed"  # for no line at all
LINES_HELD = "Order Lines on Backorder Hold"
ORDER_CONFIRMED = "Order Confirmed"
ORDER_PICKED = "Order Picked"
LINES_SHIPPED = "Order Lines Shipped"
ORDER_SHIPPED = "Order Shipped"
SENT_TO_INVOICE = "Send Order to Billing Provider has Succeeded"
STATUS_SENT = "Send Order Status has Succeeded"
LINES_INVOICED = "Order Lines Invoiced"
ORDER_INVOICED = "Order Invoiced"
FULFILLED_IN_PART = "Order Fulfilled in Part"  # shipped and invoiced, but for what was canceled
LINES_CANCELED = "Order Lines Canceled"
CANCEL_REQUESTED = "Order Cancellation Requested"
CANCEL_PENDING = "Order Cancellation Pending"  # a system has noted the wish and will say what becomes of it
CANCEL_REFUSED = "Order Cancellation Refused"  # shipping was faster
ORDER_CANCELED = "Order Canceled"
NOTED = "Status Noted"  # what a system says that is not its to say in this flow
STEP_FAILED = "Orchestration Step Failed"
REPROCESS_REQUESTED = "Reprocess Requested"
ORDER_HELD = "Order Held"  # by a person, for as long as they want
ORDER_RESUMED = "Order Resumed"
LINE_RESEND_REQUESTED = "Line Resend Requested"  # by a person: F&O refused a line that may fit by now
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
