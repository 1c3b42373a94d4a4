"""The backorder job: lines that wait for stock are given sources once there is some, or canceled when time is up.

Every look is an attempt of its own. It stays open until the next run has seen its end: a run may die after it reserved
units, or after it stored what they mean but before the order's flow was told.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from shared.application.provider_events import Seen
from shared.application.sourcing.deadlines import Deadlines, is_settled
from shared.application.sourcing.outcomes import listed, undecided
from shared.application.sourcing.put_off import others_go_on
from shared.application.sourcing.releasing import STEP, Released, Releasing, held_for
from shared.application.sourcing.settling import Settled, Settling
from shared.application.sourcing.telling import News
from shared.application.sourcing.unfinished import Unfinished
from shared.application.sourcing.wanted import Task
from shared.configuration import Fulfillment, UnknownStrategy
from shared.domain.errors import RejectedByProvider
from shared.domain.orders import BACKORDER_HOLD, INVENTORY_NOT_FOUND
from shared.domain.ports import Claims, Clock, OrderBook
from shared.domain.records import OrderRecord
from shared.domain.sourcing import HeldLines, HeldOrder

log = logging.getLogger(__name__)

_ABOUT_TO_HOLD = timedelta(hours=1)  # longer than an action takes from adding an order to the held ones to holding it


@dataclass(frozen=True)
class BackorderRun:
    """`seen`: the events to raise; those of the run before come once more, and those that none has told. `busy`:
    another run is at work, and this one did nothing. `put_off`: what is left to the next run, and why. The rest counts
    lines."""

    seen: tuple[News, ...] = ()
    released: int = 0
    canceled: int = 0
    waiting: int = 0
    busy: bool = False
    put_off: tuple[str, ...] = ()


@dataclass(frozen=True)
class Backorders:
    fulfillment: Fulfillment
    book: OrderBook
    claims: Claims
    held_lines: HeldLines
    settling: Settling
    unfinished: Unfinished
    deadlines: Deadlines
    releasing: Releasing
    clock: Clock

    def run(self, now: datetime) -> BackorderRun:
        """Nothing while another run is at work. What one order or strategy meets keeps the others from nothing."""
        if self.claims.take("backorders", STEP):
            return BackorderRun(busy=True)
        try:
            run = self._run(now)
        finally:
            self.claims.give_back("backorders", STEP)
        log.info("backorders: %d lines released, %d canceled, %d waiting", run.released, run.canceled, run.waiting)
        return run

    def retry(self, order_id: str, number: int | None = None) -> Seen | None:
        """Look again for the lines of one order, those too that the job does not look after; None: nothing is found.

        With `number` for that line alone; what a strategy wants of whole orders is then asked of this line.

        Raises UnknownOrder, UnknownStrategy, RejectedByProvider, TransientProviderError.
        """
        record = self.book.get(order_id)
        waiting = () if is_settled(record) else held_for(record.order, BACKORDER_HOLD, INVENTORY_NOT_FOUND)
        lines = tuple(line for line in waiting if number in (None, line.number))
        if not lines:
            return None
        task = Task(record.order, _attempt(self.clock()), lines, held=True)
        (settled,) = self.settling.settle([task], self.fulfillment.strategy(record.order.strategy), "real_time")
        if why := dict(undecided(settled)):
            raise RejectedByProvider(listed(record.order, why))
        released = self.releasing.conclude(settled) if settled.pieces else None
        return released.seen if released else None

    def _run(self, now: datetime) -> BackorderRun:
        put_off: list[str] = []
        news = list(self.unfinished.finish(put_off))
        tasks: list[Task] = []
        canceled = 0
        with others_go_on("the held orders", put_off):
            for record in self._held(now):
                with others_go_on(f"order {record.order.order_id}", put_off):
                    expired, lines = self.deadlines.cancel(record, now)
                    if expired:
                        news.append(expired)
                        canceled += lines
                    order = self.book.get(record.order.order_id).order if expired else record.order
                    if left := held_for(order, BACKORDER_HOLD):
                        tasks.append(Task(order, _attempt(now), left, held=True))
        released = list(self._release(tasks, put_off))
        count = sum(each.lines for each in released)
        return BackorderRun(
            seen=(*news, *(each.seen for each in released)),
            released=count,
            canceled=canceled,
            waiting=sum(len(task.lines) for task in tasks) - count,
            put_off=tuple(put_off),
        )

    def _held(self, now: datetime) -> Iterator[OrderRecord]:
        """An order that has had no held lines for long is not looked at again."""
        for held in self.held_lines.orders():
            record = self.book.get(held.order_id)
            if not held_for(record.order, BACKORDER_HOLD):
                self._forget(held, now)
            elif not is_settled(record):
                yield record

    def _forget(self, held: HeldOrder, now: datetime) -> None:
        if now - held.added_at > _ABOUT_TO_HOLD:
            self.held_lines.remove(held)

    def _release(self, tasks: Sequence[Task], put_off: list[str]) -> Iterator[Released]:
        by_strategy: dict[str | None, list[Task]] = {}
        for task in tasks:
            by_strategy.setdefault(task.order.strategy, []).append(task)
        for name, group in by_strategy.items():
            with others_go_on(f"strategy {name}" if name else "the default strategy", put_off):
                yield from self._together(name, group, put_off)

    def _together(self, name: str | None, tasks: Sequence[Task], put_off: list[str]) -> Iterator[Released]:
        """All orders of a strategy are planned together, those first whose lines have waited longest."""
        try:
            strategy = self.fulfillment.strategy(name)
        except UnknownStrategy as unknown:
            for task in tasks:
                self.releasing.report(task.order, str(unknown))
            return
        for settled in self.settling.settle(tasks, strategy, "batch", keep_empty=False):
            with others_go_on(f"order {settled.task.order_id}", put_off):
                if released := self._found(settled):
                    yield released

    def _found(self, settled: Settled) -> Released | None:
        """What could not be decided about an order is a person's to mend; what is reserved is released all the same."""
        order, released = settled.task.order, None
        try:
            released = self.releasing.conclude(settled) if settled.pieces else None
        except RejectedByProvider as refusal:  # while giving units back
            self.releasing.report(order, str(refusal))
        if why := dict(undecided(settled)):  # told last: whatever is released resolves the error of before
            self.releasing.report(order, listed(order, why))
        return released


def _attempt(now: datetime) -> str:
    """Every look is one of its own, be it at the same moment."""
    return f"{STEP} {now.isoformat()} {uuid4().hex[:8]}"
