"""What people do to an order of each scenario, one thing after another as soon as it is their turn, and what must be
outside once it is over."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.bench.orders import COMPLETED, SHIPPED
from sandbox.bench.outside import Outside
from sandbox.demo.scenarios.finops_finops_finops import SALES_ORDER as WATCHED
from sandbox.demo.scenarios.finops_flexe_finops import SALES_ORDER as SHIPPED_BY_FLEXE
from sandbox.demo.scenarios.finops_flexe_sap import SALES_ORDER as INVOICED_IN_SAP
from sandbox.systems.bigcommerce import samples
from tests.load.received import Received

LINES = len(samples.TWO_LINES)
UNITS = sum(units for _, units in samples.TWO_LINES)


@dataclass
class Order:
    """An order on its way: how many turns people have had, and what the outside systems have received of it.

    `external_id` of an order born in F&O is known once it was entered.
    """

    number: int
    script: "Script"
    received: Received
    placed: datetime
    turns: int = 0
    external_id: str = ""

    @property
    def in_finops(self) -> str:
        return f"{'BC' if self.script.source == 'bigcommerce' else 'SO'}-{self.number}"

    @property
    def seconds(self) -> float | None:
        """Until the store was told of its completion, if it was."""
        told = self.received.completion_told
        return (told - self.placed).total_seconds() if told else None

    @property
    def has_gone_all_its_way(self) -> bool:
        """As far as it shows outside."""
        return self.turns == len(self.script.turns) and self.script.ended(self.received)


Cue = Callable[[Received], bool]
Deed = Callable[[Outside, Order], Awaitable[Any]]


@dataclass(frozen=True)
class Turn:
    """Once the cue is there."""

    cue: Cue
    deed: Deed


@dataclass(frozen=True)
class Leaves:
    """What is outside of an order at its end, each once."""

    sales_orders: int = 0
    lines: int = 0
    shipments: int = 0
    status_writes: tuple[int, ...] = ()
    flexe_orders: int = 0
    sap_orders: int = 0


@dataclass(frozen=True)
class Script:
    name: str
    source: str
    begin: Deed
    turns: tuple[Turn, ...]
    ended: Cue
    leaves: Leaves = field(default_factory=Leaves)
    units_reserved: int = 0


def _placed(channel: int) -> Deed:
    async def deed(outside: Outside, order: Order) -> None:
        order.external_id = str(order.number)
        await outside.post("bigcommerce", "orders", samples.order(order.number, channel_id=channel))

    return deed


def _entered(sales_order: Mapping[str, Any]) -> Deed:
    async def deed(outside: Outside, order: Order) -> None:
        entered = await outside.post("finops", "orders", {**sales_order, "number": order.in_finops})
        order.external_id = entered["salesorderid"]

    return deed


def _document(kind: str, lines: Mapping[str, float] | None = None) -> Deed:
    body = {"lines": dict(lines)} if lines else {}

    async def deed(outside: Outside, order: Order) -> None:
        await outside.post("finops", f"orders/{order.in_finops}/{kind}", body)

    return deed


async def _shipped_by_flexe(outside: Outside, order: Order) -> None:
    await outside.post("flexe", f"orders/{order.received.flexe_orders[0]}/ship", {"parcels": [{"warehouse": "wh_12"}]})


async def _invoiced_in_sap(outside: Outside, order: Order) -> None:
    await outside.post("sap", f"orders/{order.received.sap_orders[0]}/invoice")


def _always(_: Received) -> bool:
    return True


def _whole_in_finops(received: Received) -> bool:
    return len(received.lines) == LINES


def _delivery_told(received: Received) -> bool:
    return len(received.changed_lines) == LINES


def _at_flexe(received: Received) -> bool:
    return bool(received.flexe_orders)


def _in_sap(received: Received) -> bool:
    return bool(received.sap_orders)


def _parcels_told(parcels: int) -> Cue:
    return lambda received: received.shipments >= parcels


def _completion_told(received: Received) -> bool:
    return received.completion_told is not None


_ONCE_IN_FINOPS = {"sales_orders": 1, "lines": LINES}
_TOLD = (SHIPPED, COMPLETED)
_ALL = (
    Script(
        "bigcommerce_finops_finops",
        "bigcommerce",
        _placed(channel=1),
        (
            Turn(_whole_in_finops, _document("pick")),
            Turn(_always, _document("pack")),
            Turn(_parcels_told(1), _document("invoice")),
        ),
        _completion_told,
        Leaves(**_ONCE_IN_FINOPS, shipments=1, status_writes=_TOLD),
    ),
    Script(
        "bigcommerce_flexe_finops",
        "bigcommerce",
        _placed(channel=2),
        (Turn(_at_flexe, _shipped_by_flexe), Turn(_whole_in_finops, _document("invoice"))),
        _completion_told,
        Leaves(**_ONCE_IN_FINOPS, shipments=1, status_writes=_TOLD, flexe_orders=1),
    ),
    Script(
        "finops_flexe_finops",
        "finops",
        _entered(SHIPPED_BY_FLEXE),
        (
            Turn(_always, _document("confirm")),
            Turn(_at_flexe, _shipped_by_flexe),
            Turn(_delivery_told, _document("invoice")),
        ),
        _always,
        Leaves(flexe_orders=1),
    ),
    Script(
        "finops_finops_finops",
        "finops",
        _entered(WATCHED),
        tuple(Turn(_always, _document(kind)) for kind in ("confirm", "pick", "pack", "invoice")),
        _always,
    ),
    Script(
        "finops_flexe_sap",
        "finops",
        _entered(INVOICED_IN_SAP),
        (
            Turn(_always, _document("confirm")),
            Turn(_at_flexe, _shipped_by_flexe),
            Turn(_in_sap, _invoiced_in_sap),
        ),
        _always,
        Leaves(flexe_orders=1, sap_orders=1),
    ),
    Script(
        "bigcommerce_optimized_finops",
        "bigcommerce",
        _placed(channel=3),
        (
            Turn(_whole_in_finops, _document("pick")),
            Turn(_always, _document("pack", {"1": 2})),
            Turn(_parcels_told(1), _document("pack")),
            Turn(_parcels_told(2), _document("invoice")),
        ),
        _completion_told,
        Leaves(**_ONCE_IN_FINOPS, shipments=2, status_writes=_TOLD),
        UNITS,
    ),
)
SCRIPTS = {each.name: each for each in _ALL}
