"""Orders as the operations API shows them."""

from dataclasses import dataclass
from typing import Any

from shared.domain.ports import OrderBook
from shared.domain.records import OrderRecord, Timeline


@dataclass(frozen=True)
class OrderViews:
    """JSON-able answers. Methods that take an order id raise UnknownOrder."""

    book: OrderBook

    def recent(self, limit: int) -> list[dict[str, Any]]:
        return [summary(record) for record in self.book.recent(limit)]

    def whole(self, order_id: str) -> dict[str, Any]:
        record = self.book.get(order_id)
        facts = record.order.model_dump(mode="json")
        return {
            **facts,
            **summary(record),
            "problems": [problem.model_dump() for problem in record.problems],
            "configuration": record.configuration,
            "marks": record.marks,
        }

    def timeline(self, order_id: str) -> dict[str, Any]:
        timeline = self.book.timeline(order_id)
        return {
            "events": [{"n": e.number, **e.model_dump(exclude={"number"})} for e in timeline.events],
            "steps": _steps(timeline),
        }

    def steps(self, order_id: str) -> dict[str, Any]:
        """What every try of every step came to, oldest first; policy steps have their decisions in `details`."""
        return {"steps": _steps(self.book.timeline(order_id))}


def summary(record: OrderRecord) -> dict[str, Any]:
    """An order in a list: what it is called, where it stands and since when."""
    order, position = record.order, record.position
    return {
        "order_id": order.order_id,
        "source": order.source,
        "external_id": order.external_id,
        "number": order.number,
        "flow": record.flow,
        "state": position.state.name,
        "state_reason": position.state.reason,
        "state_since": record.state_since or record.created_at,
        "held_from": position.held_from.model_dump() if position.held_from else None,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }


def _steps(timeline: Timeline) -> list[dict[str, Any]]:
    return [step.model_dump(mode="json") for step in timeline.steps]
