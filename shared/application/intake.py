"""Takes orders in: pull, check, store, choose the flow. Whatever is wrong with an order, it is stored and visible."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from shared.application.cancellation import Cancellation
from shared.configuration import AmbiguousFlow
from shared.configuration.in_force import ConfigurationInForce
from shared.domain.errors import OrderProblem, RejectedByProvider, UnknownOrder
from shared.domain.events import AWAITING_PAYMENT, INTAKE_FAILED, NEW_ORDER, BusinessEvent
from shared.domain.flow_input import FlowInput
from shared.domain.identity import FINOPS, instance_id_for, order_id_for
from shared.domain.orders import Order, Problem
from shared.domain.ports import ErrorEntry, ErrorPages, OrderBook
from shared.domain.records import CANCELING, Change, Changed, OrderRecord
from shared.domain.results import EventMark
from shared.domain.sources import IntakeMessage, OrderSource, PulledOrder, Readiness
from shared.domain.states import ON_HOLD, TERMINAL
from shared.telemetry.metrics import INTAKE, count

log = logging.getLogger(__name__)


class StillWrong(OrderProblem):
    """The order in its source cannot be taken in; the message names every problem."""


@dataclass(frozen=True)
class FlowStart:
    """An orchestration that must exist. `is_new`: the order has just got its flow, so none can have ended already."""

    flow: str
    instance_id: str
    input: FlowInput
    is_new: bool


@dataclass(frozen=True)
class Taken:
    """What became of an intake message: a flow to be started, events to be raised into a running one, or neither."""

    order_id: str
    start: FlowStart | None = None
    events: tuple[EventMark, ...] = ()


@dataclass(frozen=True)
class OrderIntake:
    book: OrderBook
    errors: ErrorPages
    sources: Mapping[str, OrderSource]
    configuration: ConfigurationInForce
    cancellation: Cancellation

    def take(self, message: IntakeMessage) -> Taken:
        """Raises TransientProviderError when the source cannot be read now."""
        try:
            return self._take(message)
        except RejectedByProvider as refusal:
            self.give_up(message, str(refusal))
            return Taken(order_id_for(message.source, message.external_id))

    def start_anew(self, order_id: str) -> FlowStart | None:
        """What the order's flow is started with whose first one has failed; None when it never had one.

        Raises UnknownOrder. Steps that have their answers are not performed again.
        """
        return self._start(self.book.header(order_id), is_new=False, started_anew=True)

    def mend(self, held: OrderRecord) -> None:
        """Read an order on hold again: what its source has put right meanwhile counts when it is tried again.

        Only before policies have assigned it and before a fulfiller has it; later, others have heard of it as it is.
        Raises StillWrong, TransientProviderError, RejectedByProvider.
        """

        def mended(record: OrderRecord) -> Change | None:
            """Read each time: whoever was faster may have seen more."""
            if not _may_be_mended(record):
                return None
            pulled = self.sources[record.order.source].pull(record.order.external_id)
            if pulled.problems:
                raise StillWrong(_listed(pulled.problems))
            return Change(order=pulled.order) if pulled.readiness is Readiness.READY else None

        if _may_be_mended(held):
            self.book.change(held.order.order_id, mended)

    def give_up(self, message: IntakeMessage, why: str, dead_letter: str = "") -> None:
        """The source could not be read for too long: a person must look; reprocessing the entry tries again."""
        _count(message.source, "unreadable")
        order_id = order_id_for(message.source, message.external_id)
        text = f"order could not be read from {message.source}: {why}"
        details = {"dead_letter": dead_letter} if dead_letter else {}
        self._report(order_id, message.external_id, text, source=message.source, **details)

    def _take(self, message: IntakeMessage) -> Taken:
        order_id = order_id_for(message.source, message.external_id)
        known = self._known(order_id)
        if known and known.position.state.name in TERMINAL:
            _count(message.source, "ended")
            return Taken(order_id, events=self.cancellation.of(order_id) if message.canceled else ())
        if known and known.flow:
            _count(message.source, "on its way")
            return self._on_its_way(known, message)
        pulled = self.sources[message.source].pull(message.external_id)
        if pulled.readiness is Readiness.READY:
            return self._ready(known, pulled)
        _count(message.source, pulled.readiness)
        if pulled.readiness is Readiness.WAITING:
            event = BusinessEvent(name=AWAITING_PAYMENT, cause="intake", source=message.source)
            self._store(known, pulled.order, Change(events=(event,)))
        elif pulled.readiness is Readiness.CANCELED and known:
            return Taken(order_id, events=self.cancellation.canceled_at_source(order_id, message.source))
        elif pulled.readiness is Readiness.ELSEWHERE and known:
            done = f"order {known.order.number} was shipped or refunded in {message.source} without us: cancel it here"
            self._report(order_id, message.external_id, done, source=message.source)
        log.info("order %s: %s at %s", order_id, pulled.readiness, message.source)
        return Taken(order_id)

    def _known(self, order_id: str) -> OrderRecord | None:
        try:
            return self.book.header(order_id)
        except UnknownOrder:
            return None

    def _on_its_way(self, known: OrderRecord, message: IntakeMessage) -> Taken:
        order_id = known.order.order_id
        events: tuple[EventMark, ...] = ()
        if message.canceled:
            pulled = self.sources[message.source].pull(message.external_id)
            if pulled.readiness is Readiness.CANCELED:
                events = self.cancellation.canceled_at_source(order_id, message.source)
        return Taken(order_id, self._start(known, is_new=False), events)

    def _ready(self, known: OrderRecord | None, pulled: PulledOrder) -> Taken:
        flow, problems = self._flow_for(pulled)
        if flow is None and not problems:
            self._note(pulled.order)
            return Taken(pulled.order.order_id)
        if problems:
            return self._refused(known, pulled.order, problems)
        event = BusinessEvent(name=NEW_ORDER, cause="intake", source=pulled.order.source)
        begun = Change(events=(event,), flow=flow, configuration=self.configuration.number, problems=())
        record = self._store(known, pulled.order, begun).record
        self.errors.resolve(record.order.order_id)
        _count(record.order.source, "started")
        return Taken(record.order.order_id, self._start(record, is_new=True))

    def _note(self, order: Order) -> None:
        """None of ours; to be found by whoever misses it, and taken in by reprocessing once a flow would take it."""
        _count(order.source, "left alone")
        log.info("order %s of %s is none of ours: no flow takes it", order.order_id, order.source)
        message = f"order {order.number} of {order.source} is left alone: no published flow takes it"
        noted = ErrorEntry(
            kind="inbound",
            key=f"untaken.{order.order_id}",
            order_id=order.order_id,
            external_id=order.external_id,
            message=message,
            details={"source": order.source},
            status="noted",
        )
        self.errors.report(noted)

    def _flow_for(self, pulled: PulledOrder) -> tuple[str | None, tuple[Problem, ...]]:
        if pulled.problems:
            return None, pulled.problems
        try:
            flow = self.configuration.current.flow_for(pulled.order)
        except AmbiguousFlow as ambiguity:
            return None, (Problem(field="flow", value=None, problem=str(ambiguity)),)
        if flow is None and not self.sources[pulled.order.source].takes_all:
            return None, ()
        if flow is None:
            return None, (Problem(field="flow", value=None, problem="no published flow takes this order"),)
        return flow.name, ()

    def _refused(self, known: OrderRecord | None, order: Order, problems: tuple[Problem, ...]) -> Taken:
        message = _listed(problems)
        _count(order.source, "on hold")
        event = BusinessEvent(
            name=INTAKE_FAILED,
            cause=hashlib.sha256(message.encode()).hexdigest(),  # the same refusal again is no news
            source=order.source,
            details={"problems": [problem.model_dump() for problem in problems]},
        )
        self._store(known, order, Change(events=(event,), problems=problems))
        self._report(order.order_id, order.external_id, message)
        return Taken(order.order_id)

    def _store(self, known: OrderRecord | None, order: Order, change: Change) -> Changed:
        """Insert the order, or bring one up to date that has no flow yet; one that got its flow is left alone."""
        if known is None:
            taken = self.book.take_in(order, change)
            if taken.record.flow == change.flow:
                return taken

        def update(record: OrderRecord) -> Change | None:
            if record.flow:
                return None
            return replace(change, order=order.with_(shipments=record.order.shipments))  # its source may ship meanwhile

        return self.book.change(order.order_id, update)

    def _start(self, record: OrderRecord, *, is_new: bool, started_anew: bool = False) -> FlowStart | None:
        if record.flow is None:
            return None
        order_id = record.order.order_id
        flow = self.configuration.at(record.configuration).flow(record.flow)
        start = FlowInput(
            order_id=order_id,
            validation_policies=list(flow.validation),
            assignment_policies=list(flow.assignment),
            fulfillment_validation_policies=list(flow.fulfillment_validation),
            deadline_seconds=dict(flow.deadline_seconds),
        )
        if started_anew:
            start["started_anew"] = True
            start["wishes_settled"] = 0 if record.marks.get(CANCELING) else record.last_event
        return FlowStart(record.flow, instance_id_for(order_id), start, is_new)

    def _report(self, order_id: str, external_id: str, message: str, **details: str) -> None:
        self.errors.report(
            ErrorEntry(
                kind="inbound",
                key=f"intake.{order_id}",
                order_id=order_id,
                external_id=external_id,
                message=message,
                details=details,
            )
        )


def _may_be_mended(record: OrderRecord) -> bool:
    """An order born in F&O has its company from there: no policy assigns it."""
    order = record.order
    unassigned = order.source == FINOPS or order.company is None
    untouched = unassigned and not order.fulfillment_orders and not order.shipments
    return record.position.state.name == ON_HOLD and untouched


def _count(source: str, outcome: str) -> None:
    count(INTAKE, source=source, outcome=outcome)


def _listed(problems: Sequence[Problem]) -> str:
    return "; ".join(str(problem) for problem in problems)
