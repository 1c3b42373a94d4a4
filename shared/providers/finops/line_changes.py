"""How the lines of an order change by what a provider action has learned of them."""

from collections.abc import Callable, Mapping
from typing import Any

from shared.domain.orders import Order, OrderLine

Changes = Mapping[str, Mapping[str, Any]]
"""Line id -> field -> value."""


def changing(changes: Changes) -> Callable[[Order], Order]:
    """Changes whatever the order has become by then; one that needs no change is given back as it is."""

    def changed(line: OrderLine) -> OrderLine:
        return line.with_(**changes.get(line.line_id, {}))

    def update(newest: Order) -> Order:
        lines = tuple(map(changed, newest.lines))
        return newest if lines == newest.lines else newest.with_(lines=lines)

    return update
