"""Attempts that have begun and that nobody has seen the end of: their runs may have died anywhere.

What such a run had planned is reserved first, under the same keys, be it only to learn what is to be given back. With
that an attempt ends, before the next one is looked at: which of two has a unit too much shows when one of them is over.
That its order's flow may not have been told stays open under another name, until it was.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from shared.application.sourcing.attempts import Attempts
from shared.application.sourcing.deadlines import EXPIRY
from shared.application.sourcing.leftovers import Leftovers
from shared.application.sourcing.put_off import others_go_on
from shared.application.sourcing.releasing import STEP, Releasing
from shared.application.sourcing.settling import Settling
from shared.application.sourcing.telling import News, to_be_told_again
from shared.domain.errors import RejectedByProvider
from shared.domain.ports import OrderBook
from shared.domain.results import StepAnswer
from shared.domain.states import CANCELED

_UNTOLD = "Untold events of"


@dataclass(frozen=True)
class Unfinished:
    book: OrderBook
    attempts: Attempts
    settling: Settling
    leftovers: Leftovers
    releasing: Releasing

    def finish(self, put_off: list[str]) -> Iterator[News]:
        """All events of orders whose flows may not have been told the last of them.

        What cannot be ended now is tried again by the next run: a refusal of the inventory service is a person's to
        look at, any other problem is added to `put_off`. The flow hears in any case of what has been stored.
        """
        with others_go_on("what earlier runs have left", put_off):
            for order_id, attempt in self.attempts.open():
                over = self._is_over(order_id, attempt, put_off)
                if attempt.startswith((STEP, EXPIRY, _UNTOLD)):
                    yield from self._news(order_id, attempt, over=over)
                elif over:
                    self.attempts.end(order_id, attempt)

    def _news(self, order_id: str, attempt: str, *, over: bool) -> Iterator[News]:
        events = self.book.timeline(order_id).events
        so_far = tuple(event.mark for event in events)
        if over:
            yield News(order_id, so_far, told=partial(self.attempts.end, order_id, self._untold(order_id, attempt)))
        elif any(event.cause == attempt for event in events):
            yield News(order_id, so_far, told=to_be_told_again)

    def _untold(self, order_id: str, attempt: str) -> str:
        """What is to be ended once the flow was told, of an attempt that is over: itself, where it has no units."""
        if not attempt.startswith(STEP):
            return attempt
        untold = f"{_UNTOLD} {attempt}"
        self.attempts.begin(order_id, untold)
        self.attempts.end(order_id, attempt)
        return untold

    def _is_over(self, order_id: str, attempt: str, put_off: list[str]) -> bool:
        with others_go_on(f"order {order_id}", put_off):
            try:
                return self._finished(order_id, attempt)
            except RejectedByProvider as refusal:
                self.releasing.report(self.book.get(order_id).order, str(refusal))
        return False

    def _finished(self, order_id: str, attempt: str) -> bool:
        """Until its step is answered, it is in the hands of whoever performs the action.

        Raises RejectedByProvider, TransientProviderError.
        """
        if attempt.startswith((EXPIRY, _UNTOLD)):
            return True
        of_job = attempt.startswith(STEP)
        if not of_job and not self._is_answered(order_id, attempt):
            return False
        record = self.book.get(order_id)
        settled = self.settling.finish(record.order, attempt)
        if of_job:
            self.releasing.conclude(settled)
        else:
            ended = record.position.state.name == CANCELED
            self.leftovers.give_back(record.order, over=attempt, ended=ended)
        if settled.rejection:
            raise RejectedByProvider(settled.rejection)
        return True

    def _is_answered(self, order_id: str, attempt: str) -> bool:
        return any(_is_of(step, attempt) for step in self.book.timeline(order_id).steps)


def _is_of(step: StepAnswer, attempt: str) -> bool:
    return f"{step.step}.{step.generation}" == attempt
