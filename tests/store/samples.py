"""Orders, events and transitions to try the store with."""

from decimal import Decimal
from uuid import uuid4

from shared.domain.events import ORDER_PICKED, ORDER_SHIPPED, BusinessEvent
from shared.domain.identity import line_id_for, order_id_for
from shared.domain.orders import Order, OrderLine
from shared.domain.records import Change, OrderRecord
from shared.domain.states import Transition

PLACED = "Placed"
TRANSITIONS = [
    Transition(event=PLACED, sources=("(none)",), target="New", reason="New"),
    Transition(event=ORDER_PICKED, sources=("New",), target="Fulfillment in Process", reason="Picked"),
    Transition(event=ORDER_SHIPPED, sources=("New", "Fulfillment in Process"), target="Completed", reason="Fulfilled"),
]


def an_order(
    lines: int = 2, *, external_id: str | None = None, source: str = "bigcommerce", name: str = "Bag"
) -> Order:
    external = external_id if external_id is not None else str(uuid4())
    order_id = order_id_for(source, external)
    return Order(
        order_id=order_id,
        source=source,
        external_id=external,
        number="10427",
        currency="USD",
        total=Decimal("54.90"),
        lines=tuple(a_line(order_id, number, name) for number in range(1, lines + 1)),
    )


def a_line(order_id: str, number: int, name: str = "Bag") -> OrderLine:
    return OrderLine(
        line_id=line_id_for(order_id, str(number)),
        external_line_id=str(number),
        number=number,
        sku="BAG-CNV-OLV",
        name=name,
        quantity=Decimal(2),
        unit_price=Decimal("24.50"),
    )


def an_event(name: str = PLACED, cause: str = "order") -> BusinessEvent:
    return BusinessEvent(name=name, cause=cause, source="test")


def placed() -> Change:
    return Change(events=(an_event(),))


def happens(name: str, cause: str = "order") -> "Decision":
    return Decision(Change(events=(an_event(name, cause),)))


class Decision:
    """A `Decide` that always decides the same and remembers what it saw."""

    def __init__(self, change: Change | None) -> None:
        self._change = change
        self.saw: list[OrderRecord] = []

    def __call__(self, record: OrderRecord) -> Change | None:
        self.saw.append(record)
        return self._change
