"""Which fields a policy may read, and of what kind they are.

A path is dotted. It starts at a field of the policy's own record, at a record that it leads to (`entities.RELATED`,
also further down: `lines.order_line.product`), or at one that it belongs to (`order.…`, `fulfillment_order.…`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from shared.domain.errors import OrderProblem
from shared.domain.orders import Value
from shared.policies.entities import ENTITIES, RELATED, Entity, above, named

Kind = Literal["text", "lookup", "number", "moment", "flag", "children"]

# References to F&O records: equal or not, never greater.
_LOOKUPS = ENTITIES["order"].settable | {"product", "unit"}
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


@lru_cache(maxsize=1024)
def field_of(entity: Entity, path: str) -> Field:
    """The field at `path` as seen from `entity`. Raises UnknownField, naming what is there instead."""
    names = path.split(".")
    annotation, many, optional = ENTITIES[entity].model, False, False
    for depth, name in enumerate(names):
        fields = _fields_of(annotation) | (_records_above(entity) if depth == 0 else {})
        if name not in fields:
            raise UnknownField(_no_such_field(".".join(names[:depth]) or named(entity), name, fields))
        optional = optional or NoneType in get_args(fields[name])
        annotation, repeated = _shape(fields[name])
        many = many or repeated
    if issubclass(annotation, Value):
        if not many:
            raise UnknownField(f"{path!r} is a group of fields; name one of them, such as {path}.{_first(annotation)}")
        return Field(path, "children", many=True, optional=True)
    kind = "lookup" if names[-1] in _LOOKUPS else _KINDS[annotation]
    return Field(path, kind, many, optional or kind in ("text", "lookup"))  # text may be blank


def _fields_of(model: type) -> dict[str, Any]:
    """Annotations by name; none where `model` is a plain value."""
    if not issubclass(model, Value):
        return {}
    related = RELATED.get(model, {})
    return {
        **{name: info.annotation for name, info in model.model_fields.items()},
        **{name: each.annotation for name, each in related.items()},
    }


def _records_above(entity: Entity) -> dict[str, Any]:
    return {each: ENTITIES[each].model for each in above(entity)}


def _shape(annotation: Any) -> tuple[type, bool]:
    """The bare type and whether there are many of it: (str, False) for `str | None`, (X, True) for `tuple[X, ...]`."""
    if get_origin(annotation) is tuple:
        return get_args(annotation)[0], True
    bare = [each for each in get_args(annotation) if each is not NoneType]
    return (bare[0] if bare else annotation), False


def _first(model: type[Value]) -> str:
    return next(iter(model.model_fields))


def _no_such_field(owner: str, name: str, fields: Mapping[str, Any]) -> str:
    if not fields:
        return f"{owner} is a plain value, it has no field {name!r}"
    return f"{owner} has no field {name!r}; it has {', '.join(sorted(fields))}"
