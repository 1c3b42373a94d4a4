"""What a step of an orchestration leaves behind."""

from typing import Any

from shared.domain.orders import Value


class StepResult(Value):
    """Success or failure of one step, with details for the person who must act."""

    step: str
    success: bool
    message: str = ""
    details: dict[str, Any] = {}

    @classmethod
    def succeeded(cls, step: str, message: str = "", **details: Any) -> "StepResult":
        return cls(step=step, success=True, message=message, details=details)

    @classmethod
    def failed(cls, step: str, message: str, **details: Any) -> "StepResult":
        return cls(step=step, success=False, message=message, details=details)


class EventMark(Value):
    """Which event of the order's timeline: enough for a flow to know that it has heard of it."""

    number: int
    name: str


class StepAnswer(StepResult):
    """A step result as kept in the order book and told to the flow: when, which try, and the events it gave rise to."""

    generation: int
    at: str  # ISO 8601, UTC
    events: tuple[EventMark, ...] = ()
