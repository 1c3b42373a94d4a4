"""What SAP may have to invoice without having a name for it.

Told are the products and units that the mappings of other systems bring into orders: what is born in F&O brings its
own, of which nothing is known here.
"""

from collections.abc import Iterator

from shared.configuration.model import Configuration, Flow
from shared.domain.identity import FINOPS, SAP
from shared.domain.mappings import IdMappings
from shared.policies import Group, Policy, Row, Rule, overlap


def nameless_in_sap(configuration: Configuration) -> Iterator[tuple[str, str, str]]:
    """As (kind of finding, file and path, what is wrong)."""
    billed = [flow for flow in configuration.flows.values() if flow.published and flow.accounting == "sap"]
    sap = configuration.mappings_of(SAP)
    for system, mappings in configuration.id_mappings.items():
        if system not in (SAP, FINOPS) and any(_may_take(flow, system, configuration) for flow in billed):
            for kind, path, name in _nameless(mappings, sap):
                what = f"{kind} {name!r} has no name in {SAP}.{kind}s, and SAP may have to invoice it"
                yield f"unknown_{kind}", f"id_mappings.yaml: {system}.{path}", what


def _nameless(mappings: IdMappings, sap: IdMappings) -> Iterator[tuple[str, str, str]]:
    """As (kind, path to the row, F&O's name); a unit only where some product needs its name in SAP."""
    products, units = sap.named("product", "internal"), sap.named("unit", "internal")
    counted = {name for name, row in sap.products.items() if row.unit} if sap.keys == "internal" else frozenset[str]()
    by_units = False
    for path, product, unit in _internal_products(mappings):
        if product not in products:
            yield "product", path, product
        elif product not in counted and unit is None:
            by_units = True
        elif product not in counted and unit not in units:
            yield "unit", f"{path}.unit", str(unit)
    if by_units:
        yield from (("unit", path, unit) for path, unit in _internal_units(mappings) if unit not in units)


def _internal_products(mappings: IdMappings) -> Iterator[tuple[str, str, str | None]]:
    """As (path to the row, F&O's product, F&O's unit if the row names it)."""
    for key, row in mappings.products.items():
        if mappings.keys == "internal":
            yield f"products.{key}", key, None
        else:
            yield f"products.{key}", row.product, row.unit


def _internal_units(mappings: IdMappings) -> Iterator[tuple[str, str]]:
    """As (path to the row, F&O's unit)."""
    for key, name in mappings.units.items():
        yield f"units.{key}", key if mappings.keys == "internal" else name


def _may_take(flow: Flow, system: str, configuration: Configuration) -> bool:
    of_source = Rule(name="source", when=Group(rows=(Row(field="source", op="eq", value=system),)))
    born_there = Policy(name=system, kind="filter", entity="order", rules=(of_source,))
    return overlap(configuration.policies[flow.filter], born_there) is not None
