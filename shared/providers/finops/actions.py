"""The provider actions of Finance + Operations (reference: iom.md section 2.5)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from shared.domain.actions import ActionOutcome, ProviderAction
from shared.domain.events import SENT_TO_FULFILLMENT, BusinessEvent
from shared.domain.orders import Order
from shared.domain.results import StepResult
from shared.providers.finops.client import DataverseClient
from shared.providers.finops.connection import DataverseConnection
from shared.providers.finops.references import References
from shared.providers.finops.sending import ExplainSkip, Sending
from shared.providers.finops.status import SOURCE
from shared.providers.finops.wording import listed

_ORDER_NEEDS = ("company", "invoice_customer", "currency")
_LINE_NEEDS = ("product", "unit", "company", "shipping_site", "shipping_warehouse")


@dataclass(frozen=True)
class SendOrderToFulfillment:
    """Sends a whole order, which F&O then fulfills (`Perform`).

    Fails without a write when a fact is missing, or when dual-write would silently skip a row. Succeeds only once F&O
    has the rows. Lines that F&O refuses keep its words in `sync_error`; the others are sent all the same.
    """

    client: DataverseClient
    references: References
    explain_skip: ExplainSkip
    connection: DataverseConnection

    def __call__(self, action: ProviderAction, order: Order) -> ActionOutcome:
        if missing := [*missing_facts(order)]:
            return ActionOutcome(StepResult.failed(action.step, listed(missing)))
        sending = Sending.of(order, self.client, self.references, self.connection)
        if skipped := [*sending.skipped(self.explain_skip)]:
            return ActionOutcome(StepResult.failed(action.step, listed(skipped)))
        refused = sending.send()
        sent = len(order.lines) - len(refused)
        if refused and not (sent and self.connection.partial_lines_succeed):
            return self._failed(action, order, refused)
        sending.check_taken(line.line_id for line in order.lines if line.line_id not in refused)
        return self._succeeded(action, order, refused)

    def _failed(self, action: ProviderAction, order: Order, refused: Mapping[str, str]) -> ActionOutcome:
        sent = len(order.lines) - len(refused)
        message = f"F&O took {sent} of {len(order.lines)} lines; {_in_words(order, refused)}"
        lines = [{"line": line.number, "sku": line.sku} for line in order.lines if line.line_id in refused]
        return ActionOutcome(StepResult.failed(action.step, message, lines=lines), update=_sync_errors(order, refused))

    def _succeeded(self, action: ProviderAction, order: Order, refused: Mapping[str, str]) -> ActionOutcome:
        details = {"number": order.number, "lines": len(order.lines) - len(refused)}
        result = StepResult.succeeded(action.step, _in_words(order, refused), **details)
        event = BusinessEvent(name=SENT_TO_FULFILLMENT, cause=action.action_id, source=SOURCE, details=details)
        return ActionOutcome(result, (event,), _sync_errors(order, refused))


def missing_facts(order: Order) -> Iterator[str]:
    """What must be known of an order before it can be sent, a sentence for each fact that is not."""
    if not order.lines:
        yield "the order has no lines"
    yield from (f"{name} of the order is not set" for name in _ORDER_NEEDS if not getattr(order, name))
    for line in order.lines:
        yield from (f"{name} of line {line.number} is not set" for name in _LINE_NEEDS if not getattr(line, name))


def _in_words(order: Order, refused: Mapping[str, str]) -> str:
    return listed([f"line {line.number}: {refused[line.line_id]}" for line in order.lines if line.line_id in refused])


def _sync_errors(order: Order, refused: Mapping[str, str]) -> Callable[[Order], Order] | None:
    """Notes what was refused now and clears what no longer is; None when there is nothing to note or clear."""
    if not refused and not any(line.sync_error for line in order.lines):
        return None
    return lambda newest: newest.with_(
        lines=tuple(line.with_(sync_error=refused.get(line.line_id)) for line in newest.lines)
    )
