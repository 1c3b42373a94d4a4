"""The provider actions that send an order to Finance + Operations (reference: iom.md section 2.5)."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain.actions import ActionOutcome, ProviderAction
from shared.domain.events import LINE_RESEND_REQUESTED, SENT_TO_FULFILLMENT, SENT_TO_INVOICE, BusinessEvent
from shared.domain.orders import Order, OrderLine
from shared.domain.progress import is_shipped
from shared.domain.results import StepResult
from shared.providers.finops.client import DataverseClient
from shared.providers.finops.connection import DataverseConnection
from shared.providers.finops.line_changes import changing
from shared.providers.finops.references import References
from shared.providers.finops.sending import ExplainSkip, Sending
from shared.providers.finops.status import SOURCE
from shared.providers.finops.wording import by_line, listed

_ORDER_NEEDS = ("company", "invoice_customer", "currency")
_PLACE = ("company", "shipping_site", "shipping_warehouse")
_LINE_NEEDS = ("product", "unit", *_PLACE)


@dataclass(frozen=True)
class _SendLines(ABC):
    """Sends those lines of an order that are fit to be sent (`Perform`).

    Fails without a write when a fact is missing, or when dual-write would silently skip a row. Succeeds only once F&O
    has the rows. Lines that F&O refuses keep its words in `sync_error`; the others are sent all the same. What an
    earlier run has sent is F&O's and stays as it is.
    """

    client: DataverseClient
    references: References
    explain_skip: ExplainSkip
    connection: DataverseConnection

    def __call__(self, action: ProviderAction, order: Order) -> ActionOutcome:
        prepared = tuple(map(self._prepared, order.lines))
        unfit = {line.line_id: why for line in prepared if (why := self._unfit(line))}
        lines = tuple(line for line in prepared if line.line_id not in unfit)
        if not lines:
            return self._nothing_to_send(action, order, unfit)
        if missing := [*_missing_facts(order, lines)]:
            return ActionOutcome(StepResult.failed(action.step, listed(missing)))
        sending = Sending.of(order, lines, self.client, self.references, self.connection)
        if skipped := [*sending.skipped(self.explain_skip)]:
            return ActionOutcome(StepResult.failed(action.step, listed(skipped)))
        refused = sending.send()
        sent = tuple(line for line in lines if line.line_id not in refused)
        if refused and not self._is_enough(sent):
            taken = sending.check_taken(()) if sent else frozenset[str]()
            return _Sent(action, order, lines, refused, taken).failed()
        taken = sending.check_taken(line.line_id for line in sent)
        return _Sent(action, order, lines, refused, taken).succeeded(self._event(order, lines))

    def _prepared(self, line: OrderLine) -> OrderLine:
        """The line as it is to be sent."""
        return line

    def _unfit(self, line: OrderLine) -> str:
        """Why the line is not to be sent; empty for one that is."""
        return "" if line.alive else "it is canceled"

    def _nothing_to_send(self, action: ProviderAction, order: Order, unfit: Mapping[str, str]) -> ActionOutcome:
        if not order.lines:
            return ActionOutcome(StepResult.failed(action.step, "the order has no lines"))
        message = f"there is no line to send; {by_line(order.lines, unfit)}"
        lines = [{"line": line.number, "why": unfit[line.line_id]} for line in order.lines]
        return ActionOutcome(StepResult.failed(action.step, message, lines=lines))

    def _is_enough(self, sent: Sequence[OrderLine]) -> bool:
        """Whether the step counts as done though F&O refused all lines but these."""
        return bool(sent) and self.connection.partial_lines_succeed

    @abstractmethod
    def _event(self, order: Order, lines: Sequence[OrderLine], /) -> str:
        """What has happened to the order once these lines are in F&O."""


class SendOrderToFulfillment(_SendLines):
    """Sends a whole order, which F&O then fulfills."""

    def _event(self, _order: Order, _lines: Sequence[OrderLine], /) -> str:
        return SENT_TO_FULFILLMENT


class SendOrderLinesToBilling(_SendLines):
    """Sends the lines of which somebody else has decided where they leave from: those with a shipping warehouse.

    The others wait for their source. They may be sent by a later run, when F&O may have delivered the first ones.
    """

    def _prepared(self, line: OrderLine) -> OrderLine:
        return placed_at_its_source(line)

    def _unfit(self, line: OrderLine) -> str:
        if why := super()._unfit(line):
            return why
        if line.hold:
            return f"it is on hold ({line.hold.reason})"
        return "" if line.shipping_warehouse else "it has no shipping warehouse"

    def _event(self, order: Order, lines: Sequence[OrderLine], /) -> str:
        """Goods that have left already are only accounted for."""
        return SENT_TO_INVOICE if is_shipped(order.with_(lines=tuple(lines))) else SENT_TO_FULFILLMENT


def placed_at_its_source(line: OrderLine) -> OrderLine:
    """The line with the place its fulfillment source is in F&O; the company that policies gave it stays."""
    source = line.fulfillment_source
    if line.in_finops or source is None or not source.shipping_warehouse:
        return line
    return line.with_(
        shipping_warehouse=source.shipping_warehouse,
        shipping_site=source.shipping_site or line.shipping_site,
        company=line.company or source.company,
    )


@dataclass(frozen=True)
class _Sent:
    """What came of sending `lines`, as prepared: what was said of those refused, and which lines of all F&O has."""

    action: ProviderAction
    order: Order
    lines: Sequence[OrderLine]
    refused: Mapping[str, str]
    taken: frozenset[str]

    def failed(self) -> ActionOutcome:
        count = len(self.lines) - len(self.refused)
        message = f"F&O took {count} of {len(self.lines)} lines; {by_line(self.lines, self.refused)}"
        lines = [{"line": line.number, "sku": line.sku} for line in self.lines if line.line_id in self.refused]
        result = StepResult.failed(self.action.step, message, lines=lines)
        return ActionOutcome(result, update=changing(self._changes()))

    def succeeded(self, event: str) -> ActionOutcome:
        numbers = [line.number for line in self.lines if line.line_id not in self.refused]
        details = {"number": self.order.number, "lines": numbers}
        result = StepResult.succeeded(self.action.step, by_line(self.lines, self.refused), **details)
        sent = BusinessEvent(name=event, cause=self.action.action_id, source=SOURCE, details=details)
        return ActionOutcome(result, (sent,) if numbers else (), self._tried, late=self._wishes_to_hear_of)

    def _tried(self, newest: Order) -> Order:
        """What was wished for is done, but for lines that F&O refused and a person wants once more."""
        standing = {line.line_id for line in self._wanted_once_more(newest)}
        changes = {line_id: {**new, "resend": line_id in standing} for line_id, new in self._changes().items()}
        return changing(changes)(newest)

    def _wanted_once_more(self, newest: Order) -> Iterator[OrderLine]:
        """Refused lines as this run found them, that somebody has asked for since."""
        for line in newest.lines:
            if line.line_id in self.refused and line.resend:
                found = self.order.line(line.line_id)
                if line.resends_asked > found.resends_asked:
                    yield found

    def _wishes_to_hear_of(self, newest: Order) -> tuple[BusinessEvent, ...]:
        """The flow has been told of the wish that this run began with, and of no other while that one stood."""
        return tuple(
            BusinessEvent(
                name=LINE_RESEND_REQUESTED,
                cause=f"line {line.number} after {self.action.action_id}",
                source=SOURCE,
                details={"line": line.number, "sync_error": self.refused[line.line_id]},
            )
            for line in self._wanted_once_more(newest)
            if line.resend
        )

    def _changes(self) -> dict[str, dict[str, Any]]:
        changes: dict[str, dict[str, Any]] = {line_id: {"in_finops": True} for line_id in self.taken}
        for line in self.lines:
            new = changes.setdefault(line.line_id, {})
            new["sync_error"] = self.refused.get(line.line_id)
            new |= _place_given(self.order.line(line.line_id), line)
        return changes


def _place_given(line: OrderLine, prepared: OrderLine) -> dict[str, Any]:
    """What was copied onto the line before it was sent."""
    return {name: getattr(prepared, name) for name in _PLACE if getattr(prepared, name) != getattr(line, name)}


def _missing_facts(order: Order, lines: Sequence[OrderLine]) -> Iterator[str]:
    """What must be known before these lines can be sent, a sentence for each fact that is not."""
    yield from (f"{name} of the order is not set" for name in _ORDER_NEEDS if not getattr(order, name))
    for line in lines:
        yield from (f"{name} of line {line.number} is not set" for name in _LINE_NEEDS if not getattr(line, name))
