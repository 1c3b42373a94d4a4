"""What is doubtful or wrong in a configuration that can be read, found without any order."""

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Literal

from shared.configuration.mapping_findings import nameless_in_sap
from shared.configuration.model import Configuration, Flow
from shared.domain.identity import FINOPS
from shared.domain.orders import Value
from shared.dual_write import lint
from shared.policies import ENTITIES, Policy, lint_policy, overlap, takes_nothing


class ConfigurationFinding(Value):
    """`where`: file and path in it. An error keeps orders from getting anywhere; a warning is for a person to judge."""

    where: str
    kind: str
    severity: Literal["error", "warning"]
    message: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.where}: {self.message}"


def findings(configuration: Configuration) -> tuple[ConfigurationFinding, ...]:
    """Errors first."""
    found = [
        *_of_maps(configuration),
        *_of_policies(configuration),
        *_of_flows(configuration),
        *_of_lists(configuration),
        *_of_mappings(configuration),
        *_of_providers(configuration),
    ]
    return tuple(sorted(found, key=lambda finding: finding.severity))


def _of_maps(configuration: Configuration) -> Iterator[ConfigurationFinding]:
    idle = dict(_idle_policies(configuration))
    for key, map_ in configuration.dual_write_maps.items():
        for found in lint(map_, idle):
            where = f"dual_write_maps.yaml: {key}.filter"
            where += f", `{found.clause}` at position {found.position}" if found.clause else ""
            yield ConfigurationFinding(where=where, kind=found.kind, severity=found.severity, message=found.message)


def _idle_policies(configuration: Configuration) -> Iterator[tuple[str, str]]:
    """Policies that never set anything, and why."""
    policies = configuration.policies
    run = {
        name
        for flow in _published(configuration)
        for place, names in flow.execution_policies.items()
        for name in names
        if not _in_vain(flow, place, policies[name])
    }
    for name, policy in policies.items():
        if not any(rule.set for rule in policy.rules):
            yield name, "it sets nothing"
        elif name not in run:
            yield name, "no published flow runs it"


def _of_policies(configuration: Configuration) -> Iterator[ConfigurationFinding]:
    for policy in configuration.policies.values():
        for found in lint_policy(policy):
            where = f"policies.yaml: {policy.name}" + (f", rule {found.rule!r}" if found.rule else "")
            yield ConfigurationFinding(where=where, kind=found.kind, severity=found.severity, message=found.message)
        yield from _unknown_strategies(policy, configuration.fulfillment.strategies)


def _unknown_strategies(policy: Policy, known: Iterable[str]) -> Iterator[ConfigurationFinding]:
    for number, rule in enumerate(policy.rules):
        strategy = rule.set["strategy"].value if "strategy" in rule.set else None
        if strategy is not None and strategy not in known:
            where = f"policies.yaml: {policy.name}.rules[{number}].set.strategy"
            message = f"there is no strategy {strategy!r} in fulfillment.yaml"
            yield ConfigurationFinding(where=where, kind="unknown_strategy", severity="error", message=message)


def _of_flows(configuration: Configuration) -> Iterator[ConfigurationFinding]:
    policies, published = configuration.policies, _published(configuration)
    for flow in published:
        if takes_nothing(policies[flow.filter]):
            message = f"its filter {flow.filter!r} can take no order"
            yield _of_flow(flow, "takes_nothing", "error", message)
    for one, other in combinations(published, 2):
        if both := overlap(policies[one.filter], policies[other.filter]):
            message = f"an order that {one.name!r} takes as well could come: where {both}"
            yield _of_flow(other, "overlap", "warning", message)


def _of_lists(configuration: Configuration) -> Iterator[ConfigurationFinding]:
    """Policies that a flow names where they never have anything to look at."""
    for flow in _published(configuration):
        for place, names in flow.execution_policies.items():
            for number, name in enumerate(names):
                if why := _in_vain(flow, place, configuration.policies[name]):
                    where = f"flows.yaml: {flow.name}.{place}[{number}]"
                    message = f"{name!r} never has anything to look at: {why}"
                    yield ConfigurationFinding(where=where, kind="in_vain", severity="warning", message=message)


def _in_vain(flow: Flow, place: str, policy: Policy) -> str:
    """Why; "" where it has something to look at. Orders that F&O sources itself have no fulfillment orders."""
    if place == "assignment" and flow.source == FINOPS:
        return "what F&O has set is never overwritten, so this flow assigns nothing"
    of_fulfillment = "fulfillment_orders" in ENTITIES[policy.entity].way
    if flow.fulfillment == "finops" and (of_fulfillment or place == "fulfillment_validation"):
        return "no fulfillment order comes of this flow"
    early = place == "validation" or (place == "assignment" and flow.fulfillment == "optimization")
    return "there are no fulfillment orders yet" if of_fulfillment and early else ""


def _of_flow(flow: Flow, kind: str, severity: Literal["error", "warning"], message: str) -> ConfigurationFinding:
    where = f"flows.yaml: {flow.name}.filter"
    return ConfigurationFinding(where=where, kind=kind, severity=severity, message=message)


def _of_mappings(configuration: Configuration) -> Iterator[ConfigurationFinding]:
    for kind, where, message in nameless_in_sap(configuration):
        yield ConfigurationFinding(where=where, kind=kind, severity="warning", message=message)


def _of_providers(configuration: Configuration) -> Iterator[ConfigurationFinding]:
    for flow in _published(configuration):
        for provider in flow.providers:
            if why := configuration.why_idle(provider):
                where, message = f"flows.yaml: {flow.name}.published", f"{why}: what the flow asks of it fails"
                yield ConfigurationFinding(where=where, kind="inactive_provider", severity="warning", message=message)


def _published(configuration: Configuration) -> list[Flow]:
    return [flow for flow in configuration.flows.values() if flow.published]
