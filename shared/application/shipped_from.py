"""What F&O calls the places that Flexe ships from: a parcel may leave one before anybody has mapped it."""

from collections.abc import Mapping
from typing import TypeGuard

from shared.domain.orders import FulfillmentSource, Order, Problem

_NAMELESS = "this warehouse of flexe has no name in F&O; add it to a source of fulfillment.yaml as its flexe_warehouse"


def with_places_named(order: Order, sources: Mapping[str, FulfillmentSource]) -> Order:
    """The order with what is known by now of each place of which it has but Flexe's id. `sources` by that id."""

    def named(source: FulfillmentSource | None) -> FulfillmentSource | None:
        return sources.get(source.name, source) if _is_nameless(source) else source

    lines = tuple(line.with_(fulfillment_source=named(line.fulfillment_source)) for line in order.lines)
    completed = order.with_(lines=lines, fulfillment_source=named(order.fulfillment_source))
    return order if completed == order else completed


def nameless_places(order: Order) -> tuple[Problem, ...]:
    """Each of them once."""
    found = [("fulfillment_source", order.fulfillment_source)]
    found += [(f"lines[{line.number}].fulfillment_source", line.fulfillment_source) for line in order.lines]
    places: dict[str, Problem] = {}
    for field, source in found:
        if _is_nameless(source):
            places.setdefault(source.name, Problem(field=field, value=source.name, problem=_NAMELESS))
    return tuple(places.values())


def _is_nameless(source: FulfillmentSource | None) -> TypeGuard[FulfillmentSource]:
    return source is not None and source.company is None
