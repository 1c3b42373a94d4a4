"""The order together with what has become of it, as the order book keeps it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from shared.domain.events import BusinessEvent, TimelineEvent
from shared.domain.orders import Order, Problem, Value
from shared.domain.results import EventMark, StepAnswer, StepResult
from shared.domain.states import NOWHERE, Position

CANCELING = "canceling"
"""The mark of an order to be canceled: "requested", "pending" once a system has noted it, "" when settled."""

HELD = "held"
"""The mark of an order a person holds: the cause of the event by which they did, "" when it goes on."""


class OrderRecord(Value):
    """An order in the book.

    `marks` is what a handler must remember of an outside system (such as the last F&O status it saw), by its own keys.
    `configuration` is the version of the configuration whose flow and policies it goes by; 0: the current one.
    `state_since` is when it came into its state (not its reason). All times are ISO 8601, UTC.
    """

    order: Order
    position: Position = NOWHERE
    flow: str | None = None
    configuration: int = 0
    last_event: int = 0
    problems: tuple[Problem, ...] = ()
    marks: dict[str, str] = {}
    created_at: str = ""
    updated_at: str = ""
    state_since: str = ""


@dataclass(frozen=True)
class Change:
    """What should become of an order, decided from its record; None and empty mean "leave as it is".

    `events` are appended and moved through the state framework in order; `reason` replaces the state reason they set.
    `step` is stored once: a step of that (step, generation) that is there already wins, and nothing else is written.
    """

    order: Order | None = None
    events: tuple[BusinessEvent, ...] = ()
    step: StepResult | None = None
    generation: int = 1
    flow: str | None = None
    configuration: int | None = None
    problems: tuple[Problem, ...] | None = None
    marks: dict[str, str] = field(default_factory=dict)
    reason: str | None = None


@dataclass(frozen=True)
class Changed:
    """The record after a change, the marks of the events asked for (copies too), the stored step."""

    record: OrderRecord
    events: tuple[EventMark, ...]
    step: StepAnswer | None = None


Decide = Callable[[OrderRecord], Change | None]


@dataclass(frozen=True)
class Timeline:
    """Everything that happened to an order, in order."""

    events: tuple[TimelineEvent, ...]
    steps: tuple[StepAnswer, ...]
