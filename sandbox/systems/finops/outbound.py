"""F&O to Dataverse: the columns an order or line shows there (reference: finance-operations.md sections 2 and 3)."""

from collections.abc import Mapping
from typing import Any

from sandbox.systems.finops.orders import SalesLine, SalesOrder
from sandbox.systems.finops.statuses import ACTIVE, LINE_STATUS, StatusMap, header_status
from sandbox.systems.finops.store import Row

ITEM_BASED = 192350000


def header_columns(order: SalesOrder, status_map: StatusMap, row: Row | None) -> dict[str, Any]:
    """What the header map writes; an order that is merely Active keeps the status reason it has in Dataverse."""
    status = header_status(order.status, order.document, status_map)
    columns = {"msdyn_salesordernumber": order.number, **status._asdict()}
    if status.msdyn_processingstatus == ACTIVE and row is not None and row["statecode"] == 0:
        del columns["statuscode"]
    return columns


def line_columns(line: SalesLine) -> dict[str, Any]:
    """What the line map writes; quantities and tracking only once there are any."""
    columns: dict[str, Any] = {"sequencenumber": line.sequence, "msdyn_linestatus": LINE_STATUS[line.status]}
    if line.delivered:
        columns["quantityshipped"] = line.delivered
    if line.cancelled:
        columns["quantitycancelled"] = line.cancelled
    if line.tracking_number:
        columns |= {"msdyn_trackingnumber": line.tracking_number, "msdyn_carrier": line.carrier}
    return columns


def changed(columns: Mapping[str, Any], row: Row) -> dict[str, Any]:
    """Those columns whose value differs from the row's."""
    return {name: value for name, value in columns.items() if row[name] != value}
