"""Tells F&O what has shipped of an order it has, but did not ship itself (reference: iom.md section 2.5)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.domain.actions import ActionOutcome, ProviderAction
from shared.domain.errors import TransientProviderError
from shared.domain.events import STATUS_SENT, BusinessEvent
from shared.domain.orders import Order, OrderLine, Shipment
from shared.domain.progress import plain, shipped
from shared.domain.results import StepResult
from shared.providers.finops.batch import Write, unless_changed
from shared.providers.finops.client import DataverseClient
from shared.providers.finops.connection import AssumedColumns, DataverseConnection
from shared.providers.finops.line_changes import changing
from shared.providers.finops.rows import LINE_ID, LINES, NEW_LINE, ORDER_ID, READY, number, to_salesorderdetail
from shared.providers.finops.sending import ExplainSkip
from shared.providers.finops.status import SOURCE
from shared.providers.finops.wording import by_line, listed

SHIPPED = "quantityshipped"
_TEXT_CHARACTERS = 100  # what a text column holds whose maker asked for no more

Row = Mapping[str, Any]


@dataclass(frozen=True)
class SendOrderStatus:
    """Writes on each line how much of it has left, under which tracking numbers (`Perform`).

    Dual-write makes it the quantity to deliver now, for the packing slip that F&O posts. The header is F&O's. Only what
    differs is written, and quantities never become less: a packing slip may have said more already.
    """

    client: DataverseClient
    explain_skip: ExplainSkip
    connection: DataverseConnection

    def __call__(self, action: ProviderAction, order: Order) -> ActionOutcome:
        units = shipped(order)
        lines = [line for line in order.lines if line.line_id in units]
        if not lines:
            return ActionOutcome(StepResult.failed(action.step, "nothing of the order has left yet"))
        wanted = {line.line_id: _columns(order, line, units, self.connection.assumed_columns) for line in lines}
        there = self._read(order)
        missing = {line_id: "it is not in Dataverse" for line_id in wanted if line_id not in there}
        if missing:
            return ActionOutcome(StepResult.failed(action.step, by_line(lines, missing)))
        changed = {line_id: new for line_id in wanted if (new := _difference(wanted[line_id], there[line_id]))}
        if skipped := [*self._skipped(changed, there)]:
            return ActionOutcome(StepResult.failed(action.step, listed(skipped)))
        refused = self._write(changed, there)
        update = changing({line.line_id: {"sync_error": refused.get(line.line_id)} for line in lines})
        if refused:
            message = f"F&O took the status of {len(lines) - len(refused)} of {len(lines)} lines"
            result = StepResult.failed(action.step, f"{message}; {by_line(lines, refused)}")
            return ActionOutcome(result, update=update)
        if changed:
            self._check_written(order, wanted)
        quantities = {str(line.number): plain(units[line.line_id]) for line in lines}
        details = {"number": order.number, "quantities": quantities}
        event = BusinessEvent(name=STATUS_SENT, cause=action.action_id, source=SOURCE, details=details)
        return ActionOutcome(StepResult.succeeded(action.step, **details), (event,), update)

    def _skipped(self, changed: Mapping[str, Row], there: Mapping[str, Row]) -> Iterator[str]:
        """Why dual-write would leave out rows that are to be written, a sentence each."""
        for line_id, new in changed.items():
            if sentence := self.explain_skip("lines", {**there[line_id], **new}):
                yield sentence

    def _write(self, changed: Mapping[str, Row], there: Mapping[str, Row]) -> dict[str, str]:
        return self.client.write_each(
            [
                Write(LINES, line_id, new, unless_changed(there[line_id]["@odata.etag"]))
                for line_id, new in changed.items()
            ]
        )

    def _check_written(self, order: Order, wanted: Mapping[str, Row]) -> None:
        there = self._read(order)
        waiting = sum(line_id not in there or bool(_difference(wanted[line_id], there[line_id])) for line_id in wanted)
        if waiting:
            raise TransientProviderError(f"the status just written is not to be seen on {waiting} lines in Dataverse")

    def _read(self, order: Order) -> dict[str, Row]:
        """The lines by id, with the columns to write and those that dual-write may filter by."""
        assumed = self.connection.assumed_columns
        filtered = to_salesorderdetail(order, order.lines[0], self.connection).properties
        columns = (LINE_ID, READY, *NEW_LINE, *filtered, SHIPPED, assumed.tracking_number, assumed.carrier)
        rows = self.client.order(order.order_id, (ORDER_ID,), columns)
        return {row[LINE_ID]: row for row in rows.lines} if rows else {}


def _columns(
    order: Order, line: OrderLine, units: Mapping[str, Decimal], assumed: AssumedColumns
) -> dict[str, int | float | str]:
    """How much of the line has left in all, and in which parcels; no column for what is not known of them."""
    parcels = [parcel for parcel in order.shipments if any(item.line_id == line.line_id for item in parcel.items)]
    texts = {
        assumed.tracking_number: _joined(number for parcel in parcels for number in _tracking_numbers(parcel)),
        assumed.carrier: _joined(parcel.carrier for parcel in parcels),
    }
    return {SHIPPED: number(units[line.line_id]), **{name: text for name, text in texts.items() if text}}


def _tracking_numbers(parcel: Shipment) -> tuple[str, ...]:
    return parcel.tracking_number, *parcel.more_tracking_numbers


def _joined(texts: Iterable[str]) -> str:
    """Each once, as many as a column holds."""
    joined = ""
    for text in dict.fromkeys(filter(None, texts)):
        longer = f"{joined}, {text}" if joined else text
        if len(longer) <= _TEXT_CHARACTERS:
            joined = longer
    return joined


def _difference(wanted: Row, there: Row) -> dict[str, Any]:
    return {
        name: value
        for name, value in wanted.items()
        if (value > (there[name] or 0) if name == SHIPPED else value != there[name])
    }
