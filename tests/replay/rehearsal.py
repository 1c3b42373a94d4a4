"""Courses that a sandbox would take hours for, in memory: the real SDK and the host's replay, a made-up world."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from functions.orchestrations import newest
from shared.domain.events import (
    CANCEL_REFUSED,
    CANCEL_REQUESTED,
    LINE_RESEND_REQUESTED,
    ORDER_CANCELED,
    ORDER_CONFIRMED,
    ORDER_INVOICED,
    ORDER_PICKED,
    ORDER_SHIPPED,
    REPROCESS_REQUESTED,
)
from shared.domain.flow_input import FlowInput
from shared.flows.order_flow import STEP_RETRY
from tests.flows.in_memory import (
    AN_ORDER,
    VALIDATING_FULFILLMENT,
    ActivityFailed,
    Context,
    Task,
    World,
    complete,
)
from tests.replay.recordings import ORDER_ID, Recording, Said
from tests.replay.replaying import Handle, asked_by, lived_on

SENDING, CANCELING = "Send order to fulfillment", "Cancel at finops"
ON_ITS_WAY = (ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED)
MOST_TURNS = 200


@dataclass(frozen=True)
class Rehearsal:
    """`world` makes the world anew, in which an order of `flow` lives that was started with `start`."""

    world: Callable[[], World]
    flow: str = "bigcommerce_finops_finops"
    start: FlowInput = field(default_factory=lambda: AN_ORDER)


REHEARSALS: Mapping[str, Rehearsal] = {
    # Nothing comes for two deadlines.
    "overdue": Rehearsal(lambda: World(deque(ON_ITS_WAY), silent=2)),
    # F&O takes longer to answer than the deadline.
    "answer_overdue": Rehearsal(lambda: World(deque(ON_ITS_WAY), slow={SENDING: 1})),
    # An event is found in the timeline at the deadline.
    "raise_got_lost": Rehearsal(lambda: World(deque(ON_ITS_WAY), lost={ORDER_PICKED})),
    # The code of a step fails at every try: the order is on hold, and reprocessed.
    "code_failed_and_reprocessed": Rehearsal(
        lambda: World(
            deque([REPROCESS_REQUESTED, *ON_ITS_WAY]), broken={"validate_order": STEP_RETRY.max_number_of_attempts}
        )
    ),
    "code_failed_once": Rehearsal(lambda: World(deque(ON_ITS_WAY), broken={"assign_by_policy": 1})),
    # F&O refuses, a person cancels, F&O cannot be told of that at first, and a person tries again.
    "canceled_while_it_waits_for_somebody": Rehearsal(
        lambda: World(deque([CANCEL_REQUESTED, REPROCESS_REQUESTED]), failing={SENDING: 1, CANCELING: 1})
    ),
    # It is not sent because it is to be canceled, and then it cannot be.
    "barred_by_a_cancellation": Rehearsal(
        lambda: World(
            deque([CANCEL_REQUESTED, *ON_ITS_WAY]), barred={SENDING: 1}, brings={CANCELING: (CANCEL_REFUSED,)}
        )
    ),
    # Who has canceled it says so; the other fulfiller has to be told.
    "canceled_by_one_of_two": Rehearsal(
        lambda: World(deque([ORDER_CONFIRMED, ORDER_CANCELED])), flow="finops_flexe_finops"
    ),
    # F&O has refused lines, and a person wants them sent again, twice.
    "lines_sent_again": Rehearsal(
        lambda: World(
            deque([LINE_RESEND_REQUESTED, ORDER_PICKED, LINE_RESEND_REQUESTED, ORDER_SHIPPED, ORDER_INVOICED])
        )
    ),
    # Policies of a merchant judge fulfillment orders.
    "fulfillment_orders_validated": Rehearsal(
        lambda: World(deque([ORDER_SHIPPED, ORDER_INVOICED])),
        flow="bigcommerce_flexe_finops",
        start=VALIDATING_FULFILLMENT,
    ),
}


def rehearsed(course: str, handles: Mapping[str, Handle]) -> Recording:
    """The whole life of an order in the world of `course`, one piece of news each turn."""
    rehearsal = REHEARSALS[course]
    orchestrator = newest(rehearsal.flow)
    handle, stage = handles[orchestrator], _Stage(rehearsal)
    recording = lived_on(Recording(orchestrator, course, {**rehearsal.start, "order_id": ORDER_ID}), (), handle)
    while not recording.is_over:
        assert len(recording.turns) < MOST_TURNS, f"{course} does not end"
        recording = lived_on(recording, (stage.news(recording),), handle)
    return recording


class _Stage:
    """Lets the world answer whatever an orchestration waits for: flows wait for one thing at a time."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self._context = Context(rehearsal.world(), rehearsal.start)

    def news(self, recording: Recording) -> Said:
        asked = asked_by(recording.turns)
        work = recording.turns[-1].schedules[-1]
        if "call" in work:
            return self._called(work["id"], next(ask for ask in reversed(asked) if "call" in ask))
        if "call" in asked[-1]:  # the pause before another try
            return {"fired": work["id"]}
        awaited = next(part["event"] for ask in reversed(asked) for part in ask.get("first of", ()) if "event" in part)
        return self._raced(work["id"], awaited)

    def _called(self, task: int, call: Said) -> Said:
        try:
            result = complete(self._context, Task("activity", call["call"], call["input"]))
        except ActivityFailed as failure:
            return {"failed": task, "reason": f"Activity function '{call['call']}' failed:  {failure}"}
        return {"done": task, "result": result}

    def _raced(self, deadline: int, awaited: str) -> Said:
        event, timer = Task("event", awaited), Task("timer", result=self._context.world.now)
        winner = complete(self._context, Task("any", result=[event, timer]))
        return {"raised": awaited, "data": event.result} if winner is event else {"fired": deadline}
