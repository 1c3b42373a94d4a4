"""Runs a flow in memory: the orders' world answers at once, the deadline of a wait passes when nothing else comes."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from azure.durable_functions import RetryOptions

from shared.domain.events import NEW_ORDER
from shared.domain.flow_input import FlowInput
from shared.flows.order_flow import FlowResult, OrderFlow, Steps

AN_ORDER: FlowInput = {
    "order_id": "5b1d7f0e-0000-5000-8000-000000000001",
    "validation_policies": ["Validate order header"],
    "assignment_policies": ["Assign order data"],
    "deadline_seconds": {"*": 3600.0},
}

VALIDATING_FULFILLMENT: FlowInput = {**AN_ORDER, "fulfillment_validation_policies": ["Validate fulfillment orders"]}


@dataclass
class Task:
    """What the SDK hands to an orchestrator for later."""

    kind: str
    name: str = ""
    result: Any = None
    canceled: bool = False
    attempts: int = 1

    def cancel(self) -> None:
        self.canceled = True


@dataclass
class World:
    """Answers a flow's calls and remembers them.

    `outside` are the events that come from outside, one whenever the flow waits for one; `failing` names steps and how
    often they fail before they succeed; `broken` activities raise so often, retries included. `brings` names the events
    a step gives rise to, each time it succeeds; `slow` steps let so many deadlines pass before they answer; `barred`
    ones are refused so often, without a hold, because the order is to be canceled; `held` ones because a person holds
    it.
    """

    outside: deque[str]
    failing: dict[str, int] = field(default_factory=dict)
    broken: dict[str, int] = field(default_factory=dict)
    brings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    slow: dict[str, int] = field(default_factory=dict)
    barred: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    silent: int = 0  # how many deadlines pass before anything comes from outside
    lost: set[str] = field(default_factory=set)  # events whose raise into the flow got lost
    copies: list[str] = field(default_factory=list)  # steps whose requests are sent even if they are copies
    steps: list[str] = field(default_factory=list)
    timeline: list[str] = field(default_factory=lambda: [NEW_ORDER])
    timers: list[Task] = field(default_factory=list)
    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def happen(self, name: str) -> dict[str, Any]:
        self.timeline.append(name)
        return {"number": len(self.timeline), "name": name}

    def answer(self, step: str) -> dict[str, Any]:
        if self.failing.get(step, 0):
            self.failing[step] -= 1
            self.steps.append(f"{step} failed")
            return {"success": False, "events": [self.happen("Orchestration Step Failed")]}
        if self.barred.get(step, 0):
            self.barred[step] -= 1
            self.steps.append(f"{step} barred")
            return {"success": False, "events": []}
        if self.held.get(step, 0):
            self.held[step] -= 1
            self.steps.append(f"{step} held")
            return {"success": False, "events": [self.happen("Order Held")]}
        self.steps.append(step)
        return {"success": True, "events": [self.happen(name) for name in self.brings.get(step, ())]}


class Context:
    """The part of the SDK's orchestration context that flows use."""

    def __init__(self, world: World, start: FlowInput) -> None:
        self.world, self._start = world, start
        self.pending: dict[str, str] = {}

    @property
    def current_utc_datetime(self) -> datetime:
        return self.world.now

    def get_input(self) -> FlowInput:
        return self._start

    def call_activity_with_retry(self, name: str, retry: RetryOptions, request: dict[str, Any]) -> Task:
        return Task("activity", name, request, attempts=retry.max_number_of_attempts)

    def wait_for_external_event(self, name: str) -> Task:
        return Task("event", name)

    def create_timer(self, fire_at: datetime) -> Task:
        timer = Task("timer", result=fire_at)
        self.world.timers.append(timer)
        return timer

    def task_any(self, tasks: list[Task]) -> Task:
        return Task("any", result=tasks)


@dataclass
class Run:
    result: FlowResult
    steps: list[str]
    world: World


def run_flow(flow: Callable[[OrderFlow], Steps[FlowResult]], world: World, start: FlowInput = AN_ORDER) -> Run:
    context = Context(world, start)
    steps = OrderFlow(context).run(flow)  # pyright: ignore[reportArgumentType] # the part of a context that flows use
    answer: Any = None
    fault: Exception | None = None
    while True:
        try:
            task = steps.throw(fault) if fault else steps.send(answer)
        except StopIteration as end:
            return Run(end.value, world.steps, world)
        answer, fault = None, None
        try:
            answer = complete(context, task)
        except ActivityFailed as failure:
            fault = failure


class ActivityFailed(Exception):
    pass


def complete(context: Context, task: Task) -> Any:
    """What comes of a task; of a race, the task that wins it. Raises ActivityFailed."""
    world = context.world
    if task.kind == "activity":
        return _run_activity(context, task)
    event, timer = task.result
    if event.name in context.pending:
        return _answered(context, event, timer)
    return _race(world, event, timer)


def _answered(context: Context, answer: Task, timer: Task) -> Task:
    world, step = context.world, context_step(answer.name)
    if world.slow.get(step, 0):
        world.slow[step] -= 1
        world.now = max(world.now, timer.result)
        return timer
    context.pending.pop(answer.name)
    answer.result = world.answer(step)
    return answer


def context_step(action_id: str) -> str:
    """`{order}.{step}.{generation}` names its step."""
    return action_id.split(".", 1)[1].rsplit(".", 1)[0]


def _run_activity(context: Context, task: Task) -> Any:
    world, name, request = context.world, task.name, task.result
    if left := world.broken.get(name, 0):
        world.broken[name] = max(0, left - task.attempts)
        if left >= task.attempts:
            raise ActivityFailed(f"{name} is broken")
    if name == "events_so_far":
        return {"events": _events(world, after=request["after"])}
    if name == "report_delay":
        world.steps.append(f"overdue: {request['awaited']}")
        world.happen("Order Alert")
        return {"events": _events(world, after=request["after"])}
    if name == "request_provider_action":
        step = f"{request['order_id']}.{request['step']}.{request['generation']}"
        context.pending[step] = request["provider"] + "." + request["name"]
        if request.get("even_if_a_copy"):
            world.copies.append(request["step"])
        return None
    if name == "conclude_cancellation":
        world.steps.append(f"cancellation concluded: {request['against']}")
        return {"events": [] if request["against"] else [world.happen("Order Canceled")]}
    if name == "fail_step":
        world.steps.append(f"{request['step']} given up: {request['message']}")
        return {"success": False, "events": [world.happen("Orchestration Step Failed")]}
    return world.answer(request["step"])


def _race(world: World, event: Task, timer: Task) -> Task:
    """The next event from outside wins, unless silence is asked for or its raise is lost."""
    if world.silent or not world.outside:
        if not world.silent:
            raise AssertionError(f"the flow waits for {event.name}, but nothing more happens: {world.timeline}")
        world.silent -= 1
        world.now = max(world.now, timer.result)
        return timer
    number = int(event.name.removeprefix("event-"))
    while number > len(world.timeline):
        name = world.outside.popleft()
        mark = world.happen(name)
        if name in world.lost:
            world.now += timedelta(hours=1)
            return timer
        world.steps.append(name.lower())
        if mark["number"] == number:
            event.result = mark
    if event.result is None:
        event.result = {"number": number, "name": world.timeline[number - 1]}
    return event


def _events(world: World, after: int) -> list[dict[str, Any]]:
    return [{"number": n, "name": name} for n, name in enumerate(world.timeline, 1) if n > after]
