"""The Atom form of entities, which a caller gets who does not ask for JSON."""

from datetime import UTC, datetime
from xml.etree import ElementTree as Xml

from sandbox.systems.sap.edm import to_xml
from sandbox.systems.sap.entities import Entity, Page
from sandbox.systems.sap.errors import METADATA_NAMESPACE
from sandbox.systems.sap.schema import Service

_ATOM = "http://www.w3.org/2005/Atom"
_APP = "http://www.w3.org/2007/app"
_DATA = "http://schemas.microsoft.com/ado/2007/08/dataservices"
_SCHEME = "http://schemas.microsoft.com/ado/2007/08/dataservices/scheme"
_PREFIXES = {"": _ATOM, "d": _DATA, "m": METADATA_NAMESPACE, "app": _APP}


def document(shown: Entity | Page) -> bytes:
    """An entry for one entity, a feed for a collection."""
    return _written(_feed(shown) if isinstance(shown, Page) else _entry(shown))


def service_document(service: Service, root: str) -> bytes:
    """The collections of a service."""
    top = Xml.Element(f"{{{_APP}}}service", {"{http://www.w3.org/XML/1998/namespace}base": f"{root}/"})
    workspace = Xml.SubElement(top, f"{{{_APP}}}workspace")
    Xml.SubElement(workspace, f"{{{_ATOM}}}title").text = "Data"
    for name in service.sets:
        collection = Xml.SubElement(workspace, f"{{{_APP}}}collection", {"href": name})
        Xml.SubElement(collection, f"{{{_ATOM}}}title").text = name
    return _written(top)


def _written(element: Xml.Element) -> bytes:
    for prefix, namespace in _PREFIXES.items():
        Xml.register_namespace(prefix, namespace)
    return Xml.tostring(element, encoding="utf-8", xml_declaration=True)


def _head(parent: Xml.Element, uri: str, title: str) -> None:
    Xml.SubElement(parent, f"{{{_ATOM}}}id").text = uri
    Xml.SubElement(parent, f"{{{_ATOM}}}title", {"type": "text"}).text = title
    Xml.SubElement(parent, f"{{{_ATOM}}}updated").text = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _feed(page: Page) -> Xml.Element:
    feed = Xml.Element(f"{{{_ATOM}}}feed")
    _head(feed, page.uri, page.uri.rpartition("/")[2])
    if page.total is not None:
        Xml.SubElement(feed, f"{{{METADATA_NAMESPACE}}}count").text = str(page.total)
    feed.extend(_entry(entity) for entity in page.entities)
    if page.next_uri is not None:
        Xml.SubElement(feed, f"{{{_ATOM}}}link", {"rel": "next", "href": page.next_uri})
    return feed


def _entry(entity: Entity) -> Xml.Element:
    tag = {f"{{{METADATA_NAMESPACE}}}etag": entity.etag} if entity.etag else {}
    entry = Xml.Element(f"{{{_ATOM}}}entry", tag)
    _head(entry, entity.uri, entity.uri.rpartition("/")[2])
    Xml.SubElement(
        entry, f"{{{_ATOM}}}category", {"term": f"{entity.service.name}.{entity.kind.name}", "scheme": _SCHEME}
    )
    for name, inner in entity.links.items():
        _link(entry, entity, name, inner)
    content = Xml.SubElement(entry, f"{{{_ATOM}}}content", {"type": "application/xml"})
    properties = Xml.SubElement(content, f"{{{METADATA_NAMESPACE}}}properties")
    for name, value in entity.values.items():
        text = to_xml(entity.kind.properties[name], value)
        null = {f"{{{METADATA_NAMESPACE}}}null": "true"} if text is None else {}
        Xml.SubElement(properties, f"{{{_DATA}}}{name}", null).text = text
    return entry


def _link(entry: Xml.Element, entity: Entity, name: str, inner: list[Entity] | None) -> None:
    attributes = {"href": f"{entity.uri}/{name}", "rel": f"{_DATA}/related/{name}", "title": name}
    link = Xml.SubElement(entry, f"{{{_ATOM}}}link", attributes | {"type": "application/atom+xml;type=feed"})
    if inner is not None:
        Xml.SubElement(link, f"{{{METADATA_NAMESPACE}}}inline").append(_feed(Page(inner, f"{entity.uri}/{name}")))
