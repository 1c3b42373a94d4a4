"""How provider actions are answered, whoever performs them: once, and not while their order is held or canceled."""

from dataclasses import dataclass

from shared.application.step_keeping import StepKeeping, StepRequest, concluded
from shared.domain.actions import CANCEL_ORDER, ActionOutcome, Provider, ProviderAction
from shared.domain.events import ALERT, CANCEL_REQUESTED, ORDER_HELD, BusinessEvent
from shared.domain.orders import Order
from shared.domain.ports import ErrorEntry, OpenOrder
from shared.domain.progress import advance
from shared.domain.records import CANCELING, HELD, Change, OrderRecord
from shared.domain.results import StepAnswer, StepResult
from shared.domain.states import CANCELED


@dataclass(frozen=True)
class ActionAnswers:
    steps: StepKeeping

    def open(self, action: ProviderAction) -> OpenOrder:
        """`answer` is there when the action has been answered already. Raises UnknownOrder."""
        return self.steps.open(step_request(action))

    def without_performing(self, action: ProviderAction, opened: OpenOrder) -> StepAnswer | None:
        """The answer of an action that has one, or is not to be performed any more; None: perform it."""
        if opened.answer is not None:
            return opened.answer
        if _is_to_end(action, opened.record):
            return self._barred(action, opened, "the order is canceled, or is to be", *self._wish(opened.record))
        if action.name != CANCEL_ORDER and opened.record.marks.get(HELD):
            # Told with the answer, so that the flow knows what it must hear the end of.
            held = BusinessEvent(name=ORDER_HELD, cause=opened.record.marks[HELD], source="orchestration")
            return self._barred(action, opened, "the order is held by a person", held)
        return None

    def keep(self, action: ProviderAction, opened: OpenOrder, outcome: ActionOutcome) -> StepAnswer:
        """Store what performing it came to; an answer that is there already stands."""

        def decide(record: OrderRecord) -> Change:
            events = (*outcome.events, *self._late(action, outcome, record.order))
            order = outcome.update(record.order) if outcome.update else record.order
            if outcome.report:
                order, reported = advance(order, outcome.report)
                events = (*events, *reported)
            changed = None if order is record.order else order
            return concluded(step_request(action), outcome.result, events=events, order=changed)

        details = {"provider": action.provider, "action": action.name, **outcome.result.details}
        return self.steps.keep(step_request(action), opened, "provider_action", decide, details)

    def _late(self, action: ProviderAction, outcome: ActionOutcome, order: Order) -> tuple[BusinessEvent, ...]:
        """Alerts are on the error pages before they are stored: whoever finds them stored need not look there."""
        events = outcome.late(order) if outcome.late else ()
        for alert in (event for event in events if event.name == ALERT):
            key, message = f"{action.order_id}.{alert.cause}", alert.details["message"]
            told = ErrorEntry(
                kind="provider_action", key=key, order_id=action.order_id, step=action.step, message=message
            )
            self.steps.errors.report(told, stays=True)
        return events

    def _wish(self, record: OrderRecord) -> tuple[BusinessEvent, ...]:
        """The wish to cancel the order that is not settled yet: the flow goes on once that one is refused."""
        if not record.marks.get(CANCELING):
            return ()
        events = self.steps.book.timeline(record.order.order_id).events
        wishes = [event for event in events if event.name == CANCEL_REQUESTED][-1:]
        return tuple(BusinessEvent(name=wish.name, cause=wish.cause, source=wish.source) for wish in wishes)

    def _barred(self, action: ProviderAction, opened: OpenOrder, why: str, *events: BusinessEvent) -> StepAnswer:
        """It happened while the request was on its way; nobody has to mend it. `events` have been stored before."""
        result = StepResult.failed(action.step, why)
        barred = Change(step=result, generation=action.generation, events=events)
        return self.steps.store(step_request(action), opened, lambda _: barred)


def step_request(action: ProviderAction) -> StepRequest:
    return StepRequest(action.order_id, action.step, action.generation)


def _is_to_end(action: ProviderAction, record: OrderRecord) -> bool:
    """Nobody is to be told of an order that is to be canceled, but for the store, and who has to stop."""
    if action.name == CANCEL_ORDER:
        return False
    if record.position.state.name == CANCELED:
        return True
    return bool(record.marks.get(CANCELING)) and action.provider is not Provider.BIGCOMMERCE
