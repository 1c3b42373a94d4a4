"""The provider actions of Flexe: send an order, cancel it (reference: flexe.md sections 3 and 4).

Flexe is not known to have an idempotency key, so safety rests on the external id: look up, adopt, else create.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import Literal

from shared.domain.actions import ActionOutcome, ProviderAction
from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.events import CANCEL_PENDING, FULFILLMENT_ORDER_CREATED, SENT_TO_FULFILLMENT, BusinessEvent
from shared.domain.identity import FLEXE
from shared.domain.orders import Order
from shared.domain.ports import Clock, Links
from shared.domain.progress import Report
from shared.domain.results import StepResult
from shared.providers.answers import RefusedCall
from shared.providers.flexe.client import FlexeClient
from shared.providers.flexe.connection import FlexeConnection
from shared.providers.flexe.errors import says_duplicate
from shared.providers.flexe.fulfillment_orders import called_off, known_as, noted, of_flexe
from shared.providers.flexe.orders import Wanted, differences, to_flexe_order, wanted_of
from shared.providers.flexe.readings import FlexeOrder
from shared.providers.flexe.status import cancel_refused, ids, second_order_alert, superfluous_alert
from shared.providers.flexe.statuses import Status, is_dead
from shared.providers.session import MAX_REASON_CHARACTERS

_NAMED = 5  # differences: a message about each of 500 lines is read by nobody
NOTHING_TO_SHIP = "nothing of the order goes by parcel"


@dataclass(frozen=True)
class SendFulfillmentOrder:
    """Makes Flexe have the order once (`Perform`).

    An order that Flexe refused or canceled keeps its external id for ever. Once we know of that, and a person asks
    again, the next try has the external id with -2, -3... after it. One that we have not heard of fails this try: a
    person should see why before the same is sent again.
    """

    client: FlexeClient
    links: Links
    connection: FlexeConnection
    now: Clock

    def __call__(self, action: ProviderAction, order: Order) -> ActionOutcome:
        wanted = wanted_of(order)
        if not wanted:
            return ActionOutcome(StepResult.failed(action.step, NOTHING_TO_SHIP))
        external_id = _name_to_send_under(order)
        # Flexe may tell of the order before its create has been answered.
        self.links.link(order.order_id, FLEXE, external_id)
        found = self._find(order, external_id) or self._create(order, wanted, external_id)
        kept, others = _oldest_alive(found)
        if kept.came_to_nothing:
            return _ended(action, kept)
        if wrong := differences(kept, wanted):
            raise RejectedByProvider(
                f"Flexe has another order {external_id} ({kept.id}) than is wanted: {'; '.join(wrong[:_NAMED])}"
            )
        return _sent(action, kept, [self._second_order(kept, other) for other in others])

    def _find(self, order: Order, external_id: str) -> list[FlexeOrder]:
        found = self.client.find_orders(external_id)
        known = known_as(order, external_id)
        return found or ([self.client.order(known.external_id)] if known and known.external_id else [])

    def _create(self, order: Order, wanted: Sequence[Wanted], external_id: str) -> list[FlexeOrder]:
        body = to_flexe_order(order, wanted, external_id, self.connection, self.now())
        try:
            return [self.client.create_order(body)]
        except RefusedCall as refusal:
            if refusal.status not in {409, 422}:
                raise
            if found := self._find(order, external_id):
                return found
            if not says_duplicate(refusal):
                raise
            raise TransientProviderError(f"Flexe has an order {external_id} and does not show it yet") from refusal

    def _second_order(self, kept: FlexeOrder, other: FlexeOrder) -> BusinessEvent:
        return second_order_alert(kept.external_id, kept.id, other.id, self._stopped(other))

    def _stopped(self, order: FlexeOrder) -> str:
        """Cancel the order, unless work on it has begun; what has become of it."""
        if order.has_shipped:
            return "has shipped"
        if order.is_dead:
            return "was canceled"
        try:
            self.client.cancel(order.id, "the same order was placed twice")
        except RefusedCall as refusal:
            if refusal.status != 409:
                raise
            return "could not be canceled"
        return "was asked to be canceled"


@dataclass(frozen=True)
class CancelFulfillmentOrder:
    """Asks Flexe to stop what it has not shipped yet (`Perform`); what came of it is in the details and events.

    Succeeds whatever Flexe answers: an order that cannot be stopped any more is no mistake of this step.
    """

    client: FlexeClient
    connection: FlexeConnection

    def __call__(self, action: ProviderAction, order: Order) -> ActionOutcome:
        answers = [self._asked(seen) for seen in self._to_cancel(action, order)]
        if not answers:
            return ActionOutcome(StepResult.succeeded(action.step, "Flexe has nothing of the order"))
        return _canceled(action, order, answers)

    def _to_cancel(self, action: ProviderAction, order: Order) -> list[FlexeOrder]:
        """What may still be alive; the last of those that are not, so that asking again has the same answer.

        An order may be at Flexe before the book knows: whoever sent it died, or has not been answered yet. It may also
        be too new to be found, so that it is looked for twice.
        """
        known = [each for each in of_flexe(order) if each.external_id]
        if alive := [each for each in known if not is_dead(each.status)]:
            return [self.client.order(each.external_id) for each in alive]
        if unheard_of := self.client.find_orders(_name_to_send_under(order)):
            return unheard_of
        if not known and action.attempt == 1:
            raise TransientProviderError(
                f"Flexe does not show an order {order.reference} (yet)", self.connection.lookup_lag_seconds
            )
        return [self.client.order(each.external_id) for each in known[-1:]]

    def _asked(self, seen: FlexeOrder) -> "_CancelAnswer":
        if seen.is_dead or seen.status is Status.CANCEL_REQUESTED:
            return _CancelAnswer(seen)
        try:
            self.client.cancel(seen.id, "the order was canceled")
        except RefusedCall as refusal:
            if refusal.status != 409:
                raise
            reason = refusal.fault.message[:MAX_REASON_CHARACTERS] or "it is at work on it"
            return _CancelAnswer(self.client.order(seen.id), reason)
        return _CancelAnswer(self.client.order(seen.id))


@dataclass(frozen=True)
class _CancelAnswer:
    """The order after it was asked to be canceled, and why Flexe would not have that ("": it would)."""

    seen: FlexeOrder
    refusal: str = ""

    @property
    def outcome(self) -> Literal["canceled", "pending", "refused"]:
        if self.seen.is_dead:
            return "canceled"
        if self.seen.status in {Status.SHIPPED, Status.DELIVERED}:
            return "refused"
        return "refused" if self.refusal and self.seen.status is not Status.CANCEL_REQUESTED else "pending"

    @property
    def message(self) -> str:
        name = self.seen.external_id
        if self.outcome == "canceled":
            return f"Flexe will ship nothing more of order {name}"
        if self.outcome == "pending":
            return f"Flexe has noted that order {name} is to be canceled"
        return f"Flexe does not cancel order {name} ({self.seen.word}): {self.refusal or 'it has shipped'}"

    def events(self, cause: str) -> tuple[BusinessEvent, ...]:
        if self.outcome == "canceled":
            return ()
        if self.outcome == "refused":
            return (cancel_refused(self.seen, cause, self.message),)
        details = {"message": self.message, **ids(self.seen)}
        return (BusinessEvent(name=CANCEL_PENDING, cause=cause, source=FLEXE, details=details),)


def _names(order: Order) -> Iterator[str]:
    """What Flexe may know the order by, in turn."""
    yield order.reference
    number = 2
    while True:
        yield f"{order.reference}-{number}"
        number += 1


def _name_to_send_under(order: Order) -> str:
    return next(name for name in _names(order) if not _is_known_dead(order, name))


def _is_known_dead(order: Order, external_id: str) -> bool:
    known = known_as(order, external_id)
    return known is not None and is_dead(known.status)


def _oldest_alive(found: Sequence[FlexeOrder]) -> tuple[FlexeOrder, list[FlexeOrder]]:
    """The order that counts, and the others: the oldest, unless it came to nothing and a younger one did not."""
    kept = next((order for order in found if not order.came_to_nothing), found[-1])
    return kept, [order for order in found if order is not kept]


def _ended(action: ProviderAction, seen: FlexeOrder) -> ActionOutcome:
    reason = seen.reason or "no reason was given"
    message = f"Flexe will not ship order {seen.external_id} ({seen.word}): {reason}"
    result = StepResult.failed(action.step, message, **ids(seen))
    return ActionOutcome(result, update=lambda newest: noted(newest, seen))


def _sent(action: ProviderAction, seen: FlexeOrder, alerts: Sequence[BusinessEvent]) -> ActionOutcome:
    """Lines may have been canceled since the order was read. Flexe cancels whole orders only, so a person is told."""

    def late(newest: Order) -> tuple[BusinessEvent, ...]:
        alert = superfluous_alert(newest, seen)
        return (alert,) if alert else ()

    details = ids(seen)
    created = BusinessEvent(name=FULFILLMENT_ORDER_CREATED, cause=seen.external_id, source=FLEXE, details=details)
    sent = BusinessEvent(name=SENT_TO_FULFILLMENT, cause=action.action_id, source=FLEXE, details=details)
    result = StepResult.succeeded(action.step, f"Flexe has order {seen.external_id}", **details)
    events = (created, sent, *alerts)
    return ActionOutcome(result, events, update=lambda newest: noted(newest, seen), late=late)


def _canceled(action: ProviderAction, order: Order, answers: Sequence[_CancelAnswer]) -> ActionOutcome:
    """What each order at Flexe was found to be is noted too: the book may not have known of it."""
    totals: dict[str, Decimal] = {}
    for answer in answers:
        if answer.outcome == "canceled":
            totals |= called_off(order, answer.seen)
    details = [{**ids(answer.seen), "outcome": answer.outcome} for answer in answers]
    message = "; ".join(answer.message for answer in answers)
    return ActionOutcome(
        StepResult.succeeded(action.step, message, orders=details),
        tuple(event for answer in answers for event in answer.events(f"{action.action_id} {answer.seen.id}")),
        update=lambda newest: reduce(noted, (answer.seen for answer in answers), newest),
        report=Report(source=FLEXE, canceled=totals, details={"orders": details}) if totals else None,
    )
