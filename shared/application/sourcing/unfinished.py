"""Attempts that have begun and that nobody has seen the end of: their runs may have died anywhere.

What such a run had planned is reserved first, under the same keys, be it only to learn what is to be given back.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.application.provider_events import Seen
from shared.application.sourcing.attempts import Attempts
from shared.application.sourcing.deadlines import EXPIRY
from shared.application.sourcing.leftovers import Leftovers
from shared.application.sourcing.releasing import STEP, Releasing
from shared.application.sourcing.settling import Settling
from shared.domain.errors import RejectedByProvider
from shared.domain.ports import OrderBook
from shared.domain.results import StepAnswer
from shared.domain.states import CANCELED


@dataclass(frozen=True)
class Unfinished:
    book: OrderBook
    attempts: Attempts
    settling: Settling
    leftovers: Leftovers
    releasing: Releasing

    def finish(self) -> Iterator[Seen]:
        """Events of orders whose flows may not have been told. Raises TransientProviderError.

        An attempt the inventory service refuses to end is a person's to look at, and tried again.
        """
        for order_id, attempt in self.attempts.open():
            try:
                if attempt.startswith((STEP, EXPIRY)):
                    yield self._of_job(order_id, attempt)
                else:
                    self._of_step(order_id, attempt)
            except RejectedByProvider as refusal:
                self.releasing.report(self.book.get(order_id).order, str(refusal))

    def _of_job(self, order_id: str, attempt: str) -> Seen:
        if attempt.startswith(STEP):
            self.releasing.conclude(self.settling.finish(self.book.get(order_id).order, attempt))
        so_far = tuple(event.mark for event in self.book.timeline(order_id).events)
        self.attempts.end(order_id, attempt)
        return Seen(order_id, so_far)

    def _of_step(self, order_id: str, attempt: str) -> None:
        """Until its step is answered, it is in the hands of whoever performs the action."""
        if not any(_is_of(step, attempt) for step in self.book.timeline(order_id).steps):
            return
        record = self.book.get(order_id)
        self.settling.finish(record.order, attempt)
        ended = record.position.state.name == CANCELED
        self.leftovers.give_back(record.order, over=attempt, ended=ended)
        self.attempts.end(order_id, attempt)


def _is_of(step: StepAnswer, attempt: str) -> bool:
    return f"{step.step}.{step.generation}" == attempt
