"""Orders as the operations API shows them."""

from dataclasses import dataclass
from typing import Any

from shared.domain.errors import UnknownOrder
from shared.domain.ports import OrderBook
from shared.domain.records import OrderRecord


@dataclass(frozen=True)
class OrderViews:
    """JSON-able answers. Methods that take an order id raise UnknownOrder."""

    book: OrderBook

    def find(self, source: str, external_id: str) -> list[dict[str, Any]]:
        """None or one; an order that is just being taken in is not there yet."""
        order_id = self.book.find(source, external_id)
        try:
            return [_summary(self.book.header(order_id))] if order_id else []
        except UnknownOrder:
            return []

    def recent(self, limit: int) -> list[dict[str, Any]]:
        return [_summary(record) for record in self.book.recent(limit)]

    def whole(self, order_id: str) -> dict[str, Any]:
        record = self.book.get(order_id)
        facts = record.order.model_dump(mode="json")
        return {
            **facts,
            **_summary(record),
            "problems": [problem.model_dump() for problem in record.problems],
            "marks": record.marks,
        }

    def timeline(self, order_id: str) -> dict[str, Any]:
        timeline = self.book.timeline(order_id)
        return {
            "events": [{"n": e.number, **e.model_dump(exclude={"number"})} for e in timeline.events],
            "steps": [step.model_dump() for step in timeline.steps],
        }


def _summary(record: OrderRecord) -> dict[str, Any]:
    order, position = record.order, record.position
    return {
        "order_id": order.order_id,
        "source": order.source,
        "external_id": order.external_id,
        "number": order.number,
        "flow": record.flow,
        "state": position.state.name,
        "state_reason": position.state.reason,
        "held_from": position.held_from.model_dump() if position.held_from else None,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }
