"""What a change makes of an order: decided without I/O, so that it can be decided again after a lost race."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.domain.events import BusinessEvent, TimelineEvent
from shared.domain.records import Change, OrderRecord
from shared.domain.results import EventMark, StepAnswer
from shared.domain.states import StateFramework
from shared.store.rows import EventKey, event_key, mark_of


@dataclass(frozen=True)
class Draft:
    """`events` are the new ones; `marks` has one for each event asked for, whether new or a copy."""

    record: OrderRecord
    events: tuple[TimelineEvent, ...]
    marks: tuple[EventMark, ...]
    step: StepAnswer | None


def draft(
    before: OrderRecord, change: Change, known: Mapping[EventKey, EventMark], states: StateFramework, at: str
) -> Draft | None:
    """None when `change` leaves everything as it is. An event that is `known` is a copy and moves nothing."""
    after, events = _after_events(before, change, known, states, at)
    marks = {**known, **{event_key(event): mark_of(event) for event in events}}
    asked = marks_of(change.events, marks)
    step = change.step and StepAnswer(**dict(change.step), generation=change.generation, at=at, events=asked)
    record = after.with_(
        order=after.order if change.order is None else change.order,
        flow=after.flow if change.flow is None else change.flow,
        configuration=after.configuration if change.configuration is None else change.configuration,
        problems=after.problems if change.problems is None else change.problems,
        marks={**after.marks, **change.marks},
    )
    if record == before and step is None:
        return None
    return Draft(record.with_(updated_at=at), events, asked, step)


def marks_of(events: tuple[BusinessEvent, ...], marks: Mapping[EventKey, EventMark]) -> tuple[EventMark, ...]:
    """In the order of `events`, those that have one."""
    return tuple(marks[event_key(event)] for event in events if event_key(event) in marks)


def _after_events(
    before: OrderRecord, change: Change, known: Mapping[EventKey, EventMark], states: StateFramework, at: str
) -> tuple[OrderRecord, tuple[TimelineEvent, ...]]:
    position, number = before.position, before.last_event
    events: dict[EventKey, TimelineEvent] = {}
    for event in change.events:
        if event_key(event) in known or event_key(event) in events:
            continue
        number += 1
        position, outcome = states.apply(event.name, position, change.reason)
        events[event_key(event)] = TimelineEvent(
            **dict(event),
            number=number,
            at=at,
            outcome=outcome,
            state=position.state.name,
            state_reason=position.state.reason,
        )
    after = before.with_(position=position, last_event=number)
    if position.state.name != before.position.state.name:
        after = after.with_(state_since=at)
    return after, tuple(events.values())
