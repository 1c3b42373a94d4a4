"""Messages that were given up, kept until a person has dealt with them."""

from typing import Literal, Protocol

from shared.domain.orders import Value

Status = Literal["waiting", "replaying", "replayed"]


class DeadLetter(Value):
    """A message given up on `queue`. `body` is what is sent when it is replayed.

    `letter_id` follows from queue and message: the same message given up again is the same letter, waiting once more.
    `revision` counts the changes of the letter.
    """

    letter_id: str
    queue: str
    body: str
    why: str
    given_up_at: str  # the last time; ISO 8601, UTC
    times: int = 1
    status: Status = "waiting"
    replayed_at: str = ""  # of the last replay, also one that has only begun
    revision: int = 1


class KeptLetter(Value):
    """A letter as it was read; `version` names what was read."""

    letter: DeadLetter
    version: str


class DeadLetterStore(Protocol):
    def get(self, letter_id: str) -> KeptLetter | None: ...

    def put(self, letter: DeadLetter, version: str | None) -> bool:
        """False, and nothing is written, when it is no longer what it was at `version` (None: not there)."""
        ...

    def remove(self, letter_id: str, version: str) -> bool:
        """False when it is not there, or no longer what it was at `version`."""
        ...

    def letters(self, queue: str | None = None) -> list[DeadLetter]:
        """Given up last, first; None stands for all queues."""
        ...
