"""What the application asks of its stores and queues; the stores implement these, tests and bootstrap hand them in."""

from datetime import datetime, timedelta
from typing import Any, Protocol

from shared.domain.messages import Message
from shared.domain.orders import Order, Value
from shared.domain.records import Change, Changed, Decide, OrderRecord, Timeline
from shared.domain.results import StepAnswer


class Clock(Protocol):
    def __call__(self) -> datetime:
        """Now, timezone-aware, UTC."""
        ...


class OpenOrder(Protocol):
    """An order with its lines, as it was when it was opened, and how to change what it is by now."""

    @property
    def record(self) -> OrderRecord: ...

    @property
    def answer(self) -> StepAnswer | None:
        """What is stored of the step the order was opened with."""
        ...

    def change(self, decide: Decide) -> Changed:
        """As `OrderBook.change`, without reading again what was read when it was opened."""
        ...


class OrderBook(Protocol):
    """Orders and their timelines. Every write is guarded: a lost race reads again and decides again."""

    def take_in(self, order: Order, change: Change) -> Changed:
        """Insert the order with its first events; one that is there already is left alone and returned as it is."""
        ...

    def get(self, order_id: str) -> OrderRecord:
        """The order with its lines. Raises UnknownOrder."""
        ...

    def header(self, order_id: str) -> OrderRecord:
        """The order without its lines (`order.lines` is empty): cheap, for what needs only state and marks."""
        ...

    def find(self, source: str, external_id: str) -> str | None:
        """Our id of the order another system knows as `external_id`."""
        ...

    def link(self, order_id: str, system: str, external_id: str) -> None:
        """From now on `find` knows the order by what another system calls it. Told again, changes nothing."""
        ...

    def recent(self, limit: int) -> list[OrderRecord]:
        """The orders taken in last, newest first, without lines."""
        ...

    def change(self, order_id: str, decide: Decide, *, lines: bool = True) -> Changed:
        """Read, decide, commit in one transaction. `decide` may run several times; None changes nothing."""
        ...

    def timeline(self, order_id: str, after: int = 0) -> Timeline:
        """Events with a number above `after`, and all steps."""
        ...

    def open(self, order_id: str, *, step: tuple[str, int] | None = None) -> "OpenOrder":
        """Read once, for work that ends in a change. `step` is (step, generation). Raises UnknownOrder."""
        ...


class ErrorEntry(Value):
    """A line on the error pages (reference: iom.md section 12)."""

    kind: str  # inbound | provider_action | orchestration_step | policy
    key: str  # names the error within its kind: the same error reported twice is one line
    order_id: str | None
    external_id: str | None = None
    step: str | None = None
    message: str
    details: dict[str, Any] = {}
    at: str = ""
    status: str = "active"  # active | resolved | noted: nothing is wrong, but somebody may look for it


class ErrorPages(Protocol):
    def report(self, entry: ErrorEntry, *, stays: bool = False) -> None:
        """`stays`: what a person is to do about it is to be done whatever becomes of the order."""
        ...

    def resolve(self, order_id: str, key: str | None = None) -> None:
        """The order has moved on: its active errors but those that stay, or the one of this `key`, are history now."""
        ...

    def resolve_entry(self, kind: str, key: str) -> None:
        """The same for one error, whatever order it is of, if any."""
        ...

    def entry(self, kind: str, key: str) -> ErrorEntry | None: ...

    def entries(self, kind: str | None = None, status: str | None = "active") -> list[ErrorEntry]: ...


class Claims(Protocol):
    """Who may do a thing about an order now. A claim ends by itself: its holder may have died."""

    def take(self, order_id: str, what: str) -> float:
        """0 when it is ours now, else the seconds after which to ask again."""
        ...

    def give_back(self, order_id: str, what: str) -> None:
        """The thing was not done: whoever tries next need not wait."""
        ...


class Checkpoints(Protocol):
    """How far a puller has come, by name. Stored only after what was read has been handed on."""

    def read(self, name: str) -> str | None: ...

    def write(self, name: str, value: str) -> None: ...


class Links(Protocol):
    """The part of the order book that provider actions use before they create an order elsewhere."""

    def link(self, order_id: str, system: str, external_id: str) -> None: ...


class Queues(Protocol):
    def send(
        self, queue: str, message: Message, delay: timedelta | None = None, *, even_if_a_copy: bool = False
    ) -> None:
        """Hand `message` on, visible after `delay`. Raises TransientProviderError.

        A transport that knows what it took lately drops a message whose `identity` it has had, but not one that is
        sent again on purpose (`even_if_a_copy`).
        """
        ...
