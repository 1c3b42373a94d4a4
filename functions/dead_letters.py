"""What poison queues have in common: their messages have failed too often, or cannot be read at all."""

from typing import TypeVar

import azure.functions as func
from pydantic import BaseModel

from shared.bootstrap import services

Message = TypeVar("Message", bound=BaseModel)

WHY = "it failed again and again; the log of this time has the cause"


def read_dead_letter(queue: str, message: func.QueueMessage, kind: type[Message]) -> Message | None:
    """What was given up on `queue`; None when it cannot be read: it is on the error pages then."""
    return services().dead_letters.read(queue, message.id, message.get_body(), kind)
