"""The state framework: which event moves an order from which state to which (reference: iom.md section 6).

Transitions are data. A row may refuse to start at certain reasons: picked and packed share a state, and a late picking
must not move a packed order back. An order on hold remembers what it was held from: events that arrive meanwhile move
that remembered state, so that releasing the order shows what has become of it.
"""

from collections.abc import Iterable
from typing import Literal

from shared.domain.orders import Value

NEW = "New"
IN_PROGRESS = "In Progress"
ON_HOLD = "On Hold"
FULFILLMENT_IN_PROCESS = "Fulfillment in Process"
COMPLETED = "Completed"
CANCELED = "Canceled"
HELD_BY_OPERATOR = "Held by Operator"  # the reason of an order on hold that nothing else holds
STATES = (NEW, IN_PROGRESS, ON_HOLD, FULFILLMENT_IN_PROCESS, COMPLETED, CANCELED)
TERMINAL = frozenset({COMPLETED, CANCELED})

Outcome = Literal["applied", "ignored", "recorded"]


class State(Value):
    name: str
    reason: str


class Position(Value):
    """Where an order stands: its state and, while on hold, the state it was held from."""

    state: State
    held_from: State | None = None


class Transition(Value):
    """One row set: `event` moves an order from any of `sources` to `target`.

    `hold` puts it aside (its state is kept), `release` brings back what was put aside; both ignore `target.name`.
    `sources` may name "(none)": an order that has no state yet. The row does not start at a state whose reason is in
    `unless_reasons`. With "On Hold" among the sources, `held_from` limits what the order may have been held from.
    """

    event: str
    sources: tuple[str, ...]
    target: str = ""
    reason: str = ""
    hold: bool = False
    release: bool = False
    unless_reasons: tuple[str, ...] = ()
    held_from: tuple[str, ...] = ()

    def starts_at(self, state: State, held_from: State | None = None) -> bool:
        if held_from and self.held_from and held_from.name not in self.held_from:
            return False
        return state.name in self.sources and state.reason not in self.unless_reasons


NOWHERE = Position(state=State(name="(none)", reason=""))


class StateFramework:
    """The transition table, asked one event at a time."""

    def __init__(self, transitions: Iterable[Transition]) -> None:
        self._by_event: dict[str, list[Transition]] = {}
        for transition in transitions:
            self._by_event.setdefault(transition.event, []).append(transition)

    def apply(self, event: str, position: Position, reason: str | None = None) -> tuple[Position, Outcome]:
        """The position after `event`, and whether it moved the order.

        No row speaks of the event: recorded. Rows exist but none starts at the present state: the event is stale
        and ignored. `reason` overrides the row's reason (a failed step names itself).
        """
        rows = self._by_event.get(event)
        if not rows:
            return position, "recorded"
        for row in rows:
            moved = _move(row, position, reason)
            if moved is not None:
                return moved, "applied"
        return position, "ignored"

    @property
    def events(self) -> frozenset[str]:
        return frozenset(self._by_event)


def _move(row: Transition, position: Position, reason: str | None) -> Position | None:
    if row.release:
        return Position(state=position.held_from) if position.held_from else None
    behind = position.held_from or position.state
    if row.hold:
        held = State(name=ON_HOLD, reason=reason or row.reason)
        return Position(state=held, held_from=behind) if row.starts_at(behind) else None
    target = State(name=row.target, reason=reason or row.reason)
    if row.starts_at(position.state, position.held_from):
        return Position(state=target)
    if position.held_from and row.starts_at(behind):
        return position.with_(held_from=target)
    return None
