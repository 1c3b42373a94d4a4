"""The status tables between F&O and Dataverse, as data (reference: finance-operations.md sections 2.1 to 2.4)."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Literal, NamedTuple

StatusMap = Literal["cds", "dynamics365"]

PROCESSING_STATUSES: Mapping[int, str] = {
    192350000: "Active",
    192350001: "Confirmed",
    192350002: "Picked",
    192350003: "Partially Delivered",
    192350004: "Delivered",
    192350005: "Invoiced",
    192350006: "Partially Invoiced",
    192350007: "Canceled",
    192350008: "Delivered and Partially Invoiced",
}
LINE_STATUSES: Mapping[int, str] = {
    192350000: "None",
    192350001: "Backorder",
    192350002: "Delivered",
    192350003: "Invoiced",
    192350004: "Canceled",
}
STATES: Mapping[int, str] = {0: "Active", 1: "Submitted", 2: "Canceled", 3: "Fulfilled", 4: "Invoiced"}
STATUS_REASONS: Mapping[int, str] = {
    1: "New",
    2: "Pending",
    3: "In Progress",
    4: "No Money",
    100001: "Complete",
    100002: "Partial",
    100003: "Invoiced",
    700970000: "In Progress",
}
REASONS_OF_STATE: Mapping[int, frozenset[int]] = {
    0: frozenset({1, 2, 700970000}),
    1: frozenset({3}),
    2: frozenset({4}),
    3: frozenset({100001, 100002}),
    4: frozenset({100003}),
}
ACTIVE, CANCELED = 192350000, 192350007


class SalesStatus(IntEnum):
    """F&O's sales status, least advanced first; `BACKORDER` means open."""

    BACKORDER = 1
    DELIVERED = 2
    INVOICED = 3
    CANCELED = 4


class DocumentStatus(IntEnum):
    """The furthest document posted so far."""

    NONE = 0
    CONFIRMATION = 1
    PICKING_LIST = 2
    PACKING_SLIP = 3
    INVOICE = 4


class DataverseStatus(NamedTuple):
    """What an order's header shows in Dataverse."""

    msdyn_processingstatus: int
    statecode: int
    statuscode: int


LINE_STATUS: Mapping[SalesStatus, int] = {
    SalesStatus.BACKORDER: 192350001,
    SalesStatus.DELIVERED: 192350002,
    SalesStatus.INVOICED: 192350003,
    SalesStatus.CANCELED: 192350004,
}

_NEW = (0, 1)
_IN_PROGRESS = (0, 700970000)
_COMPLETE = (3, 100001)
_HEADER: Mapping[tuple[SalesStatus, DocumentStatus], DataverseStatus] = {
    (SalesStatus.BACKORDER, DocumentStatus.NONE): DataverseStatus(192350000, *_NEW),
    (SalesStatus.BACKORDER, DocumentStatus.CONFIRMATION): DataverseStatus(192350001, *_IN_PROGRESS),
    (SalesStatus.BACKORDER, DocumentStatus.PICKING_LIST): DataverseStatus(192350002, *_IN_PROGRESS),
    (SalesStatus.BACKORDER, DocumentStatus.PACKING_SLIP): DataverseStatus(192350003, *_IN_PROGRESS),
    (SalesStatus.BACKORDER, DocumentStatus.INVOICE): DataverseStatus(192350006, *_IN_PROGRESS),
    (SalesStatus.DELIVERED, DocumentStatus.PACKING_SLIP): DataverseStatus(192350004, *_COMPLETE),
    (SalesStatus.INVOICED, DocumentStatus.INVOICE): DataverseStatus(192350005, 4, 100003),
}
_DELIVERED_PARTLY_INVOICED: Mapping[StatusMap, DataverseStatus] = {
    "cds": DataverseStatus(192350006, *_IN_PROGRESS),
    "dynamics365": DataverseStatus(192350008, *_COMPLETE),
}
_CANCELED = DataverseStatus(CANCELED, 2, 4)


def header_status(sales: SalesStatus, document: DocumentStatus, status_map: StatusMap) -> DataverseStatus:
    """What the header map writes; 192350008 exists in the "Dynamics 365" maps only, the CDS maps say 192350006."""
    if sales is SalesStatus.CANCELED:
        return _CANCELED
    if (sales, document) == (SalesStatus.DELIVERED, DocumentStatus.INVOICE):
        return _DELIVERED_PARTLY_INVOICED[status_map]
    return _HEADER[sales, document]
