"""The records of an order as policies meet them: found, read along a path, and written back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from shared.domain.orders import FulfillmentOrderLine, Order, Value
from shared.policies.entities import ENTITIES, ENTITY_OF, RELATED, Entity, order_line_of
from shared.policies.fields import Field


class Subject:
    """What a policy looks at: the order, or a record below it, given with all that lies on the way to it."""

    def __init__(self, order: Order, *below: Value) -> None:
        self._order = order
        self._trail: tuple[Any, ...] = (order, *below)

    @property
    def entity(self) -> Entity:
        return ENTITY_OF[type(self._trail[-1])]

    @property
    def label(self) -> str:
        """What people call it: "order BC-10427", "line 2", "line 2 of fulfillment order BC-10427-1"."""
        nouns = [ENTITIES[ENTITY_OF[type(each)]].noun for each in self._trail]
        names = [f"{noun} {number}" for noun, number in zip(nouns, self._numbers(), strict=True)]
        return " of ".join(reversed(names[1:] or names))

    @property
    def place(self) -> str:
        """Where its fields are, seen from the order: "", "lines[2].", "fulfillment_orders[BC-10427-1].lines[2]."."""
        _, *numbers = self._numbers()
        steps = zip(ENTITIES[self.entity].way, numbers, strict=True)
        return "".join(f"{name}[{number}]." for name, number in steps)

    def values(self, field: Field) -> tuple[Any, ...]:
        """Every value at the path; a path that ends at children has one value, the children themselves."""
        first, *rest = field.path.split(".")
        found = _members([self._start(first)])
        for name in rest:
            found = _members(self._follow(each, name) for each in found)
        if field.kind == "children":
            return (tuple(each for each in found if each is not None),)
        return tuple(found)

    def with_(self, changes: Mapping[str, str]) -> "Subject":
        *way, record = self._trail
        return Subject(*way, record.with_(**changes))

    def _start(self, name: str) -> Any:
        above = {ENTITY_OF[type(each)]: each for each in self._trail[:-1]}
        return above[name] if name in above else self._follow(self._trail[-1], name)

    def _follow(self, record: Any, name: str) -> Any:
        """A related record that is not there has empty fields."""
        if record is None:
            return None
        related = RELATED.get(type(record), {}).get(name)
        return related.find(self._order, record) if related else getattr(record, name)

    def _numbers(self) -> list[Any]:
        return [_number(self._order, each) for each in self._trail]


def subjects(entity: Entity, order: Order) -> Iterator[Subject]:
    """Every record of the order that a policy about `entity` looks at."""
    trails: list[tuple[Any, ...]] = [(order,)]
    for name in ENTITIES[entity].way:
        trails = [(*trail, child) for trail in trails for child in getattr(trail[-1], name)]
    yield from (Subject(*trail) for trail in trails)


def written(entity: Entity, order: Order, changes: Sequence[Mapping[str, str]]) -> Order:
    """The order with these changes of its records, one for each of its `subjects`."""
    return _written(order, ENTITIES[entity].way, iter(changes)) if any(changes) else order


def _written(record: Any, way: Sequence[str], changes: Iterator[Mapping[str, str]]) -> Any:
    if not way:
        return record.with_(**next(changes))
    name, *rest = way
    return record.with_(**{name: tuple(_written(child, rest, changes) for child in getattr(record, name))})


def _number(order: Order, record: Any) -> Any:
    """A line of a fulfillment order goes by the number of the line that it stands for."""
    if not isinstance(record, FulfillmentOrderLine):
        return record.number
    line = order_line_of(order, record)
    return line.number if line else record.line_id


def _members(values: Iterable[Any]) -> Sequence[Any]:
    found: list[Any] = []
    for value in values:
        if isinstance(value, tuple):
            found.extend(value)
        else:
            found.append(value)
    return found
