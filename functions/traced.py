"""What the flows of orders ask for, seen: each activity is a span of its order, and names it to the log."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from shared.telemetry.log_fields import log_fields
from shared.telemetry.spans import order_span

Answer = TypeVar("Answer")


def of_order(work: Callable[[dict], Answer]) -> Callable[[dict], Answer]:
    """An activity whose request has an `order_id`."""

    @wraps(work)
    def seen(request: dict) -> Answer:
        name = work.__name__
        about = {"orders.activity": name, "orders.step": str(request.get("step", ""))}
        with (
            log_fields(function=name, step=request.get("step")),
            order_span(name, request["order_id"], step_of_flow=True, attributes=about),
        ):
            return work(request)

    return seen
