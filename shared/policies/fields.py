"""Which fields of an order or order line a policy may read and set, and how a path through them is followed.

A path is dotted. From an order: its own fields, `ship_to.…` (the first shipping address) and its children (`lines.…`,
`addresses.…`, `shipments.…`). From a line: its own fields, `ship_to.…` (where this line goes) and `order.…`. A related
record that is not there has empty fields.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from shared.domain.errors import OrderProblem
from shared.domain.orders import Address, Order, OrderLine, Value

Entity = Literal["order", "order_line"]
Kind = Literal["text", "lookup", "number", "moment", "flag", "children"]

ASSIGNABLE: dict[Entity, frozenset[str]] = {
    "order": frozenset(
        {"company", "invoice_customer", "customer_account", "shipping_site", "shipping_warehouse", "strategy"}
    ),
    "order_line": frozenset({"company", "shipping_site", "shipping_warehouse"}),
}

_MODELS: dict[Entity, type[Value]] = {"order": Order, "order_line": OrderLine}
_LOOKUPS = ASSIGNABLE["order"] | {"product", "unit"}  # references to F&O records: equal or not, never greater
_KINDS: dict[type, Kind] = {str: "text", Decimal: "number", int: "number", datetime: "moment", bool: "flag"}


class UnknownField(OrderProblem, ValueError):
    """A policy names a field that its entity does not have."""


@dataclass(frozen=True)
class Field:
    """`many`: the path passes through children, so there is one value for each of them; `optional`: it may be empty."""

    path: str
    kind: Kind
    many: bool
    optional: bool


@dataclass(frozen=True)
class Subject:
    """What a policy looks at: an order, or one of its lines."""

    order: Order
    line: OrderLine | None = None

    @property
    def entity(self) -> Entity:
        return "order_line" if self.line else "order"

    @property
    def label(self) -> str:
        return f"line {self.line.number}" if self.line else f"order {self.order.number}"

    def values(self, field: Field) -> tuple[Any, ...]:
        """Every value at the path; a path that ends at children has one value, the children themselves."""
        first, *rest = field.path.split(".")
        found = _members([self._start(first)])
        for name in rest:
            found = _members(None if each is None else getattr(each, name) for each in found)
        return (tuple(found),) if field.kind == "children" else tuple(found)

    def with_(self, changes: dict[str, str]) -> "Subject":
        if self.line:
            return Subject(self.order, self.line.with_(**changes))
        return Subject(self.order.with_(**changes))

    def _start(self, name: str) -> Any:
        if self.line is None:
            return getattr(self.order, name)
        related = {"order": self.order, "ship_to": self.order.address_of(self.line)}
        return related[name] if name in related else getattr(self.line, name)


@lru_cache(maxsize=1024)
def field_of(entity: Entity, path: str) -> Field:
    """The field at `path` as seen from `entity`. Raises UnknownField, naming what is there instead."""
    annotation, many, optional = _MODELS[entity], False, False
    *parents, _ = path.split(".")
    for depth, name in enumerate(path.split(".")):
        children = _fields_of(annotation, entity if depth == 0 else None)
        if name not in children:
            owner = ".".join(parents[:depth]) or f"an {entity.replace('_', ' ')}"
            raise UnknownField(_no_such_field(owner, name, children))
        optional = optional or NoneType in get_args(children[name])
        annotation, repeated = _shape(children[name])
        many = many or repeated
    if issubclass(annotation, Value):
        if not many:
            raise UnknownField(f"{path!r} is a group of fields; name one of them, such as {path}.{_first(annotation)}")
        return Field(path, "children", many=True, optional=True)
    kind = "lookup" if path.rpartition(".")[2] in _LOOKUPS else _KINDS[annotation]
    return Field(path, kind, many, optional or kind in ("text", "lookup"))  # text may be blank


def _fields_of(model: type, root: Entity | None) -> dict[str, Any]:
    if not issubclass(model, Value):
        return {}
    fields: dict[str, Any] = {name: info.annotation for name, info in model.model_fields.items()}
    if model is Order or root == "order_line":
        fields["ship_to"] = Address
    if root == "order_line":
        fields["order"] = Order
    return fields


def _shape(annotation: Any) -> tuple[type, bool]:
    """The bare type and whether there are many of it: (str, False) for `str | None`, (X, True) for `tuple[X, ...]`."""
    if get_origin(annotation) is tuple:
        return get_args(annotation)[0], True
    bare = [each for each in get_args(annotation) if each is not NoneType]
    return (bare[0] if bare else annotation), False


def _first(model: type[Value]) -> str:
    return next(iter(model.model_fields))


def _members(values: Iterable[Any]) -> Sequence[Any]:
    found: list[Any] = []
    for value in values:
        if isinstance(value, tuple):
            found.extend(value)
        else:
            found.append(value)
    return found


def _no_such_field(owner: str, name: str, children: dict[str, Any]) -> str:
    if not children:
        return f"{owner} is a plain value, it has no field {name!r}"
    return f"{owner} has no field {name!r}; it has {', '.join(sorted(children))}"
