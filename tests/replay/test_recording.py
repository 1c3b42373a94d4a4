"""Recording again keeps what is still needed, and nothing that must not be kept."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.host.durable.events import EventType, event
from tests.replay.record import NotRecorded, keep, retold
from tests.replay.recordings import HISTORIES, Recording, Turn, current, earlier
from tests.replay.rehearsal import rehearsed
from tests.replay.replaying import orchestrators
from tests.replay.wire import History, turns_of

COMPLETE = Recording.load(HISTORIES / "bigcommerce_finops_finops" / "complete.json")
LONGER = replace(COMPLETE, input={**COMPLETE.input, "region": "west"})


def stored(recording: Recording) -> list[dict[str, Any]]:
    """The history as a host has it."""
    history = History(recording)
    for turn in recording.turns:
        history.end(history.begin(turn.hears), turn.schedules)
    return history.events


def test_a_history_is_told_as_it_was_recorded():
    told = retold(replace(COMPLETE, turns=()), stored(COMPLETE), orchestrators()[COMPLETE.orchestrator])

    assert told == COMPLETE


def test_a_recording_that_says_the_same_in_other_turns_is_left_as_it_is(tmp_path: Path):
    COMPLETE.save(tmp_path)
    split = replace(COMPLETE, turns=(*COMPLETE.turns, Turn()))

    assert keep(split, tmp_path) == "as before"
    assert Recording.load(next(current(tmp_path))) == COMPLETE


def test_what_was_recorded_before_is_kept_for_the_orders_that_started_then(tmp_path: Path):
    for recording in (COMPLETE, LONGER, COMPLETE):
        keep(recording, tmp_path)

    assert [Recording.load(path) for path in current(tmp_path)] == [COMPLETE]
    assert [Recording.load(path) for path in earlier(tmp_path)] == [COMPLETE, LONGER]


def test_what_was_never_released_is_not_kept(tmp_path: Path):
    for recording in (COMPLETE, LONGER):
        keep(recording, tmp_path, aside=False)

    assert [Recording.load(path) for path in current(tmp_path)] == [LONGER]
    assert [*earlier(tmp_path)] == []


@pytest.mark.parametrize("strange", ["5b1d7f0e-0000-5000-8000-000000000001", "2026-01-01T09:00", "ann@example.com"])
def test_ids_times_and_addresses_are_not_recorded(strange: str):
    with pytest.raises(NotRecorded, match="looks like"):
        retold(replace(COMPLETE, input={**COMPLETE.input, "note": strange}), [], orchestrators()[COMPLETE.orchestrator])


def test_a_history_that_today_s_code_has_not_lived_is_not_recorded():
    history = stored(COMPLETE)
    [first] = [n for n, item in enumerate(history) if item["EventType"] == EventType.TASK_SCHEDULED][:1]
    history[first] = {**event(EventType.TASK_SCHEDULED, 0, Name="another"), "Timestamp": history[first]["Timestamp"]}

    with pytest.raises(NotRecorded, match="the host has scheduled"):
        retold(replace(COMPLETE, turns=()), history, orchestrators()[COMPLETE.orchestrator])


def test_a_rehearsal_is_the_same_each_time():
    first, second = (rehearsed("overdue", orchestrators()) for _ in range(2))

    assert first == second


def test_timers_fire_when_they_are_due():
    overdue = Recording.load(HISTORIES / "bigcommerce_finops_finops" / "overdue.json")

    history = stored(overdue)

    due = {item["EventId"]: item["FireAt"] for item in history if item["EventType"] == EventType.TIMER_CREATED}
    fired = [item for item in history if item["EventType"] == EventType.TIMER_FIRED]
    assert len(fired) == 2
    assert all(item["Timestamp"] >= due[item["TimerId"]] for item in fired)
    assert [turn.schedules for turn in turns_of(history)] == [turn.schedules for turn in overdue.turns]
