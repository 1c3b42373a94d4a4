"""Entities as they are shown, whatever the format, and their V2 JSON form."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sandbox.systems.sap.edm import property_to_json
from sandbox.systems.sap.schema import EntityType, Service
from sandbox.systems.sap.store import Row

_DATE_IN_JSON = re.compile(r'"/(Date\([^)]*\))/"')


@dataclass(frozen=True)
class Entity:
    """A row with the properties selected; `links` are to-many: deferred (None) or expanded."""

    service: Service
    kind: EntityType
    uri: str
    values: Row
    etag: str | None
    links: Mapping[str, "list[Entity] | None"]

    def to_json(self) -> dict[str, Any]:
        metadata = {"id": self.uri, "uri": self.uri, "type": f"{self.service.name}.{self.kind.name}"}
        if self.etag is not None:
            metadata["etag"] = self.etag
        return {"__metadata": metadata, **self.properties_to_json(), **self._links_to_json()}

    def properties_to_json(self) -> dict[str, Any]:
        return values_to_json(self.kind, self.values)

    def _links_to_json(self) -> dict[str, Any]:
        return {
            name: {"__deferred": {"uri": f"{self.uri}/{name}"}}
            if inner is None
            else {"results": [entity.to_json() for entity in inner]}
            for name, inner in self.links.items()
        }


@dataclass(frozen=True)
class Page:
    """A collection as far as one answer shows it; `total` only when it was asked for."""

    entities: list[Entity]
    uri: str
    total: int | None = None
    next_uri: str | None = None

    def to_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {"results": [entity.to_json() for entity in self.entities]}
        if self.total is not None:
            body["__count"] = str(self.total)
        if self.next_uri is not None:
            body["__next"] = self.next_uri
        return body


def values_to_json(kind: EntityType, row: Row) -> dict[str, Any]:
    """The properties alone, as V2 JSON shows them."""
    return {name: property_to_json(kind.properties[name], value) for name, value in row.items()}


def encoded(body: Any) -> bytes:
    """JSON bytes with the slashes of dates escaped, as the Gateway writes them."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return _DATE_IN_JSON.sub(r'"\\/\1\\/"', text).encode()


def etag(row: Row) -> str | None:
    """The version of a row, made of its last change; None for a type without one."""
    changed: datetime | None = row.get("LastChangeDateTime")
    if changed is None:
        return None
    moment = changed.strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
    return f"W/\"datetimeoffset'{quote(moment, safe='')}'\""


def address(root: str, kind: EntityType, row: Row) -> str:
    """The row's canonical URI."""
    keys = {name: quote(row[name].replace("'", "''")) for name in kind.keys}
    if len(keys) == 1:
        return f"{root}/{kind.entity_set}('{next(iter(keys.values()))}')"
    named = ",".join(f"{name}='{value}'" for name, value in keys.items())
    return f"{root}/{kind.entity_set}({named})"
