"""What giving up has in common: the message is kept, and a person told where. It failed too often, or is unreadable."""

from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel

from shared.bootstrap import services

Message = TypeVar("Message", bound=BaseModel)
Told = TypeVar("Told")

WHY = "it failed again and again; the log of this time has the cause"


def read_dead_letter(queue: str, body: bytes, kind: type[Message]) -> Message | None:
    """What was given up on `queue`; None when it cannot be read: it is on the error pages then."""
    return services().dead_letters.read(queue, body, kind)


def give_up(queue: str, message: Message, why: str, tell: Callable[[Message, str, str], Told]) -> Told:
    """Keep the message, then `tell(message, why, id of the dead letter)`."""
    return tell(message, why, services().dead_letters.keep(queue, message.model_dump_json(), why))
