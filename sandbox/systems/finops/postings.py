"""What people do to an order in F&O: confirm, pick, pack, invoice, cancel. Each gives the order as it is afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from zlib import crc32

from sandbox.systems.finops.orders import SalesLine, SalesOrder
from sandbox.systems.finops.statuses import DocumentStatus, SalesStatus

Quantities = Mapping[int, float]
"""Line creation sequence number -> quantity."""


class PostingRefused(Exception):
    """F&O would not post this; the message says why."""


def confirm(order: SalesOrder, quantities: Quantities | None) -> SalesOrder:
    """Post a confirmation; it moves no quantities."""
    _chosen(order, quantities, "confirm", lambda line: line.wanted - line.delivered)
    return _with_document(order, DocumentStatus.CONFIRMATION)


def pick(order: SalesOrder, quantities: Quantities | None) -> SalesOrder:
    """Post a picking list."""
    chosen = _chosen(order, quantities, "pick", lambda line: line.wanted - max(line.picked, line.delivered))
    lines = {
        sequence: replace(line, picked=max(line.picked, line.delivered) + quantity)
        for sequence, (line, quantity) in chosen.items()
    }
    return _with_document(_with_lines(order, lines), DocumentStatus.PICKING_LIST)


def pack(
    order: SalesOrder, quantities: Quantities | None, tracking_number: str | None = None, carrier: str | None = None
) -> SalesOrder:
    """Post a packing slip: the goods have left.

    Without a tracking number a slip gets one of its own, always the same for the same order and slip.
    """
    chosen = _chosen(order, quantities, "pack", lambda line: line.wanted - line.delivered)
    slip = order.packing_slips + 1
    tracking = tracking_number or f"1ZDEMO{crc32(f'{order.company}/{order.number}/{slip}'.encode()):010d}"
    lines = {
        sequence: _delivered(line, quantity, tracking, carrier or "ups")
        for sequence, (line, quantity) in chosen.items()
    }
    return replace(_with_document(_with_lines(order, lines), DocumentStatus.PACKING_SLIP), packing_slips=slip)


def invoice(order: SalesOrder, quantities: Quantities | None) -> SalesOrder:
    """Post an invoice; what was not delivered yet is delivered by it, as F&O does when it invoices all quantities."""
    chosen = _chosen(order, quantities, "invoice", lambda line: line.wanted - line.invoiced)
    lines = {sequence: _invoiced(line, quantity) for sequence, (line, quantity) in chosen.items()}
    return _with_document(_with_lines(order, lines), DocumentStatus.INVOICE)


def cancel(order: SalesOrder, quantities: Quantities | None) -> SalesOrder:
    """Cancel what has not been delivered; an order without lines as a whole."""
    if order.status is SalesStatus.CANCELED:
        raise PostingRefused(f"sales order {order.number} is already canceled")
    if not order.lines:
        return replace(order, cancelled=True)
    chosen = _chosen(order, quantities, "cancel", lambda line: line.wanted - line.delivered)
    return _with_lines(
        order,
        {sequence: replace(line, cancelled=line.cancelled + quantity) for sequence, (line, quantity) in chosen.items()},
    )


def _delivered(line: SalesLine, quantity: float, tracking: str, carrier: str) -> SalesLine:
    delivered = line.delivered + quantity
    return replace(
        line,
        delivered=delivered,
        picked=max(line.picked, delivered),
        deliver_now=0,
        tracking_number=tracking,
        carrier=carrier,
    )


def _invoiced(line: SalesLine, quantity: float) -> SalesLine:
    invoiced = line.invoiced + quantity
    delivered = max(line.delivered, invoiced)
    return replace(line, invoiced=invoiced, delivered=delivered, picked=max(line.picked, delivered), deliver_now=0)


def _chosen(
    order: SalesOrder, quantities: Quantities | None, action: str, still_open: Callable[[SalesLine], float]
) -> dict[int, tuple[SalesLine, float]]:
    """The lines an action takes with their quantities: those asked for, or all that is open."""
    if order.status is SalesStatus.CANCELED:
        raise PostingRefused(f"sales order {order.number} is canceled")
    if quantities is None:
        quantities = {line.sequence: still_open(line) for line in order.lines.values() if still_open(line) > 0}
    if not quantities:
        raise PostingRefused(f"sales order {order.number} has nothing left to {action}")
    for sequence, quantity in quantities.items():
        left = still_open(order.lines[sequence])
        if not 0 < quantity <= left:
            line = f"line {sequence} of sales order {order.number}"
            raise PostingRefused(f"{line}: can't {action} {quantity:g}, {left:g} is left to {action}")
    return {sequence: (order.lines[sequence], quantity) for sequence, quantity in quantities.items()}


def _with_lines(order: SalesOrder, changed: Mapping[int, SalesLine]) -> SalesOrder:
    return replace(order, lines={**order.lines, **changed})


def _with_document(order: SalesOrder, document: DocumentStatus) -> SalesOrder:
    return replace(order, document=max(order.document, document))
