"""The words that flows are written in; the one place that speaks to the Durable SDK.

A flow hears of events in two ways. What its own steps give rise to comes with their answers. What happens outside is
raised into the orchestration as `event-{n}`, n being the event's number in the order's timeline. Names are unique
because the SDK keeps only the last buffered event of one name (reference: functions-host.md sections 9 and 18).
"""

import json
from collections import Counter
from collections.abc import Callable, Generator
from datetime import timedelta
from typing import Any, NotRequired, TypedDict, TypeVar

import azure.durable_functions as df

from shared.domain.actions import CANCEL_ORDER, Provider, ProviderAction
from shared.domain.events import (
    CANCEL_PENDING,
    CANCEL_REFUSED,
    CANCEL_REQUESTED,
    ORDER_CANCELED,
    ORDER_CONFIRMED,
    ORDER_HELD,
    ORDER_INVOICED,
    ORDER_PICKED,
    ORDER_RESUMED,
    ORDER_SHIPPED,
    REPROCESS_REQUESTED,
    STEP_FAILED,
)
from shared.domain.flow_input import FlowInput
from shared.flows.patience import comes_within

T = TypeVar("T")
Steps = Generator[Any, Any, T]

# Reaching one of these implies those before it.
MILESTONES = (ORDER_CONFIRMED, ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED)

# The store has canceled itself or is not to decide it; SAP hears of orders that have shipped.
NEVER_ASKED_TO_STOP = (Provider.BIGCOMMERCE, Provider.SAP)

# A step's own code failing (storage down, a bug): tried again this often before the order goes on hold.
STEP_RETRY = df.RetryOptions(first_retry_interval_in_milliseconds=5_000, max_number_of_attempts=6)
# What is no step's own must get through, such as putting the order on hold: half a day. A flow that gives it up has
# failed, and nobody takes its order further.
PATIENT_RETRY = df.RetryOptions(first_retry_interval_in_milliseconds=60_000, max_number_of_attempts=720)


Reaction = Callable[[str], Steps[None]]
"""What a flow does whenever an event is heard; given "" the first time, then " (2)", " (3)"... to name its steps by."""


class FlowResult(TypedDict):
    order_id: str
    outcome: str  # completed | canceled


class _Answer(TypedDict):
    success: NotRequired[bool]
    events: list[dict[str, Any]]


class _Canceled(Exception):
    """The order was canceled: the flow ends where it is."""


class OrderFlow:
    """One order's journey through one flow."""

    def __init__(self, context: df.DurableOrchestrationContext) -> None:
        self._context = context
        given: FlowInput = context.get_input()  # pyright: ignore[reportAssignmentType]
        self.order_id = given["order_id"]
        self._validation = given["validation_policies"]
        self._assignment = given["assignment_policies"]
        self._fulfillment_validation = given.get("fulfillment_validation_policies", [])
        self._deadlines = given["deadline_seconds"]
        self._is_anew = given.get("started_anew", False)
        self._settled = given.get("wishes_settled", 0)
        self._heard: dict[int, str] = {}
        self._alerts = 0
        self._told: list[Provider] = []  # who has the order, and would have to stop if it is canceled
        self._reactions: dict[str, Reaction] = {CANCEL_REQUESTED: self._cancel}
        self._reacted_to: set[int] = set()
        self._reacting_to = 0
        self._times: Counter[str] = Counter()
        self._canceling = False

    def run(self, flow: "Callable[[OrderFlow], Steps[FlowResult]]") -> Steps[FlowResult]:
        """The whole flow, from the events so far to its end."""
        try:
            self._hear((yield from self._surely("events_so_far", {"order_id": self.order_id, "after": 0})))
            self._leave_settled_wishes()
            return (yield from flow(self))
        except _Canceled:
            if len(self._told) > 1:  # the one who said so has stopped, the others may not know
                yield from self._tell_all_to_stop(" after it was canceled")
            return FlowResult(order_id=self.order_id, outcome="canceled")

    def catch_up(self) -> Steps[None]:
        """Take in what happened to an order in F&O before we had heard of it."""
        self._told.append(Provider.FINOPS)
        yield from self._step("Catch up with F&O", "catch_up_with_finops", {})

    def validate(self) -> Steps[None]:
        yield from self._step("Order Validation", "validate_order", {"policies": self._validation})

    def assign(self) -> Steps[None]:
        yield from self._step("Policy Assignment", "assign_by_policy", {"policies": self._assignment})

    def validate_fulfillment_orders(self, again: str = "") -> Steps[None]:
        """No step where the flow names no policies for it. It sends no events: they tell of the order's validation."""
        if self._fulfillment_validation:
            request = {"policies": self._fulfillment_validation}
            yield from self._step(f"Fulfillment Order Validation{again}", "assign_by_policy", request)

    def send(self, provider: Provider, action: str, *, step: str) -> Steps[None]:
        """Queue a provider action and wait for its answer."""
        if provider not in (*self._told, *NEVER_ASKED_TO_STOP):
            self._told.append(provider)

        def attempt(generation: int) -> Steps[_Answer]:
            return (yield from self._request(provider, action, step, generation))

        yield from self._until_success(step, attempt)

    def whenever(self, event: str, react: Reaction) -> None:
        """From now on, each time `event` is heard while the flow waits for something else (past ones too)."""
        self._reactions[event] = react

    def has_heard(self, event: str) -> bool:
        return event in self._heard.values()

    def until(self, event: str) -> Steps[None]:
        """Wait for `event` or a later milestone; past its deadline, alert a person and go on waiting."""
        wanted = set(MILESTONES[MILESTONES.index(event) :])
        yield from self._react()
        while not wanted & set(self._heard.values()):
            yield from self._next_event(event)
            yield from self._react()

    def reprocessed(self) -> Steps[None]:
        """In a reaction: wait for the person who mends what its event put the order on hold for.

        They may have done so already: while the flow waited for a step that had failed as well.
        """
        yield from self._until_woken_by(REPROCESS_REQUESTED, after=self._reacting_to)

    def completed(self) -> FlowResult:
        return FlowResult(order_id=self.order_id, outcome="completed")

    def _step(self, step: str, activity: str, request: dict[str, Any]) -> Steps[None]:
        def attempt(generation: int) -> Steps[_Answer]:
            whole = {"order_id": self.order_id, "step": step, "generation": generation, **request}
            return (yield from self._activity(activity, whole))

        yield from self._until_success(step, attempt)

    def _until_success(self, step: str, attempt: Callable[[int], Steps[_Answer]]) -> Steps[_Answer]:
        """Each try is one generation; between them the order is on hold until somebody asks for another."""
        generation = 1
        while True:
            try:
                answer = yield from attempt(generation)
            except Exception as failure:  # the activity failed through all its retries: the SDK raises bare Exception
                answer = yield from self._hold(step, generation, str(failure))
            self._hear(answer)
            if answer.get("success"):
                return answer
            yield from self._until_worth_another_try(answer)
            generation += 1

    def _until_worth_another_try(self, answer: _Answer) -> Steps[None]:
        """A step that did not fail was refused: a person holds the order, or wants it canceled, as its answer says."""
        at = {event["name"]: event["number"] for event in answer["events"]}
        if STEP_FAILED in at:
            yield from self._until_woken_by(REPROCESS_REQUESTED, after=at[STEP_FAILED])
        elif ORDER_HELD in at:
            yield from self._until_woken_by(ORDER_RESUMED, REPROCESS_REQUESTED, after=at[ORDER_HELD])
        else:
            yield from self._until_woken_by(CANCEL_REFUSED, after=at.get(CANCEL_REQUESTED))

    def _request(self, provider: Provider, action: str, step: str, generation: int) -> Steps[_Answer]:
        request = ProviderAction(
            order_id=self.order_id, provider=provider, name=action, step=step, generation=generation
        )
        anew = {"even_if_a_copy": True} if self._is_anew else {}  # whoever answered last time answered a failed flow
        yield from self._activity("request_provider_action", request.model_dump(mode="json") | anew)
        return (yield from self._arrival(request.action_id, step, lambda: False))

    def _hold(self, step: str, generation: int, why: str) -> Steps[_Answer]:
        request = {"order_id": self.order_id, "step": step, "generation": generation, "message": why}
        return (yield from self._surely("fail_step", request))

    def _until_woken_by(self, *events: str, after: int | None = None) -> Steps[None]:
        """By one of `events` behind the event number `after`, by default behind all that have been heard."""
        asleep_at = max(self._heard, default=0) if after is None else after
        yield from self._react_to(CANCEL_REQUESTED)
        while not any(name in events for n, name in self._heard.items() if n > asleep_at):
            yield from self._next_event(events[0])
            yield from self._react_to(CANCEL_REQUESTED)

    def _leave_settled_wishes(self) -> None:
        """They count, so that the next one's steps have names of their own."""
        settled = {n for n, name in self._heard.items() if name == CANCEL_REQUESTED and n <= self._settled}
        self._reacted_to |= settled
        self._times[CANCEL_REQUESTED] += len(settled)

    def _react(self) -> Steps[None]:
        yield from self._react_to(*self._reactions)

    def _react_to(self, *events: str) -> Steps[None]:
        """To each event once, in the order of the timeline; reacting may bring more of them."""
        while news := [n for n, name in self._heard.items() if name in events and n not in self._reacted_to]:
            number = min(news)
            self._reacted_to.add(number)
            self._reacting_to = number
            event = self._heard[number]
            self._times[event] += 1
            yield from self._reactions[event](f" ({self._times[event]})" if self._times[event] > 1 else "")

    def _cancel(self, again: str) -> Steps[None]:
        """Ask everyone who has the order to stop; whether it is canceled follows from what they say."""
        against = yield from self._tell_all_to_stop(again)
        request = {"order_id": self.order_id, "against": against}
        self._hear((yield from self._surely("conclude_cancellation", request)))
        self._canceling = False
        self._stop_if_canceled()

    def _tell_all_to_stop(self, again: str) -> Steps[str | None]:
        """The fulfiller before those who account. Once somebody cannot stop, nobody else is asked; what was said."""
        self._canceling = True
        while self._told:
            provider = self._told[-1]
            step = f"Cancel at {provider}{again}"
            answer = yield from self._until_success(step, self._stop_request(provider, step))
            against = [name for name in _names(answer) if name in (CANCEL_REFUSED, CANCEL_PENDING)]
            if against:
                return against[0]
            self._told.pop()
        return None

    def _stop_request(self, provider: Provider, step: str) -> Callable[[int], Steps[_Answer]]:
        return lambda generation: self._request(provider, CANCEL_ORDER, step, generation)

    def _next_event(self, awaited: str) -> Steps[None]:
        """Take in the next event from outside, whatever it is."""
        number = self._heard_up_to + 1
        event = yield from self._arrival(f"event-{number}", awaited, lambda: number in self._heard)
        if event is not None:
            self._hear({"events": [event]})

    @property
    def _heard_up_to(self) -> int:
        """The last event before the first that is missing."""
        return next(n for n in range(len(self._heard) + 1) if n + 1 not in self._heard)

    def _arrival(self, name: str, awaited: str, settled: Callable[[], bool]) -> Steps[Any]:
        """What is raised under `name`, None once alerts have settled it; each deadline that passes alerts a person."""
        arrival = self._context.wait_for_external_event(name)
        while not settled():
            seconds = self._deadlines.get(awaited, self._deadlines["*"])
            if (yield from comes_within(self._context, timedelta(seconds=seconds), arrival)):
                return _decoded(arrival.result)
            yield from self._alert(awaited)
        return None

    def _alert(self, awaited: str) -> Steps[None]:
        """Tell a person; the answer brings whatever was raised meanwhile and got lost on its way here."""
        self._alerts += 1
        request = {"order_id": self.order_id, "awaited": awaited, "count": self._alerts, "after": self._heard_up_to}
        self._hear((yield from self._surely("report_delay", request)))

    def _hear(self, answer: _Answer) -> None:
        for event in answer["events"]:
            self._heard[event["number"]] = event["name"]
        self._stop_if_canceled()

    def _stop_if_canceled(self) -> None:
        if self.has_heard(ORDER_CANCELED) and not self._canceling:
            raise _Canceled

    def _activity(self, name: str, request: dict[str, Any]) -> Steps[Any]:
        """Of a step, which fails when this does."""
        return (yield self._context.call_activity_with_retry(name, STEP_RETRY, request))

    def _surely(self, name: str, request: dict[str, Any]) -> Steps[Any]:
        return (yield self._context.call_activity_with_retry(name, PATIENT_RETRY, request))


def _names(answer: _Answer) -> list[str]:
    return [event["name"] for event in answer["events"]]


def _decoded(event: Any) -> Any:
    """Event data arrives as JSON text from the Python client, as a value from the management URL."""
    return json.loads(event) if isinstance(event, str) else event
