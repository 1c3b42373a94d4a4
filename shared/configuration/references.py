"""What must agree between the files of a configuration."""

from collections.abc import Iterator, Mapping

from shared.configuration.fulfillment_references import broken_fulfillment
from shared.configuration.mapping_references import broken_mappings
from shared.configuration.model import Configuration, Flow, StateTransitions
from shared.domain.states import NEW, NOWHERE, ON_HOLD
from shared.policies import Policy, named


def broken_references(configuration: Configuration) -> Iterator[str]:
    """Every name that leads nowhere, as "file: path: what is wrong"."""
    yield from _of_names("policies.yaml", configuration.policies)
    yield from _of_names("flows.yaml", configuration.flows)
    for flow in configuration.flows.values():
        yield from _of_flow(flow, configuration.policies)
        for provider in flow.providers if flow.published else ():
            if provider not in configuration.providers:
                yield f"flows.yaml: {flow.name}.published: {configuration.why_idle(provider)} (providers.yaml)"
    yield from _of_states(configuration.states)
    yield from broken_mappings(configuration.id_mappings)
    for key, map_ in configuration.dual_write_maps.items():
        for column, set_by in map_.set_by.items():
            if set_by.policy is not None and set_by.policy not in configuration.policies:
                yield f"dual_write_maps.yaml: {key}.set_by.{column}.policy: {_no_policy(set_by.policy)}"
    yield from broken_fulfillment(configuration.fulfillment)


def _of_names(file: str, entries: Mapping[str, Policy | Flow]) -> Iterator[str]:
    for name, entry in entries.items():
        if entry.name != name:
            yield f"{file}: {name}.name: {entry.name!r} is not the name it is written under"


def _of_flow(flow: Flow, policies: dict[str, Policy]) -> Iterator[str]:
    listed = [("filter", "filter", flow.filter)]
    for place, names in flow.execution_policies.items():
        listed += [(f"{place}[{n}]", "execution", name) for n, name in enumerate(names)]
    for path, kind, name in listed:
        where = f"flows.yaml: {flow.name}.{path}"
        policy = policies.get(name)
        if policy is None:
            yield f"{where}: {_no_policy(name)}"
        elif policy.kind != kind:
            yield f"{where}: {name!r} is of kind {policy.kind}, not of kind {kind}"
        elif kind == "filter" and policy.entity != "order":
            yield f"{where}: {name!r} is about {named(policy.entity)}, a flow's filter must be about an order"


def _of_states(states: StateTransitions) -> Iterator[str]:
    reached = {NOWHERE.state.name, NEW, ON_HOLD} | {row.target for row in states.transitions}
    for number, row in enumerate(states.transitions):
        where = f"state_transitions.yaml: transitions[{number}]"
        if row.event in states.recorded:
            yield f"{where}.event: {row.event!r} moves an order, but is listed as only recorded"
        if not row.sources:
            yield f"{where}.sources: {row.event!r} starts nowhere"
        if (row.hold, row.release, bool(row.target)).count(True) != 1:
            yield f"{where}: give exactly one of target, hold and release (target: {row.target!r})"
        for state in (*row.sources, *row.held_from):
            if state not in reached:
                yield f"{where}: no transition leads to state {state!r}"


def _no_policy(name: str) -> str:
    return f"there is no policy {name!r} in policies.yaml"
