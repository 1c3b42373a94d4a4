"""Keeping what a step came to: in the order book once, and on the error pages before its order goes on hold."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shared.domain.events import STEP_FAILED, BusinessEvent
from shared.domain.orders import Order, Problem
from shared.domain.ports import ErrorEntry, ErrorPages, OpenOrder, OrderBook
from shared.domain.privacy import impersonal
from shared.domain.records import Change, OrderRecord
from shared.domain.results import StepAnswer, StepResult

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StepRequest:
    """Which step of which order, and which try of it."""

    order_id: str
    step: str
    generation: int

    @property
    def key(self) -> str:
        return f"{self.step}.{self.generation}"


@dataclass(frozen=True)
class StepKeeping:
    """Opens an order for a step and keeps the step's result; the first result of a try is the only one."""

    book: OrderBook
    errors: ErrorPages

    def open(self, request: StepRequest) -> OpenOrder:
        """`answer` is there when this try of the step has one already. Raises UnknownOrder."""
        return self.book.open(request.order_id, step=(request.step, request.generation))

    def keep(
        self,
        request: StepRequest,
        opened: OpenOrder,
        kind: Literal["provider_action", "orchestration_step"],
        decide: Callable[[OrderRecord], Change],
        details: Mapping[str, Any] | None = None,
    ) -> StepAnswer:
        """`details` go with the error, on the error page of this `kind`, when the step fails.

        The error is told first: after a crash in between, an order may have an error that its next try makes up for,
        but is never on hold without one.
        """
        foreseen = decide(opened.record).step
        if foreseen and not foreseen.success:
            self._report(request, kind, impersonal(foreseen.message, opened.record.order), details or {})
        answer = self.store(request, opened, decide)
        if answer.success and foreseen and not foreseen.success:
            self.errors.resolve(request.order_id)  # somebody else was faster, and luckier
        return answer

    def store(self, request: StepRequest, opened: OpenOrder, decide: Callable[[OrderRecord], Change]) -> StepAnswer:
        """Keep a result that no person needs to hear of."""
        answer = opened.change(decide).step
        if answer is None:
            raise AssertionError(f"step {request.step} of order {request.order_id} was not kept")
        log.info("order %s: %s %s", request.order_id, request.step, "succeeded" if answer.success else "failed")
        return answer

    def _report(self, request: StepRequest, kind: str, message: str, details: Mapping[str, Any]) -> None:
        self.errors.report(
            ErrorEntry(
                kind=kind,
                key=f"{request.order_id}.{request.key}",
                order_id=request.order_id,
                step=request.step,
                message=message,
                details=dict(details),
            )
        )


def concluded(
    request: StepRequest,
    result: StepResult,
    *,
    events: tuple[BusinessEvent, ...] = (),
    order: Order | None = None,
    problems: tuple[Problem, ...] | None = None,
) -> Change:
    """The change that keeps `result`; a failure also puts the order on hold."""
    failed = () if result.success else (_failure(request, result),)
    return Change(
        order=order,
        events=(*events, *failed),
        step=result,
        generation=request.generation,
        problems=problems,
        reason=None if result.success else f"{request.step} Failed",
    )


def _failure(request: StepRequest, result: StepResult) -> BusinessEvent:
    return BusinessEvent(
        name=STEP_FAILED,
        cause=request.key,
        source="orchestration",
        details={"step": request.step, "generation": request.generation, "message": result.message},
    )
