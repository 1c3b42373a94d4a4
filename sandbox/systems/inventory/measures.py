"""The measures Inventory Visibility knows by default (reference: fulfilment-optimisation.md section 5)."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

Quantities = dict[str, Decimal]
"""Quantity of each measure, by `source.measure` in lower case."""

MEASURES = {
    "fno": (
        "physicalinvent",
        "availphysical",
        "reservphysical",
        "availordered",
        "reservordered",
        "ordered",
        "orderedsum",
        "onorder",
        "arrived",
    ),
    "iom": ("onhand",),
    "erp": ("unrestricted", "qualityinspection"),
    "pos": ("inbound", "outbound", "posinbound", "posoutbound"),
    "iv": ("softreservordered",),
}
FORMULAS = {
    "iv.onhand": {
        "fno.physicalinvent": 1,
        "iom.onhand": 1,
        "erp.unrestricted": 1,
        "erp.qualityinspection": 1,
        "pos.posinbound": 1,
        "pos.posoutbound": -1,
    },
    "iv.availabletoreserve": {
        "fno.availphysical": 1,
        "pos.inbound": 1,
        "pos.outbound": -1,
        "iv.softreservordered": -1,
    },
}
RESERVATIONS = {"iv.softreservordered": "iv.availabletoreserve"}


def summed(parts: Iterable[Quantities]) -> Quantities:
    """The quantities of several cells as those of one."""
    total: Quantities = {}
    for quantities in parts:
        for measure, quantity in quantities.items():
            total[measure] = total.get(measure, Decimal(0)) + quantity
    return total


def with_calculated(physical: Quantities, formulas: Mapping[str, Mapping[str, int]]) -> Quantities:
    """`physical` and each calculated measure of which at least one part is there."""
    calculated = {
        measure: sum((sign * physical.get(part, Decimal(0)) for part, sign in parts.items()), Decimal(0))
        for measure, parts in formulas.items()
        if physical.keys() & parts.keys()
    }
    return physical | calculated


def by_source(quantities: Quantities) -> dict[str, dict[str, int | float]]:
    """As answers show them: `{"iv": {"availabletoreserve": 20}}`."""
    nested: dict[str, dict[str, int | float]] = {}
    for measure, quantity in sorted(quantities.items()):
        source, _, name = measure.partition(".")
        nested.setdefault(source, {})[name] = as_number(quantity)
    return nested


def as_number(quantity: Decimal) -> int | float:
    """A JSON number, without a fraction where there is none."""
    return int(quantity) if quantity == quantity.to_integral_value() else float(quantity)
