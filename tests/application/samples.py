"""Orders that pass every shipped policy, and what stands in for the outside of the application."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from shared.domain.actions import ActionOutcome, Provider, ProviderAction
from shared.domain.errors import UnknownOrder
from shared.domain.events import (
    HEADER_VALIDATED,
    LINES_VALIDATED,
    NEW_ORDER,
    ORDER_INVOICED,
    SENT_TO_FULFILLMENT,
    BusinessEvent,
)
from shared.domain.identity import line_id_for, order_id_for
from shared.domain.messages import Message
from shared.domain.orders import Address, Order, OrderLine, Problem
from shared.domain.ports import ErrorEntry, ErrorPages, OrderBook
from shared.domain.records import Change, OrderRecord
from shared.domain.results import StepResult
from shared.domain.sources import IntakeMessage, PulledOrder, Readiness

FLOW = "bigcommerce_finops_finops"
VALIDATED = (NEW_ORDER, HEADER_VALIDATED, LINES_VALIDATED)
SENT = (*VALIDATED, SENT_TO_FULFILLMENT)
INVOICED = (*SENT, ORDER_INVOICED)


def an_order(lines: int = 2, *, country: str = "US", **facts: Any) -> Order:
    """A new one each time."""
    external_id = str(facts.pop("external_id", uuid4()))
    order_id = order_id_for("bigcommerce", external_id)
    ship_to = Address(
        external_id="1", name="Ada Bell", line1="1 Main St", city="Austin", postal_code="73301", country=country
    )
    order = Order(
        order_id=order_id,
        source="bigcommerce",
        external_id=external_id,
        number="BC-10427",
        currency="USD",
        addresses=(ship_to,),
        lines=tuple(_a_line(order_id, number) for number in range(1, lines + 1)),
        total=Decimal("49.00"),
    )
    return order.with_(**facts)


def _a_line(order_id: str, number: int) -> OrderLine:
    return OrderLine(
        line_id=line_id_for(order_id, str(number)),
        external_line_id=str(number),
        number=number,
        sku="BAG-CNV-OLV",
        product="BAG-CNV-OLV",
        unit="ea",
        quantity=Decimal(1),
        unit_price=Decimal("24.50"),
        ship_to_id="1",
    )


def taken_in(
    book: OrderBook, *events: str, order: Order | None = None, flow: str | None = FLOW, **change: Any
) -> OrderRecord:
    """An order to which `events` have happened, by default a new one in its flow."""
    happened = tuple(an_event(name) for name in events or (NEW_ORDER,))
    return book.take_in(order or an_order(), Change(events=happened, flow=flow, **change)).record


def an_event(name: str) -> BusinessEvent:
    return BusinessEvent(name=name, cause=f"test {name}", source="test")


def standing(book: OrderBook, order_id: str) -> tuple[str, str]:
    """State and state reason."""
    state = book.header(order_id).position.state
    return state.name, state.reason


def happened(book: OrderBook, order_id: str) -> list[str]:
    """The names of the order's events, none for one that is not in the book."""
    try:
        return [event.name for event in book.timeline(order_id).events]
    except UnknownOrder:
        return []


def errors_of(errors: ErrorPages, order_id: str, status: str | None = "active") -> list[ErrorEntry]:
    return [entry for entry in errors.entries(status=status) if entry.order_id == order_id]


@dataclass
class RecordingQueues:
    """`Queues` that keep what is sent."""

    sent: list[tuple[str, str, timedelta | None]] = field(default_factory=list)
    copies: list[Message] = field(default_factory=list)
    """Those that were to go again although they might be copies."""

    def send(
        self, queue: str, message: Message, delay: timedelta | None = None, *, even_if_a_copy: bool = False
    ) -> None:
        self.sent.append((queue, message.model_dump_json(), delay))
        if even_if_a_copy:
            self.copies.append(message)

    def messages(self, queue: str) -> list[str]:
        return [message for name, message, _ in self.sent if name == queue]


class Shop:
    """An `OrderSource` whose orders a test sets up; `pulls` counts how often it was asked."""

    def __init__(self) -> None:
        self._shelf: dict[str, PulledOrder | Exception] = {}
        self.takes_all = True
        self.pulls = 0

    def has(self, order: Order, readiness: Readiness = Readiness.READY, problems: Sequence[Problem] = ()) -> Order:
        self._shelf[order.external_id] = PulledOrder(order=order, readiness=readiness, problems=tuple(problems))
        return order

    def fails(self, order: Order, fault: Exception) -> Order:
        self._shelf[order.external_id] = fault
        return order

    def pull(self, external_id: str) -> PulledOrder:
        self.pulls += 1
        answer = self._shelf[external_id]
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class RecordingAction:
    """A `Perform` that keeps what it was asked for, and does what a test wants done."""

    does: Callable[[ProviderAction, Order], ActionOutcome] = lambda action, _: ActionOutcome(
        StepResult.succeeded(action.step)
    )
    performed: list[tuple[ProviderAction, Order]] = field(default_factory=list)

    def __call__(self, action: ProviderAction, order: Order) -> ActionOutcome:
        self.performed.append((action, order))
        return self.does(action, order)


def raising(fault: Exception) -> RecordingAction:
    def fail(action: ProviderAction, order: Order) -> ActionOutcome:
        raise fault

    return RecordingAction(fail)


def sending(order_id: str, generation: int = 1, **changes: Any) -> ProviderAction:
    """The request to send an order to fulfillment."""
    given = {"provider": Provider.FINOPS, "name": "send_order_to_fulfillment", "step": "Send order to fulfillment"}
    return ProviderAction.model_validate({"order_id": order_id, "generation": generation, **given, **changes})


def message_about(order: Order, *, canceled: bool = False, attempt: int = 1) -> IntakeMessage:
    return IntakeMessage(source="bigcommerce", external_id=order.external_id, canceled=canceled, attempt=attempt)
