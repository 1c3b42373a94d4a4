"""Stops an order in F&O, as far as F&O has not delivered it.

Assumed: of all processing statuses that may be written in Dataverse, F&O takes a cancellation, of everything that is
still open, or refuses it (reference: finance-operations.md section 3, the map of the status goes both ways).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.domain.actions import ActionOutcome, ProviderAction
from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.events import CANCEL_REFUSED, BusinessEvent
from shared.domain.orders import Order
from shared.domain.progress import Report, shipped
from shared.domain.results import StepResult
from shared.providers.answers import RefusedCall
from shared.providers.finops.batch import Write, unless_changed
from shared.providers.finops.client import DataverseClient, OrderRows
from shared.providers.finops.rows import LINE_CANCELED, LINE_ID, ORDERS, READY
from shared.providers.finops.sending import ExplainSkip
from shared.providers.finops.status import CANCELED, PROCESSING_STATUSES, SOURCE, STATE_CANCELED

_STATUS, _LINE_STATUS = "msdyn_processingstatus", "msdyn_linestatus"
_LINE_COLUMNS = (LINE_ID, _LINE_STATUS, "quantity", "quantityshipped", "quantitycancelled")
_REASON_CANCELED = 4  # the status reason that goes with the state
_OPEN = frozenset({192350000, 192350001})  # of a line; Delivered, Invoiced and Canceled are not
_NOTHING_LEFT_YET = frozenset({"Active", "Confirmed", "Picked", "Canceled"})
_NONE = Decimal(0)


@dataclass(frozen=True)
class CancelOrder:
    """Cancels what F&O has not delivered (`Perform`); what it has delivered stays, and so does its invoice.

    An order that F&O was never sent is closed in Dataverse, so that no late message can send it. When everything has
    left, the step succeeds with CANCEL_REFUSED: shipping was faster, and nobody has to mend anything.
    """

    client: DataverseClient
    explain_skip: ExplainSkip

    def __call__(self, action: ProviderAction, order: Order) -> ActionOutcome:
        if shipped(order) and any(each.fulfiller != SOURCE for each in order.fulfillment_orders):
            # F&O has not delivered these goods, so it would cancel them too, and never invoice them.
            return _refused(action, order, "goods that F&O is to invoice have left already")
        rows = self._read(order)
        if rows is None:
            return _canceled(action, order, "F&O never heard of the order")
        if self._is_held_back(rows):
            if not _is_settled(rows):
                self._close(rows)
            return _canceled(action, order, "F&O was never sent the order")
        try:
            rows = self._stopped(order, rows)
        except RefusedCall as refusal:
            after = self._read(order)
            if after is None or not _has_delivered(after):
                raise
            return _refused(action, order, str(refusal))
        return _concluded(action, order, rows)

    def _stopped(self, order: Order, rows: OrderRows) -> OrderRows:
        """The rows once F&O has nothing open of the order.

        Raises RefusedCall when F&O or Dataverse will not have it, RejectedByProvider when dual-write would skip it.
        """
        if _is_settled(rows):  # perhaps by an earlier run that came to its end unseen
            return rows
        if rows.header[_STATUS] is None:
            raise TransientProviderError("F&O has not taken the order yet: is the map of the headers paused?")
        wish = {_STATUS: CANCELED}
        if sentence := self.explain_skip("headers", {**rows.header, **wish}):
            raise RejectedByProvider(sentence)
        self._write(rows, wish)
        after = self._read(order)
        if after is None or not _is_settled(after):
            raise TransientProviderError("F&O has not canceled the order yet: is the map of the headers paused?")
        return after

    def _is_held_back(self, rows: OrderRows) -> bool:
        header = rows.header
        return header[_STATUS] is None and (header[READY] is not True or bool(self.explain_skip("headers", header)))

    def _close(self, rows: OrderRows) -> None:
        """Nobody can change a canceled row any more. Assumed: a plain update may set its state, as dual-write's do."""
        self._write(rows, {"statecode": STATE_CANCELED, "statuscode": _REASON_CANCELED})

    def _write(self, rows: OrderRows, columns: Mapping[str, Any]) -> None:
        header = rows.header
        self.client.write(Write(ORDERS, header["salesorderid"], columns, unless_changed(header["@odata.etag"])))

    def _read(self, order: Order) -> OrderRows | None:
        """With all columns of the header: dual-write may filter by any."""
        return self.client.order(order.order_id, None, _LINE_COLUMNS)


def _is_settled(rows: OrderRows) -> bool:
    """F&O has nothing open of the order.

    The processing status does not tell: as long as a map is paused it shows what we wish for. The state and the lines'
    status are written by F&O alone.
    """
    statuses = {line[_LINE_STATUS] for line in rows.lines} - {None}
    return rows.header["statecode"] == STATE_CANCELED or (bool(statuses) and not statuses & _OPEN)


def _has_delivered(rows: OrderRows) -> bool:
    status = PROCESSING_STATUSES.get(rows.header[_STATUS])
    return any(map(_delivered, rows.lines)) or (status is not None and status not in _NOTHING_LEFT_YET)


def _delivered(line: Mapping[str, Any]) -> Decimal:
    """Units that F&O has delivered; maps without the quantity leave it to the status."""
    units = {name: Decimal(str(line[name] or 0)) for name in ("quantity", "quantityshipped", "quantitycancelled")}
    if line[_LINE_STATUS] not in {None, LINE_CANCELED, *_OPEN} and not units["quantityshipped"]:
        return units["quantity"] - units["quantitycancelled"]
    return units["quantityshipped"]


def _concluded(action: ProviderAction, order: Order, rows: OrderRows) -> ActionOutcome:
    status = PROCESSING_STATUSES.get(rows.header[_STATUS], str(rows.header[_STATUS]))
    gone = {line[LINE_ID]: _delivered(line) for line in rows.lines}
    left = _not_gone(order, gone)
    canceled_now = any(units > order.line(line_id).quantity_canceled for line_id, units in left.items())
    if rows.header["statecode"] == STATE_CANCELED or canceled_now:
        return _canceled(action, order, f"F&O says the order is {status}", gone)
    return _refused(action, order, f"F&O says the order is {status}")


def _not_gone(order: Order, gone: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Units that will never leave, by line id. Whoever knows of more goods that have left is right."""
    known = shipped(order)
    left = {
        line.line_id: line.quantity - max(known.get(line.line_id, _NONE), gone.get(line.line_id, _NONE))
        for line in order.lines
    }
    return {line_id: units for line_id, units in left.items() if units > 0}


def _canceled(
    action: ProviderAction, order: Order, message: str, gone: Mapping[str, Decimal] | None = None
) -> ActionOutcome:
    report = Report(source=SOURCE, canceled=_not_gone(order, gone or {}), details={"message": message})
    return ActionOutcome(StepResult.succeeded(action.step, message), report=report)


def _refused(action: ProviderAction, order: Order, message: str) -> ActionOutcome:
    details = {"number": order.number, "message": message}
    event = BusinessEvent(name=CANCEL_REFUSED, cause=action.action_id, source=SOURCE, details=details)
    return ActionOutcome(StepResult.succeeded(action.step, message), (event,))
