"""A recording as the history that the host hands to the SDK: with ids and times, turn after turn."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sandbox.host.durable.events import Event, EventType, event, execution_started, from_wire, to_wire
from tests.replay import words
from tests.replay.recordings import ORDER_ID, Recording, Said, Turn

INSTANCE_ID = f"order-{ORDER_ID}"
EXECUTION_ID = "an-execution"
BIRTH = datetime(2026, 1, 1, 9, tzinfo=UTC)
PAUSE = timedelta(minutes=1)  # between two turns


class History:
    """The history of a recording as it grows; `now` is when its last turn has begun."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.events: list[Event] = []
        self.now = BIRTH - PAUSE
        self._fire_times: dict[int, str] = {}

    @property
    def input(self) -> str:
        """Serialized twice, as the Python client does."""
        return json.dumps(json.dumps(self.recording.input))

    def begin(self, hears: Sequence[Said]) -> list[Event]:
        """The new events of the next turn, which is the later for every timer that fires in it."""
        heard = [words.event_of(news, self._fire_times) for news in hears]
        fired = [from_wire(item["FireAt"]) for item in heard if item["EventType"] == EventType.TIMER_FIRED]
        self.now = max([self.now + PAUSE, *fired])
        started = [] if self.events else [self._started()]
        return self._at_once([event(EventType.ORCHESTRATOR_STARTED), *started, *heard])

    def end(self, begun: Sequence[Event], schedules: Sequence[Said]) -> None:
        """The turn that has begun so becomes history, with what the host has scheduled."""
        scheduled = [words.scheduling(work, self.now) for work in schedules]
        self._fire_times |= {item["EventId"]: item["FireAt"] for item in scheduled if "FireAt" in item}
        self.events += [*begun, *self._at_once([*scheduled, event(EventType.ORCHESTRATOR_COMPLETED)])]

    def _started(self) -> Event:
        return execution_started(
            name=self.recording.orchestrator,
            instance_id=INSTANCE_ID,
            execution_id=EXECUTION_ID,
            input_text=self.input,
            parent_instance_id=None,
        )

    def _at_once(self, events: Sequence[Event]) -> list[Event]:
        return [{**item, "Timestamp": to_wire(self.now)} for item in events]


def turns_of(history: Sequence[Event]) -> list[Turn]:
    """What was heard and scheduled in each turn of a history that a host has stored; what was asked is not in it."""
    turns: list[Turn] = []
    now = BIRTH
    for item in history:
        if item["EventType"] == EventType.ORCHESTRATOR_STARTED:
            now = max(from_wire(item["Timestamp"]), now) if turns else from_wire(item["Timestamp"])
            turns.append(Turn())
        elif item["EventType"] in (EventType.TASK_SCHEDULED, EventType.TIMER_CREATED):
            turns[-1] = Turn(turns[-1].hears, schedules=(*turns[-1].schedules, words.scheduled(item, now)))
        elif item["EventType"] != EventType.ORCHESTRATOR_COMPLETED and (news := words.news(item)):
            turns[-1] = Turn((*turns[-1].hears, news), schedules=turns[-1].schedules)
    return turns
