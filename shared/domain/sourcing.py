"""What sourcing asks of its stores: plans that explain themselves, lines that wait for stock, orders that wait to be
planned together; and where addresses are."""

from datetime import datetime
from typing import Protocol

from shared.domain.actions import ProviderAction
from shared.domain.orders import Address, Value


class Places(Protocol):
    def of(self, address: Address) -> tuple[float, float] | None:
        """Latitude and longitude in degrees; None when nobody can say."""
        ...


class KeptDocument(Value):
    """`part` names it within its attempt."""

    attempt: str
    part: str
    text: str


class Plans(Protocol):
    """Documents about attempts to source an order's lines: what was planned, what was reserved.

    An attempt is open from before it reserves anything until somebody has made sure that no unit of it is lost.
    """

    def begin(self, order_id: str, attempt: str) -> None: ...

    def end(self, order_id: str, attempt: str) -> None: ...

    def open(self, order_id: str | None = None) -> list[tuple[str, str]]:
        """Those that have begun and not ended, of one order or all, as (order id, attempt)."""
        ...

    def keep(self, order_id: str, attempt: str, part: str, text: str) -> str:
        """The document as it is kept: the first one of an (order, attempt, part) is the only one."""
        ...

    def of(self, order_id: str) -> list[KeptDocument]:
        """By attempt and part."""
        ...


class AssignedLines(Protocol):
    """Which order lines a source was given on a day. Told again, changes nothing."""

    def add(self, source: str, day: str, what: str) -> None: ...

    def remove(self, source: str, day: str, what: str) -> None: ...

    def count(self, source: str, day: str) -> int: ...


class HeldOrder(Value):
    """An order that has, or is about to have, held lines. `version` names what was read."""

    order_id: str
    added_at: datetime
    version: str


class HeldLines(Protocol):
    """Where the orders with held lines are found."""

    def add(self, order_id: str) -> None:
        """To be called before the order says so itself."""
        ...

    def orders(self) -> list[HeldOrder]: ...

    def remove(self, held: HeldOrder) -> None:
        """Nothing happens when it was added again meanwhile."""
        ...


class QueuedAction(Value):
    """An action that waits for others. `answered`: its order has the answer; only its flow must hear of it."""

    strategy: str
    action: ProviderAction
    queued_at: datetime
    answered: bool = False


class OptimizationQueue(Protocol):
    """Actions that are performed together, by strategy."""

    def put(self, strategy: str, action: ProviderAction) -> None:
        """An action that is there already stays where it is."""
        ...

    def actions(self) -> list[QueuedAction]:
        """Oldest first."""
        ...

    def answer(self, queued: QueuedAction) -> None: ...

    def remove(self, queued: QueuedAction) -> None: ...
