"""What policies are about: the order and the records below it, and which records each of these leads to.

An entity is told by its way: the children one goes through from the order to its records. The rest follows from the
ways: which records there are, and what each belongs to (an entity whose way is the beginning of its own).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shared.domain.orders import Address, FulfillmentOrder, FulfillmentOrderLine, Order, OrderLine, Value

Entity = Literal["order", "order_line", "fulfillment_order", "fulfillment_order_line"]


@dataclass(frozen=True)
class EntityType:
    """`noun`: what one of its records is called, before its number; `settable`: the fields that policies may set."""

    model: type[Value]
    noun: str
    way: tuple[str, ...] = ()
    settable: frozenset[str] = frozenset()


# Nothing is set on what is to be shipped: a fulfillment order says what its fulfiller was given or has answered, and a
# value changed here would reach nobody.
ENTITIES: Mapping[Entity, EntityType] = {
    "order": EntityType(
        Order,
        "order",
        settable=frozenset(
            {"company", "invoice_customer", "customer_account", "shipping_site", "shipping_warehouse", "strategy"}
        ),
    ),
    "order_line": EntityType(
        OrderLine, "line", ("lines",), settable=frozenset({"company", "shipping_site", "shipping_warehouse"})
    ),
    "fulfillment_order": EntityType(FulfillmentOrder, "fulfillment order", ("fulfillment_orders",)),
    "fulfillment_order_line": EntityType(FulfillmentOrderLine, "line", ("fulfillment_orders", "lines")),
}

ENTITY_OF: Mapping[type[Value], Entity] = {type_.model: entity for entity, type_ in ENTITIES.items()}


@dataclass(frozen=True)
class Related:
    """What a record leads to without holding it. `annotation`: as if it were a field of the record."""

    annotation: Any
    find: Callable[[Order, Any], Any]


def order_line_of(order: Order, line: FulfillmentOrderLine) -> OrderLine | None:
    """The order line that a line of a fulfillment order stands for."""
    return next((each for each in order.lines if each.line_id == line.line_id), None)


def _fulfillment_order_lines_of(order: Order, line: OrderLine) -> tuple[FulfillmentOrderLine, ...]:
    lines = (each for fulfillment_order in order.fulfillment_orders for each in fulfillment_order.lines)
    return tuple(each for each in lines if each.line_id == line.line_id)


RELATED: Mapping[type[Value], Mapping[str, Related]] = {
    Order: {"ship_to": Related(Address, lambda order, _: order.ship_to)},
    OrderLine: {
        "ship_to": Related(Address, Order.address_of),
        "fulfillment_order_lines": Related(tuple[FulfillmentOrderLine, ...], _fulfillment_order_lines_of),
    },
    FulfillmentOrderLine: {"order_line": Related(OrderLine | None, order_line_of)},
}


def above(entity: Entity) -> Iterator[Entity]:
    """The entities that a record of `entity` belongs to one record of, the order first."""
    way = ENTITIES[entity].way
    for each, type_ in ENTITIES.items():
        if type_.way != way and type_.way == way[: len(type_.way)]:
            yield each


def named(entity: Entity) -> str:
    """As a person reads it: "an order line"."""
    name = entity.replace("_", " ")
    return f"{'an' if name.startswith('order') else 'a'} {name}"
