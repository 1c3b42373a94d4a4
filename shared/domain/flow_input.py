"""What an orchestration is started with."""

from typing import NotRequired, TypedDict


class FlowInput(TypedDict):
    """Everything a flow must know that is not an answer of one of its steps."""

    order_id: str
    validation_policies: list[str]
    assignment_policies: list[str]
    fulfillment_validation_policies: NotRequired[list[str]]  # orders that started before there were any have none
    deadline_seconds: dict[str, float]  # how long a wait may last before a person is told, by event; "*": all others
    started_anew: NotRequired[bool]  # a flow of this order has failed, and this one goes its way again
    wishes_settled: NotRequired[int]  # then: up to this event's number, whoever wished to cancel has had an answer
