"""Messages that nobody can read: they are shown to a person instead of failing for ever."""

import hashlib
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from shared.domain.ports import ErrorEntry, ErrorPages

SHOWN_CHARACTERS = 2_000

Message = TypeVar("Message", bound=BaseModel)


@dataclass(frozen=True)
class DeadLetters:
    errors: ErrorPages

    def read(self, queue: str, message_id: str | None, body: bytes, kind: type[Message]) -> Message | None:
        """The message that was given up on `queue`; None for one that is no `kind`: it is on the error pages now."""
        try:
            return kind.model_validate_json(body)
        except ValidationError as unreadable:
            self._report(queue, message_id, body, _why(unreadable))
            return None

    def _report(self, queue: str, message_id: str | None, body: bytes, why: str) -> None:
        key = message_id or hashlib.sha256(body).hexdigest()
        text = body[: 4 * SHOWN_CHARACTERS].decode("utf-8", "replace")[:SHOWN_CHARACTERS]
        self.errors.report(
            ErrorEntry(
                kind="inbound",
                key=f"unreadable.{queue}.{key}",
                order_id=None,
                message=f"a message on {queue} cannot be read: {why}",
                details={"queue": queue, "text": text, "why": why},
            )
        )


def _why(invalid: ValidationError) -> str:
    """One line, without the message's own values: `external_id: Field required`."""
    mistakes = invalid.errors(include_input=False, include_url=False, include_context=False)
    places = ((".".join(map(str, mistake["loc"])), mistake["msg"]) for mistake in mistakes)
    return "; ".join(f"{place}: {problem}" if place else problem for place, problem in places)
