"""The six scenarios as the bench plays them: rounds, in each of which people do one thing to every order.

Between two rounds the app comes to rest, as it does between a packing slip and an invoice hours later; so each order
costs what it would cost by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.bench.orders import (
    COMPLETED,
    PARTIALLY_SHIPPED,
    SHIPPED,
    Act,
    Count,
    Orders,
    at_flexe,
    enter,
    fill_the_shelves,
    in_finops,
    in_sap,
    in_store,
    invoice_in_sap,
    place,
    ship_at_flexe,
    to_be_delivered,
    whole_in_finops,
)
from sandbox.bench.outside import Outside
from sandbox.demo.scenarios.finops_finops_finops import SALES_ORDER as WATCHED
from sandbox.demo.scenarios.finops_flexe_finops import SALES_ORDER as SHIPPED_BY_FLEXE
from sandbox.demo.scenarios.finops_flexe_sap import SALES_ORDER as INVOICED_IN_SAP


@dataclass(frozen=True)
class Round:
    """`shows` counts the orders of which an outside system shows that the app has done its part, if anything does."""

    act: Act
    shows: Count | None = None


@dataclass(frozen=True)
class Scenario:
    """`company`: of orders born in F&O. `before` is no order's: it makes the scenario possible."""

    name: str
    rounds: tuple[Round, ...]
    company: str = ""
    before: Act | None = None

    def orders(self, outside: Outside, numbers: Sequence[int]) -> Orders:
        born_in_finops = self.name.startswith("finops_")
        # Company and number make a reference for Flexe and SAP; an order of the store has its number alone.
        return Orders(outside, numbers, "finops" if born_in_finops else "bigcommerce", self.company)


_SHIPPED = Round(in_finops("pack"), in_store(SHIPPED))
_INVOICED = Round(in_finops("invoice"), in_store(COMPLETED))

_ALL = (
    Scenario(
        "bigcommerce_finops_finops",
        (
            Round(place(channel=1), whole_in_finops),
            Round(in_finops("pick")),
            _SHIPPED,
            _INVOICED,
        ),
    ),
    Scenario(
        "bigcommerce_flexe_finops",
        (Round(place(channel=2), at_flexe), Round(ship_at_flexe, whole_in_finops), _INVOICED),
    ),
    Scenario(
        "finops_flexe_finops",
        (
            Round(enter(SHIPPED_BY_FLEXE)),
            Round(in_finops("confirm"), at_flexe),
            Round(ship_at_flexe, to_be_delivered),
            Round(in_finops("invoice")),
        ),
        SHIPPED_BY_FLEXE["company"],
    ),
    Scenario(
        "finops_finops_finops",
        (
            Round(enter(WATCHED)),
            Round(in_finops("confirm")),
            Round(in_finops("pick")),
            Round(in_finops("pack")),
            Round(in_finops("invoice")),
        ),
        WATCHED["company"],
    ),
    Scenario(
        "finops_flexe_sap",
        (
            Round(enter(INVOICED_IN_SAP)),
            Round(in_finops("confirm"), at_flexe),
            Round(ship_at_flexe, in_sap),
            Round(invoice_in_sap),
        ),
        INVOICED_IN_SAP["company"],
    ),
    Scenario(
        "bigcommerce_optimized_finops",
        (
            Round(place(channel=3), whole_in_finops),
            Round(in_finops("pick")),
            Round(in_finops("pack", {"1": 2}), in_store(PARTIALLY_SHIPPED)),
            _SHIPPED,
            _INVOICED,
        ),
        before=fill_the_shelves,
    ),
)

SCENARIOS = {each.name: each for each in _ALL}
