"""Warehouses with stock in memory, a process that can die anywhere, and orders to be sourced."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from shared.application.provider_actions import ProviderActions
from shared.application.sourcing import Sourcing
from shared.application.step_keeping import StepKeeping
from shared.configuration import Fulfillment
from shared.domain.actions import Provider, ProviderAction
from shared.domain.orders import Address, Order
from shared.domain.results import StepAnswer
from shared.domain.sourcing import HeldOrder, QueuedAction
from shared.domain.stock import Reservation, Reserved, StockPlace
from shared.store.errors import TableErrorPages
from shared.store.held_lines import TableHeldLines
from shared.store.optimization_queue import TableOptimizationQueue
from shared.store.order_book import TableOrderBook
from shared.store.plans import TableAssignedLines, TablePlans
from shared.store.tables import Tables
from tests.application.samples import VALIDATED, an_order, taken_in

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
STEP = "Optimize fulfillment"
BAG = "BAG-CNV-OLV"


class Shelves:
    """`Stock` as its contract says. `beforehand` happens once, between planning and reserving."""

    def __init__(self, **units: Mapping[str, float] | float) -> None:
        """Units by source and product; a bare number is of the sample product."""
        self.units: dict[tuple[str, str], Decimal] = {}
        self.kept: dict[str, Reservation] = {}
        self.asked: list[tuple[str, str]] = []
        self.beforehand: Callable[[], object] = lambda: None
        self.fault: Exception | None = None
        self.ghosts = False  # what is shown as available is never there
        self.refuses_to_speak_of: dict[str, Exception] = {}
        self.refuses_to_keep: dict[str, Exception] = {}
        self._made: dict[str, Reservation] = {}
        self._given_back: set[str] = set()
        for source, found in units.items():
            self.fill(source, found)

    def fill(self, source: str, units: Mapping[str, float] | float) -> None:
        for product, quantity in (units if isinstance(units, Mapping) else {BAG: units}).items():
            self.units[source, product] = Decimal(str(quantity))

    def left(self, source: str, product: str = BAG) -> Decimal:
        kept = (each for each in self.kept.values() if (each.place.source, each.product) == (source, product))
        return self.units.get((source, product), Decimal(0)) - sum((each.quantity for each in kept), Decimal(0))

    @property
    def reserved(self) -> dict[str, Decimal]:
        """Units by source."""
        found: dict[str, Decimal] = {}
        for each in self.kept.values():
            found[each.place.source] = found.get(each.place.source, Decimal(0)) + each.quantity
        return {source: quantity for source, quantity in found.items() if quantity}

    def available(
        self, company: str, places: Sequence[StockPlace], products: Iterable[str]
    ) -> Mapping[str, Mapping[str, Decimal]]:
        wanted = list(products)
        self.asked += [(company, product) for product in wanted]
        for product in wanted:
            if refusal := self.refuses_to_speak_of.get(product):
                raise refusal
        return {place.source: {product: self.left(place.source, product) for product in wanted} for place in places}

    def reserve(self, wanted: Sequence[Reservation]) -> tuple[Reserved, ...]:
        happens, self.beforehand = self.beforehand, lambda: None
        happens()
        if self.fault:
            raise self.fault
        for each in wanted:
            if refusal := self.refuses_to_keep.get(each.product):
                raise refusal
        return tuple(self._reserve(each) for each in wanted)

    def release(self, kept: Sequence[Reservation]) -> None:
        for each in kept:
            assert each.reservation_id, "given back without its reservation id"
            if each.key in self._given_back:
                continue
            self._given_back.add(each.key)
            mine = self.kept[each.key]
            assert each.quantity <= mine.quantity
            self.kept[each.key] = mine.with_(quantity=mine.quantity - each.quantity)

    def _reserve(self, each: Reservation) -> Reserved:
        if each.key in self._made:
            assert self._made[each.key].with_(reservation_id="") == each, "another request under the same key"
            return Reserved(reservation=self._made[each.key])
        left = Decimal(0) if self.ghosts else self.left(each.place.source, each.product)
        if left < each.quantity:
            return Reserved(reservation=each, refusal=f"only {left} left")
        made = each.with_(reservation_id=f"{each.place.site}/{each.place.location}/{each.product}")
        self._made[each.key] = self.kept[each.key] = made
        return Reserved(reservation=made)


class Died(BaseException):
    """The process is gone: nothing catches this."""


class Life:
    """Dies `of` this at the given call (1, 2, 3...) to anything outside, before or after it takes effect."""

    def __init__(self, at: int = 0, *, after: bool = False, of: BaseException | None = None) -> None:
        self.calls = 0
        self._at, self._after, self._death = at, after, of or Died()

    def of(self, target: Any) -> Any:
        return _Mortal(self, target)

    def call(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        dies = self.calls == self._at
        if dies and not self._after:
            raise self._death
        answer = method(*args, **kwargs)
        if dies:
            raise self._death
        return answer


class _Mortal:
    """Passes every call on; what it opens is as mortal."""

    def __init__(self, life: Life, target: Any) -> None:
        self._life, self._target = life, target

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            answer = self._life.call(found, *args, **kwargs)
            return self._life.of(answer) if hasattr(answer, "change") else answer

        return call


class Free:
    """`Claims` that everybody gets, as after leases that have run out."""

    def take(self, order_id: str, what: str) -> float:  # noqa: ARG002 - as the port has it
        return 0.0

    def give_back(self, order_id: str, what: str) -> None: ...


class _Own:
    """A store as if nobody else used it: lists show the orders of this test alone."""

    def __init__(self, store: Any, mine: set[str]) -> None:
        self._store, self._mine = store, mine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def open(self, order_id: str | None = None) -> list[tuple[str, str]]:
        return [each for each in self._store.open(order_id) if each[0] in self._mine]

    def orders(self) -> list[HeldOrder]:
        return [each for each in self._store.orders() if each.order_id in self._mine]

    def actions(self) -> list[QueuedAction]:
        return [each for each in self._store.actions() if each.action.order_id in self._mine]


class Map:
    """`Places` by postal code; nobody knows where 00000 is."""

    def of(self, address: Address) -> tuple[float, float] | None:
        places = {"98101": (47.6, -122.3), "43004": (40.0, -82.8), "73301": (30.3, -97.7)}
        return places.get(address.postal_code)


@dataclass
class Company:
    """The application around sourcing, with a clock that tests set."""

    tables: Tables
    book: TableOrderBook
    errors: TableErrorPages
    fulfillment: Fulfillment
    stock: Shelves
    now: datetime = NOON
    claims: Any = field(default_factory=Free)
    mine: set[str] = field(default_factory=set)

    def strategy(self, **facts: Any) -> None:
        """Change the default strategy."""
        name = self.fulfillment.strategy(None).name
        changed = self.fulfillment.strategies[name].with_(**facts)
        self.fulfillment = self.fulfillment.with_(strategies={**self.fulfillment.strategies, name: changed})

    def handling(self, **facts: Any) -> None:
        self.fulfillment = self.fulfillment.with_(order_handling=self.fulfillment.order_handling.with_(**facts))

    def source(self, name: str, **facts: Any) -> None:
        changed = self.fulfillment.sources[name].with_(**facts)
        self.fulfillment = self.fulfillment.with_(sources={**self.fulfillment.sources, name: changed})

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)

    def sourcing(self, life: Life | None = None) -> Sourcing:
        life = life or Life()
        return Sourcing(
            fulfillment=self.fulfillment,
            steps=StepKeeping(life.of(self.book), life.of(self.errors)),
            claims=self.claims,
            stock=life.of(self.stock),
            places=Map(),
            plans=life.of(_Own(TablePlans(self.tables), self.mine)),
            assigned_lines=life.of(TableAssignedLines(self.tables)),
            held_lines=life.of(_Own(TableHeldLines(self.tables, lambda: self.now), self.mine)),
            queue=life.of(_Own(TableOptimizationQueue(self.tables, lambda: self.now), self.mine)),
            clock=lambda: self.now,
            elapsed=lambda: 0.0,
            budget_seconds=None,
        )

    def actions(self, life: Life | None = None) -> ProviderActions:
        sourcing = self.sourcing(life)
        actions = {
            (Provider.OPTIMIZATION, "send_to_fulfillment_optimization"): sourcing.send_to_fulfillment_optimization,
            (Provider.OPTIMIZATION, "cancel_order"): sourcing.release_reservations,
        }
        return ProviderActions(sourcing.batches.answers.steps, Free(), actions)

    def optimize(self, order: Order, generation: int = 1) -> StepAnswer:
        return self.actions().run(optimizing(order, generation))

    def has(self, lines: int | Sequence[float] = 1, **facts: Any) -> Order:
        """An order of USMF that was validated; `lines` may say how many units each wants."""
        return self.take(an_order_for(lines, **facts))

    def take(self, order: Order, *events: str) -> Order:
        self.mine.add(order.order_id)
        return taken_in(self.book, *VALIDATED, *events, order=order).order

    def get(self, order: Order) -> Order:
        return self.book.get(order.order_id).order


def an_order_for(lines: int | Sequence[float] = 1, *, postal_code: str = "98101", **facts: Any) -> Order:
    quantities = lines if isinstance(lines, Sequence) else [1] * lines
    order = an_order(
        len(quantities), **{"company": "USMF", "placed_at": NOON, "number": f"BC-{uuid4().hex[:8]}", **facts}
    )
    return order.with_(
        addresses=tuple(address.with_(postal_code=postal_code) for address in order.addresses),
        lines=tuple(
            line.with_(quantity=Decimal(str(quantity))) for line, quantity in zip(order.lines, quantities, strict=True)
        ),
    )


def with_line(order: Order, number: int, **facts: Any) -> Order:
    return order.with_(lines=tuple(line.with_(**facts) if line.number == number else line for line in order.lines))


def optimizing(order: Order, generation: int = 1, name: str = "send_to_fulfillment_optimization") -> ProviderAction:
    return ProviderAction(
        order_id=order.order_id, provider=Provider.OPTIMIZATION, name=name, step=STEP, generation=generation
    )


def sourced(order: Order) -> dict[int, str | None]:
    """Source by line number."""
    return {line.number: line.fulfillment_source and line.fulfillment_source.name for line in order.lines}


def shipping(order: Order) -> dict[str, dict[int, Decimal]]:
    """Units by fulfillment order (the last part of its number and its source) and line number."""
    return {
        f"{each.number.removeprefix(order.number)} {each.source.name if each.source else ''}": {
            order.line(line.line_id).number: line.quantity for line in each.lines
        }
        for each in order.fulfillment_orders
    }


def held(order: Order) -> dict[int, str]:
    """Reason by line number."""
    return {line.number: line.hold.reason for line in order.lines if line.hold}
