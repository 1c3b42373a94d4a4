"""Keeping messages that were given up, with all they said, so that a person can mend and replay them.

Of those that cannot be read, no more is kept than fits and than a person may see.
"""

import hashlib
import logging
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from shared.application.queue_messages import first_attempt
from shared.domain.dead_letters import DeadLetter, DeadLetterStore, KeptLetter
from shared.domain.ports import Clock, ErrorEntry, ErrorPages
from shared.domain.wording import one_line
from shared.messaging.sizes import MOST_BYTES
from shared.telemetry.messages import note_outcome

Message = TypeVar("Message", bound=BaseModel)
log = logging.getLogger(__name__)

_MOST_REASON_CHARACTERS = 1_000


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
        """Keep what cannot be read, cut to what fits, and tell on the error pages `why`."""
        self._tell_of_unreadable(queue, _cut(body), why)

    def set_aside_unseen(self, queue: str, body: bytes, why: str) -> None:
        """The same, of what may hold data of persons: of its body nothing is kept."""
        self._tell_of_unreadable(queue, f"{len(body)} bytes that are not kept, SHA-256 {_digest(body)}", why)

    def _tell_of_unreadable(self, queue: str, body: str, why: str) -> None:
        why = one_line(why, most=_MOST_REASON_CHARACTERS)  # it may list very many mistakes
        letter_id = self.keep(queue, body, f"it cannot be read: {why}")
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


def _cut(body: bytes) -> str:
    """Whole when it is no larger than what we put on a queue: so many bytes, whatever they are, fit into a row."""
    kept = body[:MOST_BYTES].decode("utf-8", "backslashreplace")
    if len(body) <= MOST_BYTES:
        return kept
    return f"{kept} (cut: the first {MOST_BYTES} of {len(body)} bytes, SHA-256 {_digest(body)})"


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _why(invalid: ValidationError) -> str:
    """One line, without the message's own values: `external_id: Field required`."""
    mistakes = invalid.errors(include_input=False, include_url=False, include_context=False)
    places = ((".".join(map(str, mistake["loc"])), mistake["msg"]) for mistake in mistakes)
    return "; ".join(f"{place}: {problem}" if place else problem for place, problem in places)
