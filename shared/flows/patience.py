"""Waiting in an orchestration for as long as it takes, by timers that every task hub can cancel."""

from collections.abc import Generator
from datetime import timedelta
from typing import Any

import azure.durable_functions as df

# On Azure Storage the SDK cuts timers of more than six days into pieces, does not cancel the one that is under way, and
# has whatever the flow does next wait behind it, for days (reference: functions-host.md section 6).
LONGEST_TIMER = timedelta(days=5)
# A timer may fire a moment early; and flows that began before this rule had one timer for all of their wait.
_NEARLY = timedelta(minutes=1)


def comes_within(
    context: df.DurableOrchestrationContext, patience: timedelta, arrival: Any
) -> Generator[Any, Any, bool]:
    """Whether the task `arrival` is done before patience is over, however long that is."""
    deadline = context.current_utc_datetime + patience
    while True:
        timer = context.create_timer(min(deadline, context.current_utc_datetime + LONGEST_TIMER))
        winner = yield context.task_any([arrival, timer])
        if winner is arrival:
            timer.cancel()  # pyright: ignore[reportAttributeAccessIssue] # create_timer's task is a TimerTask
            return True
        if deadline - context.current_utc_datetime < _NEARLY:
            return False
