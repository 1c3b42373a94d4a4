"""Request bodies: decoded, and refused where a property is unknown, read-only or of the wrong form."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.systems.sap.edm import from_json
from sandbox.systems.sap.errors import ODataError
from sandbox.systems.sap.filters import known_property
from sandbox.systems.sap.schema import EntityType, Service
from sandbox.systems.sap.store import Row


@dataclass(frozen=True)
class Wish:
    """What a caller sent for one entity: decoded properties, and the entities to be made along with it."""

    values: Row
    children: Mapping[str, list["Wish"]]

    def below(self, navigation: str) -> list["Wish"]:
        return self.children.get(navigation, [])


def parse_body(raw: bytes) -> dict[str, Any]:
    """The object of a JSON body, flat or wrapped in `d`."""
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise _unparsable("The request body is no JSON.") from error
    body = body.get("d", body) if isinstance(body, dict) else body
    if not isinstance(body, dict):
        raise _unparsable("The request body must be one JSON object.")
    return body


def wish_to_create(service: Service, kind: EntityType, body: Mapping[str, Any]) -> Wish:
    """A deep insert: navigations as plain lists or as `{"results": [...]}`."""
    children = {
        name: [wish_to_create(service, service.sets[target], inner) for inner in _inner_bodies(name, body[name])]
        for name, target in kind.navigations.items()
        if name in body
    }
    properties = {name: value for name, value in body.items() if name not in children}
    return Wish(_decoded(kind, properties, for_change=False), children)


def wish_to_change(kind: EntityType, body: Mapping[str, Any]) -> Row:
    """The properties of a PATCH; what is not named stays."""
    return _decoded(kind, body, for_change=True)


def _decoded(kind: EntityType, body: Mapping[str, Any], *, for_change: bool) -> Row:
    values: Row = {}
    for name, value in body.items():
        if name == "__metadata":
            continue
        found = known_property(kind, name)
        if found.access == "read" or (for_change and found.access != "change"):
            raise ODataError(f"Property '{name}' of {kind.name} is read-only.", target=name)
        values[name] = from_json(found, value)
    return values


def _inner_bodies(name: str, given: Any) -> list[dict[str, Any]]:
    inner = given.get("results") if isinstance(given, dict) else given
    if not isinstance(inner, list) or not all(isinstance(body, dict) for body in inner):
        raise _unparsable(f"Navigation property '{name}' must hold a list of objects.")
    return inner


def _unparsable(reason: str) -> ODataError:
    return ODataError(reason, code="CX_SXML_PARSE_ERROR/001560AA0E081DEB8CA398CC1690D406")
