"""Hands recorded histories to orchestrators of today, as the host does, and tells what would become of running orders.

At each waiting point a running order may be when a new release comes. Its history is then replayed: the orchestrator
must ask again for everything it has asked for, or the order breaks. The SDK compares nothing; the host compares the
kinds and names of what it has scheduled with what is asked for now, and fails the orchestration; of what is only waited
for (external events) nobody keeps a record, and a difference is an order that waits for ever.
"""

import json
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import zip_longest
from typing import Any

import azure.durable_functions as df

from functions import orchestrations
from sandbox.host.durable.events import Event, context_json, run_of_json
from sandbox.host.durable.replay import Replayed, ReplayError, replay
from sandbox.host.loader import index_functions
from tests.replay import words
from tests.replay.recordings import Recording, Said, Turn
from tests.replay.wire import EXECUTION_ID, INSTANCE_ID, History

Handle = Callable[[str], str]
"""An orchestration trigger's function: context JSON in, actions out."""


class Broken(Exception):
    """What the orchestrator answers cannot go with the history: the message says what the host would say."""


@dataclass(frozen=True)
class Answer:
    """Everything asked for since the beginning, what is to be scheduled now, the output if this is the end."""

    asks: tuple[Said, ...]
    schedules: tuple[Said, ...]
    ends: Said | None


@cache
def orchestrators() -> dict[str, Handle]:
    """Those that the app registers, by their names."""
    app = df.DFApp()
    app.register_functions(orchestrations.bp)
    return {function.name: function.call for function in index_functions(app)}


def answers(recording: Recording, handle: Handle, *, first: int = 0) -> Iterator[Answer]:
    """What `handle` answers at each waiting point from turn `first` on, its history until then being as recorded.

    Raises Broken.
    """
    history = History(recording)
    asked_at: list[datetime] = []
    for number, turn in enumerate(recording.turns):
        begun = history.begin(turn.hears)
        if number >= first:
            yield _answer(history, begun, handle, asked_at)
        asked_at += [history.now] * len(turn.asks)
        history.end(begun, turn.schedules)


def lived_on(recording: Recording, hears: tuple[Said, ...], handle: Handle) -> Recording:
    """The recording with one more turn, in which `handle` answers to the news. Raises Broken."""
    longer = replace(recording, turns=(*recording.turns, Turn(hears)))
    answer = next(answers(longer, handle, first=len(recording.turns)))
    before = asked_by(recording.turns)
    cancels = [n for n, ask in enumerate(before) if answer.asks[n : n + 1] != (ask,)]
    turn = Turn(hears, answer.asks[len(before) :], tuple(cancels), answer.schedules, answer.ends)
    lived = replace(recording, turns=(*recording.turns, turn))
    if asked_by(lived.turns) != answer.asks:
        raise Broken(f"it asks otherwise than before for what it has asked for already: {answer.asks}")
    return lived


def asked_by(turns: tuple[Turn, ...]) -> tuple[Said, ...]:
    """Everything that was asked for by the end of these turns, canceled or not."""
    asked: list[Said] = []
    for turn in turns:
        for number in turn.cancels:
            asked[number] = words.canceled(asked[number])
        asked += turn.asks
    return tuple(asked)


def breach(recording: Recording, handle: Handle) -> str | None:
    """What breaks an order that runs and is at one of these waiting points; None: nothing does.

    An orchestration that has ended is replayed no more: what would be asked for beyond its end is not compared.
    """
    number = -1
    try:
        for number, answer in enumerate(answers(recording, handle)):
            if recording.turns[number].ends is not None:
                return None
            then = asked_by(recording.turns[: number + 1])
            found = _difference([*map(words.outline, then)], [*map(words.outline, answer.asks)])
            if found:
                return _at(recording, number, f"{_fate(recording, number, handle)}: {found}")
    except Broken as broken:
        return _at(recording, number + 1, str(broken))
    return None


def difference(recording: Recording, handle: Handle) -> str | None:
    """Anything that is not as recorded, to the recorded end, inputs included. None: nothing is."""
    number = -1
    try:
        for number, answer in enumerate(answers(recording, handle)):
            turn = recording.turns[number]
            then = Answer(asked_by(recording.turns[: number + 1]), turn.schedules, turn.ends)
            found = _difference(then.asks, answer.asks) or _difference([then.ends], [answer.ends])
            if found or then != answer:
                return _at(recording, number, found or f"scheduled {then.schedules}, now {answer.schedules}")
    except Broken as broken:
        return _at(recording, number + 1, str(broken))
    return None


def _fate(recording: Recording, number: int, handle: Handle) -> str:
    """What becomes of an order whose orchestrator answers otherwise in a turn: it shows when something comes next."""
    try:
        next(answers(recording, handle, first=number + 1), None)
    except Broken as broken:
        return str(broken)
    return "nobody would notice that it is about something else now"


def _answer(history: History, begun: list[Event], handle: Handle, asked_at: list[datetime]) -> Answer:
    state = _state(history, begun, handle)
    actions = [action for group in state["actions"] for action in group]
    replayed = _replayed([*history.events, *begun], actions)
    over = replayed.reached_end and not replayed.open_ids and state["isDone"]
    return Answer(
        tuple(words.ask(action, _time(asked_at, n, history.now)) for n, action in enumerate(actions)),
        tuple(words.scheduled(item, history.now) for item in replayed.scheduled),
        state.get("output", {}) if over else None,
    )


def _state(history: History, begun: list[Event], handle: Handle) -> dict[str, Any]:
    context = context_json(
        played=[run_of_json(history.events)] if history.events else [],
        new=begun,
        input_text=history.input,
        instance_id=INSTANCE_ID,
        parent_instance_id=None,
    )
    with warnings.catch_warnings():
        # An event that comes before it is waited for is a "duplicate" to the SDK; it is kept all the same.
        warnings.filterwarnings("ignore", "Potential duplicate Task completion")
        warnings.filterwarnings("ignore", "azure.functions df_loads was called without expected")  # by the SDK
        try:
            return json.loads(handle(context))
        except Exception as error:  # whatever the orchestrator raises comes as bare Exception
            raise Broken(f"it raises {str(error).partition('$OutOfProcData$')[0].strip()}") from error


def _replayed(history: list[Event], actions: list[dict[str, Any]]) -> Replayed:
    try:
        return replay(history, actions, EXECUTION_ID)
    except ReplayError as error:
        raise Broken(f"the host fails the orchestration: {error}") from error


def _time(asked_at: list[datetime], number: int, now: datetime) -> datetime:
    return asked_at[number] if number < len(asked_at) else now


def _difference(then: Sequence[Any], now: Sequence[Any]) -> str | None:
    """The first elements of two lists that differ, as JSON."""
    for n, (one, other) in enumerate(zip_longest(then, now)):
        if one != other:
            recorded, today = (json.dumps(each, sort_keys=True) for each in (one, other))
            return f"number {n}\n  recorded: {recorded}\n  now:      {today}"
    return None


def _at(recording: Recording, turn: int, what: str) -> str:
    heard = json.dumps(recording.turns[turn].hears)
    return f"{recording.orchestrator}/{recording.course}, turn {turn}, hearing {heard}: {what}"
