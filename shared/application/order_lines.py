"""Lines of an order as people name them: by number."""

from shared.domain.errors import OrderProblem
from shared.domain.orders import Order, OrderLine


class UnknownLine(OrderProblem):
    """The order has no line of this number."""


class NotWaiting(OrderProblem):
    """The line does not wait for stock: it is somebody's already, canceled, or not looked at yet."""


def line_numbered(order: Order, number: int) -> OrderLine:
    """Raises UnknownLine."""
    for line in order.lines:
        if line.number == number:
            return line
    raise UnknownLine(f"order {order.number} has no line {number}")
