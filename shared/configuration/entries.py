"""A configuration as the entries a person knows it by: plain JSON-able values, the same for the same meaning."""

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel

from shared.configuration.fulfillment import Fulfillment
from shared.configuration.model import Configuration, Flow, StateTransitions
from shared.domain.mappings import IdMappings
from shared.domain.states import Transition
from shared.policies import Assigned, Group, Policy, Rule

Entries = dict[str, Any]


def entries(configuration: Configuration) -> dict[str, Entries]:
    """By file, then by what the entry is called."""
    fulfillment, id_mappings = configuration.fulfillment, configuration.id_mappings
    return {
        "policies.yaml": {f"policy {name!r}": _policy(policy) for name, policy in configuration.policies.items()},
        "flows.yaml": {f"flow {name!r}": _flow(flow) for name, flow in configuration.flows.items()},
        "state_transitions.yaml": dict(_states(configuration.states)),
        "id_mappings.yaml": dict(pair for source, ids in id_mappings.items() for pair in _mappings(source, ids)),
        "dual_write_maps.yaml": {f"map {key!r}": plain(map_) for key, map_ in configuration.dual_write_maps.items()},
        "fulfillment.yaml": dict(_fulfillment(fulfillment)),
        "providers.yaml": {
            f"provider {str(name)!r}": plain(instance) for name, instance in configuration.providers.items()
        },
    }


def _policy(policy: Policy) -> Entries:
    return {
        "kind": policy.kind,
        "criticality": policy.criticality,
        "entity": policy.entity,
        "rule": [_rule(rule) for rule in policy.rules],
    }


def _rule(rule: Rule) -> Entries:
    return {
        "name": rule.name,
        "when": [_told(rule.when)] if rule.when.join == "or" else _conditions(rule.when),
        "set": {field: _assigned(value) for field, value in rule.set.items()},
        "message": rule.message,
    }


def _conditions(group: Group) -> list[str]:
    return [*map(str, group.rows), *(f"({_told(inner)})" for inner in group.groups)]


def _told(group: Group) -> str:
    return f" {group.join} ".join(_conditions(group))


def _assigned(assigned: Assigned) -> str:
    return assigned.value if assigned.value is not None else f"from {assigned.source}"


def _flow(flow: Flow) -> Entries:
    told = plain(flow)
    published = told.pop("published")
    return {"state": "published" if published else "unpublished", **told}


def _states(states: StateTransitions) -> Iterator[tuple[str, Any]]:
    by_event: dict[str, list[Transition]] = {}
    for row in states.transitions:
        by_event.setdefault(row.event, []).append(row)
    for event, rows in by_event.items():
        yield f"event {event!r}", [plain(row) for row in rows]
    yield from ((f"recorded event {event!r}", "recorded") for event in sorted(states.recorded))


def _mappings(source: str, mappings: IdMappings) -> Iterator[tuple[str, Any]]:
    yield f"{source} keys", mappings.keys
    for name, mapped in mappings.products.items():
        yield (
            f"{source} product {name!r}",
            f"product {mapped.product}" + (f", unit {mapped.unit}" if mapped.unit else ""),
        )
    for kind, rows in (("unit", mappings.units), ("account", mappings.accounts), ("warehouse", mappings.warehouses)):
        yield from ((f"{source} {kind} {name!r}", row) for name, row in rows.items())
    yield f"{source} countries", sorted(mappings.countries)
    yield f"{source} currencies", sorted(mappings.currencies)


def _fulfillment(fulfillment: Fulfillment) -> Iterator[tuple[str, Any]]:
    yield from ((f"source {name!r}", plain(source)) for name, source in fulfillment.sources.items())
    yield from ((f"source list {name!r}", list(names)) for name, names in fulfillment.source_lists.items())
    yield from ((f"strategy {name!r}", plain(strategy)) for name, strategy in fulfillment.strategies.items())
    yield "order handling", plain(fulfillment.order_handling)
    yield from ((f"places of {country}", dict(places)) for country, places in _plain_places(fulfillment))


def _plain_places(fulfillment: Fulfillment) -> Iterable[tuple[str, dict[str, str]]]:
    for country, places in fulfillment.places.items():
        yield country, {prefix or "everywhere": f"{at[0]}, {at[1]}" for prefix, at in places.items()}


def plain(value: BaseModel, only: Iterable[str] | None = None) -> Entries:
    """JSON values, of all fields or of `only` these. Sets have no order: theirs is that of their members."""
    include = None if only is None else set(only)
    return _sorted_sets(
        value.model_dump(by_alias=True, include=include), value.model_dump(mode="json", by_alias=True, include=include)
    )


def _sorted_sets(original: Any, plain: Any) -> Any:
    if isinstance(original, set | frozenset):
        return sorted(plain, key=str)
    if isinstance(original, dict):
        return {key: _sorted_sets(was, is_) for was, (key, is_) in zip(original.values(), plain.items(), strict=True)}
    if isinstance(original, list | tuple):
        return [_sorted_sets(was, is_) for was, is_ in zip(original, plain, strict=True)]
    return plain
