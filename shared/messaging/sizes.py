"""How large a message may be: what the narrower transport takes, so that it may go by the other one tomorrow."""

from shared.domain.errors import OrderProblem
from shared.domain.messages import Message

MOST_BYTES = 48 * 1024  # a message of a Storage queue is at most 64 KiB, as base64


class MessageTooLarge(OrderProblem):
    """More than a queue takes; sending it again changes nothing."""


def written(queue: str, message: Message) -> str:
    """What goes on the queue. Raises MessageTooLarge."""
    body = message.model_dump_json()
    size = len(body.encode())
    if size > MOST_BYTES:
        raise MessageTooLarge(f"a message of {size} bytes for queue {queue!r}: {MOST_BYTES} is the most")
    return body
