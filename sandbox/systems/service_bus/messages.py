"""A message as the broker keeps it."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class DeadLetter:
    """Why a message was set aside, in the words of whoever did it."""

    reason: str | None
    description: str | None


@dataclass
class Message:
    """What the sender sent, as AMQP bytes, and what the broker knows of it. Times are seconds since 1970."""

    content: bytes
    message_id: str | None
    session_id: str | None
    time_to_live: timedelta | None
    scheduled_for: float | None
    sequence_number: int = 0
    enqueued_at: float = 0.0
    expires_at: float | None = None
    delivery_count: int = 0
    """How often it was delivered and came back."""
    dead_letter: DeadLetter | None = None
