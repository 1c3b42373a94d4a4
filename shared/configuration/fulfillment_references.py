"""What must agree within fulfillment.yaml."""

import re
from collections.abc import Iterable, Iterator

from shared.configuration.fulfillment import Fulfillment, SourceSetup, StrategySetup
from shared.optimization import Constraint

_FILE = "fulfillment.yaml"


def broken_fulfillment(fulfillment: Fulfillment) -> Iterator[str]:
    """As "file: path: what is wrong"."""
    yield from _doubled_warehouses(fulfillment.sources)
    for name, sources in fulfillment.source_lists.items():
        yield from _of_list(f"{_FILE}: source_lists.{name}", sources, fulfillment)
    yield from _of_default(fulfillment)
    for strategy in fulfillment.strategies.values():
        yield from _of_strategy(f"{_FILE}: strategies.{strategy.name}", strategy, fulfillment)
    yield from _unusable_sources(fulfillment)
    for country, prefixes in fulfillment.places.items():
        yield from _doubled_prefixes(f"{_FILE}: places.{country}", prefixes)


def _doubled_warehouses(sources: dict[str, SourceSetup]) -> Iterator[str]:
    owners: dict[str, str] = {}
    for source in sources.values():
        warehouse = source.flexe_warehouse
        if warehouse and (owner := owners.setdefault(warehouse, source.name)) != source.name:
            yield f"{_FILE}: sources.{source.name}.flexe_warehouse: {warehouse!r} is that of {owner!r} already"


def _of_list(where: str, sources: tuple[str, ...], fulfillment: Fulfillment) -> Iterator[str]:
    for number, name in enumerate(sources):
        if name not in fulfillment.sources:
            yield f"{where}[{number}]: {_no_source(name)}"
        elif name in sources[:number]:
            yield f"{where}[{number}]: {name!r} is there twice"


def _of_default(fulfillment: Fulfillment) -> Iterator[str]:
    defaults = [name for name, strategy in fulfillment.strategies.items() if strategy.default]
    if len(defaults) != 1:
        found = ", ".join(map(repr, defaults)) or "none"
        yield f"{_FILE}: strategies: exactly one must be the default, found {found}"


def _of_strategy(where: str, strategy: StrategySetup, fulfillment: Fulfillment) -> Iterator[str]:
    if strategy.source_list not in fulfillment.source_lists:
        yield f"{where}.source_list: {_no_list(strategy.source_list)}"
    if strategy.alternate is not None:
        alternate = fulfillment.strategies.get(strategy.alternate)
        if alternate is None:
            yield f"{where}.alternate: there is no strategy {strategy.alternate!r}"
        elif alternate is strategy or alternate.alternate is not None:
            yield f"{where}.alternate: {strategy.alternate!r} has an alternate itself: only one is ever tried"
    for number, constraint in enumerate(strategy.constraints):
        yield from _of_constraint(f"{where}.constraints[{number}]", constraint, fulfillment)


def _of_constraint(where: str, constraint: Constraint, fulfillment: Fulfillment) -> Iterator[str]:
    ranks = getattr(constraint, "ranks", ())
    named = [(f"sources[{n}]", source) for n, source in enumerate(getattr(constraint, "sources", ()))]
    named += [(f"ranks[{n}].source", rank.source) for n, rank in enumerate(ranks)]
    listed = [("source_list", getattr(constraint, "source_list", None))]
    listed += [(f"ranks[{n}].source_list", rank.source_list) for n, rank in enumerate(ranks)]
    yield from (f"{where}.{path}: {_no_source(name)}" for path, name in named if _lost(name, fulfillment.sources))
    yield from (f"{where}.{path}: {_no_list(name)}" for path, name in listed if _lost(name, fulfillment.source_lists))


def _unusable_sources(fulfillment: Fulfillment) -> Iterator[str]:
    """What only a source that a strategy may choose must have."""
    lists = (fulfillment.source_lists.get(each.source_list, ()) for each in fulfillment.strategies.values())
    chosen = dict.fromkeys(name for names in lists for name in names if name in fulfillment.sources)
    counted: dict[tuple[str, str, str], str] = {}
    for source in map(fulfillment.sources.__getitem__, chosen):
        where = f"{_FILE}: sources.{source.name}"
        yield from (f"{where}.{field}: {problem}, and a strategy may choose it" for field, problem in _missing(source))
        if place := source.stock_place:
            other = counted.setdefault((source.company, place.site, place.location), source.name)
            if other != source.name:
                yield f"{where}.inventory: {place.site}/{place.location} is the stock of {other!r} already"


def _missing(source: SourceSetup) -> Iterator[tuple[str, str]]:
    if source.latitude is None:
        yield "latitude", "the source has no coordinates"
    if source.shipping_site is None:
        yield "shipping_site", "the source has no site in F&O"
    if source.shipping_warehouse is None:
        yield "shipping_warehouse", "the source has no warehouse in F&O"
    if source.stock_place is None:
        yield "inventory", "nobody says where its stock is counted"


def _doubled_prefixes(where: str, prefixes: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for prefix in prefixes:
        folded = re.sub(r"[\s-]+", "", prefix).upper()
        if folded in seen:
            yield f"{where}: the postal codes {prefix!r} are there twice"
        seen.add(folded)


def _lost(name: str | None, known: Iterable[str]) -> bool:
    return name is not None and name not in known


def _no_source(name: str | None) -> str:
    return f"there is no source {name!r}"


def _no_list(name: str | None) -> str:
    return f"there is no source list {name!r}"
