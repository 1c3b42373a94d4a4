"""Dataverse as the status event handler sees it: rows of orders with their processing status."""

from decimal import Decimal
from typing import Any

from shared.application.finops_changes import ChangeMessage
from shared.domain.orders import Order
from shared.providers.finops.client import DataverseClient, OrderRows

ACTIVE, CONFIRMED, PICKED, PARTIALLY_DELIVERED = (192350000 + n for n in (0, 1, 2, 3))
DELIVERED, INVOICED, CANCELED = (192350000 + n for n in (4, 5, 7))


class Dataverse(DataverseClient):
    """Shows rows as a test sets them up."""

    def __init__(self) -> None:
        self._rows: dict[str, OrderRows] = {}
        self._orders_of_lines: dict[str, str] = {}
        self.fault: Exception | None = None
        self.looks = 0

    def has(self, order: Order, status: int | None = ACTIVE, **line_columns: Any) -> None:
        header = {"salesorderid": order.order_id, "msdyn_processingstatus": status, "statecode": 0, "statuscode": 1}
        lines = tuple(
            {
                "salesorderdetailid": line.line_id,
                "quantity": Decimal(1),
                "quantityshipped": None,
                "msdyn_linestatus": None,
                "tracking_number": None,
                "carrier": None,
                **line_columns,
            }
            for line in order.lines
        )
        self._rows[order.order_id] = OrderRows(header, lines)
        self._orders_of_lines |= {line.line_id: order.order_id for line in order.lines}

    def order_status(self, order_id: str) -> OrderRows | None:
        self.looks += 1
        if self.fault:
            raise self.fault
        return self._rows.get(order_id)

    def order_id_of_line(self, line_id: str) -> str | None:
        return self._orders_of_lines.get(line_id)


def change_of(order: Order) -> ChangeMessage:
    return ChangeMessage(entity="salesorder", row_id=order.order_id, order_row_id=order.order_id)
