"""Keeping messages that were given up, with all they said, so that a person can mend and replay them."""

import hashlib
import logging
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from shared.application.queue_messages import first_attempt
from shared.domain.dead_letters import DeadLetter, DeadLetterStore, KeptLetter
from shared.domain.ports import Clock, ErrorEntry, ErrorPages
from shared.telemetry.messages import note_outcome

Message = TypeVar("Message", bound=BaseModel)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DeadLetters:
    errors: ErrorPages
    store: DeadLetterStore
    clock: Clock

    def keep(self, queue: str, body: str, why: str) -> str:
        """Keep what was given up on `queue`; the letter's id. Kept twice, it is one letter."""
        letter_id = _letter_id(queue, first_attempt(queue, body))
        while True:
            kept = self.store.get(letter_id)
            if self.store.put(self._given_up(letter_id, queue, body, why, kept), kept.version if kept else None):
                note_outcome("given up")
                # An alert of infra/ goes by these words.
                log.error("message given up on queue %s: dead letter %s", queue, letter_id)
                return letter_id

    def read(self, queue: str, body: bytes, kind: type[Message]) -> Message | None:
        """The message that was given up on `queue`; None for one that is no `kind`: it is on the error pages now."""
        try:
            return kind.model_validate_json(body)
        except ValidationError as unreadable:
            self.set_aside(queue, body, _why(unreadable))
            return None

    def set_aside(self, queue: str, body: bytes, why: str) -> None:
        """Keep what cannot be read, and tell on the error pages `why`."""
        letter_id = self.keep(queue, body.decode("utf-8", "backslashreplace"), f"it cannot be read: {why}")
        self.errors.report(
            ErrorEntry(
                kind="inbound",
                key=f"unreadable.{letter_id}",
                order_id=None,
                message=f"a message on {queue} cannot be read: {why}",
                details={"queue": queue, "why": why, "dead_letter": letter_id},
            )
        )

    def _given_up(self, letter_id: str, queue: str, body: str, why: str, kept: KeptLetter | None) -> DeadLetter:
        """What a person has edited and not replayed yet stays as it is."""
        edited = kept.letter.body if kept and kept.letter.status == "waiting" else None
        return DeadLetter(
            letter_id=letter_id,
            queue=queue,
            body=edited or first_attempt(queue, body),
            why=why,
            given_up_at=self.clock().isoformat(timespec="microseconds"),
            times=kept.letter.times + 1 if kept else 1,
            replayed_at=kept.letter.replayed_at if kept else "",
            revision=kept.letter.revision + 1 if kept else 1,
        )


def _letter_id(queue: str, message: str) -> str:
    return f"{queue}.{hashlib.sha256(message.encode()).hexdigest()[:32]}"


def _why(invalid: ValidationError) -> str:
    """One line, without the message's own values: `external_id: Field required`."""
    mistakes = invalid.errors(include_input=False, include_url=False, include_context=False)
    places = ((".".join(map(str, mistake["loc"])), mistake["msg"]) for mistake in mistakes)
    return "; ".join(f"{place}: {problem}" if place else problem for place, problem in places)
