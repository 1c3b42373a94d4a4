"""Where a person deals with messages that were given up: look, edit, replay, throw away."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.application.mistakes import ANY_REVISION, InvalidRequest, StaleVersion
from shared.application.queue_messages import MESSAGES, message_of, problems_of
from shared.domain.actions import ProviderAction
from shared.domain.dead_letters import DeadLetter, DeadLetterStore, KeptLetter
from shared.domain.errors import OrderProblem
from shared.domain.ports import Clock, ErrorPages, OrderBook, Queues

_REPLAY_TAKES = timedelta(minutes=1)  # longer than sending a message does; a replay that began earlier has died


class UnknownDeadLetter(OrderProblem):
    """No message of this id is kept."""


class NotReplayable(OrderProblem):
    """Sending it again as it is would come to nothing; the message says what would help."""


@dataclass(frozen=True)
class DeadLetterDesk:
    """Every method that takes a letter's id raises UnknownDeadLetter."""

    store: DeadLetterStore
    queues: Queues
    errors: ErrorPages
    book: OrderBook
    clock: Clock

    def letters(self, queue: str | None = None) -> list[dict[str, Any]]:
        """Without their bodies, given up last first."""
        return [letter.model_dump(exclude={"body"}) for letter in self.store.letters(queue)]

    def letter(self, letter_id: str) -> dict[str, Any]:
        """With its body, and what is wrong with that."""
        return _whole(self._kept(letter_id).letter)

    def edit(self, letter_id: str, body: str, revision: int) -> dict[str, Any]:
        """Replace what will be replayed; `revision` is the one the caller has seen.

        Raises InvalidRequest for what is no message of the letter's queue, StaleVersion, NotReplayable.
        """
        kept = self._kept(letter_id, revision)
        letter = kept.letter
        if letter.status != "waiting":
            raise NotReplayable(f"{letter_id} is back on its queue since {letter.replayed_at}")
        if problems := problems_of(letter.queue, body):
            raise InvalidRequest(*problems)
        edited = letter.with_(body=body, revision=letter.revision + 1)
        if not self.store.put(edited, kept.version):
            raise StaleVersion(f"{letter_id} was changed just now")
        return _whole(edited)

    def replay(self, letter_id: str) -> dict[str, Any]:
        """Put it back on its queue, once: a letter that is back there already is answered as it is.

        Its error is resolved before, so that failing again shows. Raises NotReplayable.
        """
        while True:
            kept = self._kept(letter_id)
            if self._is_back(kept.letter):
                return _whole(kept.letter)
            self._refuse_in_vain(kept.letter)
            at = self.clock().isoformat(timespec="microseconds")
            begun = kept.letter.with_(status="replaying", replayed_at=at, revision=kept.letter.revision + 1)
            if self.store.put(begun, kept.version):
                return _whole(self._send(begun))

    def delete(self, letter_id: str, revision: int) -> None:
        """Throw it away. Raises StaleVersion."""
        kept = self._kept(letter_id, revision)
        if not self.store.remove(letter_id, kept.version):
            raise StaleVersion(f"{letter_id} was changed just now")

    def _kept(self, letter_id: str, revision: int = ANY_REVISION) -> KeptLetter:
        kept = self.store.get(letter_id)
        if kept is None:
            raise UnknownDeadLetter(f"no dead letter {letter_id}")
        if revision not in (ANY_REVISION, kept.letter.revision):
            raise StaleVersion(f"{letter_id} is at revision {kept.letter.revision} by now")
        return kept

    def _is_back(self, letter: DeadLetter) -> bool:
        began = datetime.fromisoformat(letter.replayed_at) if letter.status == "replaying" else None
        return letter.status == "replayed" or (began is not None and self.clock() - began < _REPLAY_TAKES)

    def _refuse_in_vain(self, letter: DeadLetter) -> None:
        if problems := problems_of(letter.queue, letter.body):
            raise NotReplayable(f"edit {letter.letter_id} first: {'; '.join(map(str, problems))}")
        if MESSAGES[letter.queue] is not ProviderAction:
            return
        action = ProviderAction.model_validate_json(letter.body)
        if self.book.open(action.order_id, step=(action.step, action.generation)).answer:
            raise NotReplayable(f"{action.step!r} has its answer already: reprocess order {action.order_id} instead")

    def _send(self, begun: DeadLetter) -> DeadLetter:
        for error in self.errors.entries():
            if error.details.get("dead_letter") == begun.letter_id:
                self.errors.resolve_entry(error.kind, error.key)
        # Whoever gave it up may have stored events that nobody has been told of.
        self.queues.send(begun.queue, message_of(begun.queue, begun.body).tried(), even_if_a_copy=True)
        sent = begun.with_(status="replayed", revision=begun.revision + 1)
        kept = self.store.get(begun.letter_id)
        if kept and kept.letter == begun:  # else it has been given up again by now
            self.store.put(sent, kept.version)
        return sent


def _whole(letter: DeadLetter) -> dict[str, Any]:
    problems = [problem.model_dump() for problem in problems_of(letter.queue, letter.body)]
    return {**letter.model_dump(), "problems": problems}
