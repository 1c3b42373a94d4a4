"""The words that flows are written in; the one place that speaks to the Durable SDK.

A flow hears of events in two ways. What its own steps give rise to comes with their answers. What happens outside is
raised into the orchestration as `event-{n}`, n being the event's number in the order's timeline. Names are unique
because the SDK keeps only the last buffered event of one name (reference: functions-host.md sections 9 and 18).
"""

import json
from collections.abc import Callable, Generator
from datetime import timedelta
from typing import Any, NotRequired, TypedDict, TypeVar

import azure.durable_functions as df

from shared.domain.actions import Provider, ProviderAction
from shared.domain.events import (
    ORDER_CANCELED,
    ORDER_CONFIRMED,
    ORDER_INVOICED,
    ORDER_PICKED,
    ORDER_SHIPPED,
    REPROCESS_REQUESTED,
)
from shared.domain.flow_input import FlowInput

T = TypeVar("T")
Steps = Generator[Any, Any, T]

# Reaching one of these implies those before it.
MILESTONES = (ORDER_CONFIRMED, ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED)

# A step's own code failing (storage down, a bug): tried again this often before the order goes on hold.
STEP_RETRY = df.RetryOptions(first_retry_interval_in_milliseconds=5_000, max_number_of_attempts=6)
# Putting the order on hold must get through: half a day.
HOLD_RETRY = df.RetryOptions(first_retry_interval_in_milliseconds=60_000, max_number_of_attempts=720)


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
        self._deadlines = given["deadline_seconds"]
        self._heard: dict[int, str] = {}
        self._alerts = 0

    def run(self, flow: "Callable[[OrderFlow], Steps[FlowResult]]") -> Steps[FlowResult]:
        """The whole flow, from the events so far to its end."""
        try:
            self._hear((yield from self._activity("events_so_far", {"order_id": self.order_id, "after": 0})))
            return (yield from flow(self))
        except _Canceled:
            return FlowResult(order_id=self.order_id, outcome="canceled")

    def catch_up(self) -> Steps[None]:
        """Take in what happened to an order in F&O before we had heard of it."""
        yield from self._step("Catch up with F&O", "catch_up_with_finops", {})

    def validate(self) -> Steps[None]:
        yield from self._step("Order Validation", "validate_order", {"policies": self._validation})

    def assign(self) -> Steps[None]:
        yield from self._step("Policy Assignment", "assign_by_policy", {"policies": self._assignment})

    def send(self, provider: Provider, action: str, *, step: str) -> Steps[None]:
        """Queue a provider action and wait for its answer."""

        def attempt(generation: int) -> Steps[_Answer]:
            request = ProviderAction(
                order_id=self.order_id, provider=provider, name=action, step=step, generation=generation
            )
            yield from self._activity("request_provider_action", request.model_dump(mode="json"))
            return _decoded((yield self._context.wait_for_external_event(request.action_id)))

        yield from self._until_success(step, attempt)

    def until(self, event: str) -> Steps[None]:
        """Wait for `event` or a later milestone; past its deadline, alert a person and go on waiting."""
        wanted = set(MILESTONES[MILESTONES.index(event) :])
        while not wanted & set(self._heard.values()):
            yield from self._next_event(event)

    def completed(self) -> FlowResult:
        return FlowResult(order_id=self.order_id, outcome="completed")

    def _step(self, step: str, activity: str, request: dict[str, Any]) -> Steps[None]:
        def attempt(generation: int) -> Steps[_Answer]:
            whole = {"order_id": self.order_id, "step": step, "generation": generation, **request}
            return (yield from self._activity(activity, whole))

        yield from self._until_success(step, attempt)

    def _until_success(self, step: str, attempt: Callable[[int], Steps[_Answer]]) -> Steps[None]:
        """Each try is one generation; between them the order is on hold until somebody asks for another."""
        generation = 1
        while True:
            try:
                answer = yield from attempt(generation)
            except Exception as failure:  # the activity failed through all its retries: the SDK raises bare Exception
                answer = yield from self._hold(step, generation, str(failure))
            self._hear(answer)
            if answer.get("success"):
                return
            yield from self._until_reprocessed()
            generation += 1

    def _hold(self, step: str, generation: int, why: str) -> Steps[_Answer]:
        request = {"order_id": self.order_id, "step": step, "generation": generation, "message": why}
        return (yield self._context.call_activity_with_retry("fail_step", HOLD_RETRY, request))

    def _until_reprocessed(self) -> Steps[None]:
        failed_at = max(self._heard, default=0)
        while not any(name == REPROCESS_REQUESTED for n, name in self._heard.items() if n > failed_at):
            yield from self._next_event(REPROCESS_REQUESTED)

    def _next_event(self, awaited: str) -> Steps[None]:
        """Take in the next event from outside, whatever it is."""
        number = 1 + next(n for n in range(len(self._heard) + 1) if n + 1 not in self._heard)
        arrival = self._context.wait_for_external_event(f"event-{number}")
        while number not in self._heard:
            seconds = self._deadlines.get(awaited, self._deadlines["*"])
            deadline = self._context.create_timer(self._context.current_utc_datetime + timedelta(seconds=seconds))
            winner = yield self._context.task_any([arrival, deadline])
            if winner is arrival:
                deadline.cancel()  # pyright: ignore[reportAttributeAccessIssue] # create_timer's task is a TimerTask
                self._hear({"events": [_decoded(arrival.result)]})
            else:
                yield from self._alert(awaited, after=number - 1)

    def _alert(self, awaited: str, after: int) -> Steps[None]:
        """Tell a person; the answer brings whatever was raised meanwhile and got lost on its way here."""
        self._alerts += 1
        request = {"order_id": self.order_id, "awaited": awaited, "count": self._alerts, "after": after}
        self._hear((yield from self._activity("report_delay", request)))

    def _hear(self, answer: _Answer) -> None:
        for event in answer["events"]:
            self._heard[event["number"]] = event["name"]
        if ORDER_CANCELED in self._heard.values():
            raise _Canceled

    def _activity(self, name: str, request: dict[str, Any]) -> Steps[Any]:
        return (yield self._context.call_activity_with_retry(name, STEP_RETRY, request))


def _decoded(event: Any) -> Any:
    """Event data arrives as JSON text from the Python client, as a value from the management URL."""
    return json.loads(event) if isinstance(event, str) else event
