"""What an orchestration is started with."""

from typing import TypedDict


class FlowInput(TypedDict):
    """Everything a flow must know that is not an answer of one of its steps."""

    order_id: str
    validation_policies: list[str]
    assignment_policies: list[str]
    deadline_seconds: dict[str, float]  # how long a wait may last before a person is told, by event; "*": all others
