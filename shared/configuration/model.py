"""What an operator decides: policies, flows, states, id mappings, dual-write maps, fulfillment and providers."""

from collections.abc import Mapping
from typing import Literal, TypeVar

from pydantic import PositiveFloat, field_validator

from shared.configuration.fulfillment import Fulfillment
from shared.configuration.providers import Instances
from shared.domain.actions import Provider
from shared.domain.errors import OrderProblem
from shared.domain.mappings import IdMappings, looked_up
from shared.domain.orders import Order, Value
from shared.domain.states import StateFramework, Transition
from shared.dual_write import DualWriteMap
from shared.policies import Policy, Subject, evaluate

T = TypeVar("T")


class NotConfigured(OrderProblem):
    """Something is asked for by a name that the configuration does not have."""


class AmbiguousFlow(OrderProblem):
    """More than one published flow would take an order: their filter policies must tell them apart."""


class Flow(Value):
    """Which orders an orchestration takes, who ships and invoices them, the policies it runs (by name), and its waits.

    `fulfillment`: "optimization" is F&O too, from sources found line by line.
    `fulfillment_validation`: run once there are fulfillment orders, before F&O or while Flexe gets to work on them.
    `deadline_seconds`: how long a wait for an event, or for the answer of a step, may last before a person is told;
    "*": all others.
    """

    name: str
    published: bool
    filter: str
    fulfillment: Literal["finops", "flexe", "optimization"] = "finops"
    accounting: Literal["finops", "sap"] = "finops"
    validation: tuple[str, ...] = ()
    assignment: tuple[str, ...] = ()
    fulfillment_validation: tuple[str, ...] = ()
    deadline_seconds: dict[str, PositiveFloat]

    @field_validator("deadline_seconds")
    @classmethod
    def _covers_every_event(cls, deadlines: dict[str, float]) -> dict[str, float]:
        if "*" not in deadlines:
            raise ValueError('"*" is missing: the deadline of all that are not named')
        return deadlines

    @property
    def source(self) -> str:
        """Where its orders are born: flows are named source_fulfillment_accounting."""
        return self.name.partition("_")[0]

    @property
    def providers(self) -> tuple[Provider, ...]:
        """All that have a part in it: its source, who ships, who invoices, and always F&O."""
        return tuple(
            each for each in Provider if each in (self.source, self.fulfillment, self.accounting, Provider.FINOPS)
        )

    @property
    def execution_policies(self) -> dict[str, tuple[str, ...]]:
        """By the list that they stand in."""
        return {
            "validation": self.validation,
            "assignment": self.assignment,
            "fulfillment_validation": self.fulfillment_validation,
        }


class StateTransitions(Value):
    """The rows of the state framework, and the events that are meant to move nothing."""

    transitions: tuple[Transition, ...]
    recorded: frozenset[str] = frozenset()


class Configuration(Value):
    """Everything, checked as a whole. Mappings are by outside system, maps by their short key ("headers", "lines")."""

    policies: dict[str, Policy]
    flows: dict[str, Flow]
    states: StateTransitions
    id_mappings: dict[str, IdMappings]
    dual_write_maps: dict[str, DualWriteMap]
    fulfillment: Fulfillment
    providers: Instances

    def flow_for(self, order: Order) -> Flow | None:
        """The one published flow whose filter policy takes the order, None if there is none. Raises AmbiguousFlow."""
        published = (flow for flow in self.flows.values() if flow.published)
        taking = [flow for flow in published if evaluate(self.policies[flow.filter], Subject(order)).success]
        if len(taking) > 1:
            names = ", ".join(repr(flow.name) for flow in taking)
            raise AmbiguousFlow(f"order {order.number} ({order.source} {order.external_id}) matches flows {names}")
        return taking[0] if taking else None

    def flow(self, name: str) -> Flow:
        """Raises NotConfigured."""
        return _named(self.flows, name, "flow")

    def policy(self, name: str) -> Policy:
        """Raises NotConfigured."""
        return _named(self.policies, name, "policy")

    def mappings_of(self, system: str) -> IdMappings:
        """None at all where the system has no section: each name asked for is told where it belongs."""
        return self.id_mappings.get(system) or IdMappings(system=system, keys=looked_up(system))

    def why_idle(self, provider: Provider) -> str:
        """Why a provider is to be asked for nothing; "" for one that is active."""
        instance = self.providers.get(provider)
        if instance is None:
            return f"provider {provider} is not installed"
        return "" if instance.active else f"provider {provider} is not active"

    def flows_with(self, provider: Provider) -> tuple[Flow, ...]:
        """The flows that it has a part in, published or not."""
        return tuple(flow for flow in self.flows.values() if provider in flow.providers)

    def state_framework(self) -> StateFramework:
        return StateFramework(self.states.transitions)


def _named(entries: Mapping[str, T], name: str, kind: str) -> T:
    if name not in entries:
        raise NotConfigured(f"there is no {kind} {name!r}; there are {', '.join(map(repr, sorted(entries)))}")
    return entries[name]
