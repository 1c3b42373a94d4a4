"""An order as it was before policies have set anything, as well as that can be told (see the package)."""

from collections.abc import Iterable, Iterator, Mapping

from shared.configuration import Configuration
from shared.domain.identity import FINOPS
from shared.domain.orders import Order, OrderLine
from shared.domain.records import OrderRecord
from shared.policies import Assigned, Policy, Subject
from shared.policies.entities import Entity
from shared.policies.fields import field_of

_GIVEN_BY_INTAKE_TOO = frozenset({"customer_account"})

Writers = Mapping[str, list[Assigned]]
"""All that rules write into a field, by field."""


def as_it_was(record: OrderRecord, configurations: Iterable[Configuration]) -> Order:
    """Without what the policies of its flow may have set. An order without a flow has been assigned by none."""
    order = record.order
    if order.source == FINOPS or record.flow is None:
        return order
    policies = [policy for each in configurations for policy in _policies_of(each, record.flow)]
    of_order, of_lines = _writers(policies, "order"), _writers(policies, "order_line")
    lines = tuple(line.with_(**dict.fromkeys(_set(line, Subject(order, line), of_lines))) for line in order.lines)
    return order.with_(lines=lines, **dict.fromkeys(_set(order, Subject(order), of_order)))


def _policies_of(configuration: Configuration, name: str) -> Iterator[Policy]:
    """Validation counts: what it sets is kept as well."""
    flow = configuration.flows.get(name)
    if flow:
        yield from (configuration.policy(policy) for policy in (*flow.validation, *flow.assignment))


def _writers(policies: Iterable[Policy], entity: Entity) -> Writers:
    found: dict[str, list[Assigned]] = {}
    for policy in policies:
        for rule in policy.rules if policy.entity == entity else ():
            for name, assigned in rule.set.items():
                found.setdefault(name, []).append(assigned)
    return found


def _set(holder: Order | OrderLine, subject: Subject, writers: Writers) -> Iterator[str]:
    """The fields that hold what a policy has set, or may have."""
    for name, written in writers.items():
        if name not in _GIVEN_BY_INTAKE_TOO or getattr(holder, name) in [_value(each, subject) for each in written]:
            yield name


def _value(assigned: Assigned, subject: Subject) -> str | None:
    if assigned.source is None:
        return assigned.value
    (value,) = subject.values(field_of(subject.entity, assigned.source))
    return value
