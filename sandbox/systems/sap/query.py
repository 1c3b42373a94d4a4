"""The query options of a read, and what they make of rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import quote

from sandbox.systems.sap.entities import Entity, Page, address, etag
from sandbox.systems.sap.errors import ODataError
from sandbox.systems.sap.filters import Predicate, known_property, parse_filter
from sandbox.systems.sap.schema import EntityType
from sandbox.systems.sap.store import Row, Store

Expansion = dict[str, "Expansion"]

_FOR_ONE = frozenset({"$select", "$expand", "$format"})
_FOR_MANY = _FOR_ONE | {"$filter", "$orderby", "$top", "$skip", "$skiptoken", "$inlinecount"}


def _everything(_: Row) -> bool:
    return True


@dataclass(frozen=True)
class Query:
    """Parsed options; `order` lists properties and whether they descend; `top` None means all."""

    expand: Expansion = field(default_factory=dict)
    select: tuple[str, ...] = ()
    matches: Predicate = _everything
    order: tuple[tuple[str, bool], ...] = ()
    top: int | None = None
    skip: int = 0
    resume_at: int = 0
    counted: bool = False

    @classmethod
    def of(cls, kind: EntityType, sets: Mapping[str, EntityType], options: Mapping[str, str], *, many: bool) -> Self:
        """400 for an unknown option, property or navigation. Options without `$` are the caller's own business."""
        known = _FOR_MANY if many else _FOR_ONE
        if unknown := sorted(name for name in options if name.startswith("$") and name not in known):
            text = f"System query option '{unknown[0]}' is not allowed here."
            raise ODataError(text, code="/IWCOR/CX_DS_EP_SYSQUERYOPT_ERROR")
        return cls(
            expand=_expansion(kind, sets, options.get("$expand", "")),
            select=_selection(kind, options.get("$select", "")),
            matches=parse_filter(kind, options["$filter"]) if "$filter" in options else _everything,
            order=tuple(_ordering(kind, part) for part in _listed(options.get("$orderby", ""))),
            top=_whole(options, "$top", 0) if "$top" in options else None,
            skip=_whole(options, "$skip", 0),
            resume_at=_whole(options, "$skiptoken", 0),
            counted=_count_asked(options.get("$inlinecount", "none")),
        )


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _whole(options: Mapping[str, str], name: str, default: int) -> int:
    text = options.get(name, str(default))
    if not (text.isascii() and text.isdigit()):
        raise ODataError(f"Invalid value '{text}' for {name}.", code="/IWCOR/CX_DS_EP_SYSQUERYOPT_ERROR")
    return int(text)


def _count_asked(text: str) -> bool:
    if text not in ("allpages", "none"):
        raise ODataError(f"Invalid value '{text}' for $inlinecount.", code="/IWCOR/CX_DS_EP_SYSQUERYOPT_ERROR")
    return text == "allpages"


def _expansion(kind: EntityType, sets: Mapping[str, EntityType], text: str) -> Expansion:
    """`to_Item,to_Item/to_Text` as a tree."""
    tree: Expansion = {}
    for path in _listed(text):
        branch, at = tree, kind
        for step in path.split("/"):
            if step not in at.navigations:
                raise ODataError(f"Invalid navigation property '{step}' in $expand.", target=step)
            branch, at = branch.setdefault(step, {}), sets[at.navigations[step]]
    return tree


def _selection(kind: EntityType, text: str) -> tuple[str, ...]:
    """The selected properties and navigations; a path below a navigation selects it whole."""
    names = tuple(part.partition("/")[0] for part in _listed(text) if part != "*")
    for name in names:
        if name not in kind.navigations:
            known_property(kind, name)
    return names


def _ordering(kind: EntityType, part: str) -> tuple[str, bool]:
    name, _, direction = part.partition(" ")
    if direction.strip() not in ("", "asc", "desc"):
        raise ODataError(f"Invalid direction '{direction}' in $orderby.")
    return known_property(kind, name).name, direction.strip() == "desc"


class Reader:
    """Shows the rows of one service to one call; `root` is the service's own URL."""

    def __init__(self, store: Store, root: str, page_size: int) -> None:
        self._store = store
        self._root = root
        self._page_size = page_size

    def entity(self, kind: EntityType, row: Row, query: Query) -> Entity:
        shown = [name for name in kind.properties if not query.select or name in query.select]
        links = {
            name: self._expanded(kind, row, name, query.expand[name]) if name in query.expand else None
            for name in kind.navigations
            if not query.select or name in query.select or name in query.expand
        }
        values = {name: row[name] for name in shown}
        return Entity(self._store.service, kind, address(self._root, kind, row), values, etag(row), links)

    def page(self, kind: EntityType, rows: list[Row], query: Query, asked: tuple[str, Mapping[str, str]]) -> Page:
        """The matching rows as far as one answer holds them; `asked` is the call's path and options."""
        path, options = asked
        found = [row for row in rows if query.matches(row)]
        for name, descends in reversed(query.order):
            found.sort(key=lambda row: _sortable(row[name]), reverse=descends)
        wanted = found[query.skip :] if query.top is None else found[query.skip : query.skip + query.top]
        end = query.resume_at + self._page_size
        return Page(
            entities=[self.entity(kind, row, query) for row in wanted[query.resume_at : end]],
            uri=f"{self._root}/{path}",
            total=len(found) if query.counted else None,
            next_uri=f"{self._root}/{path}?{_continued(options, end)}" if end < len(wanted) else None,
        )

    def _expanded(self, kind: EntityType, row: Row, name: str, inner: Expansion) -> list[Entity]:
        child = self._store.service.sets[kind.navigations[name]]
        return [self.entity(child, found, Query(expand=inner)) for found in self._store.children(kind, row, name)]


def _sortable(value: Any) -> tuple[bool, Any]:
    """Unset values first."""
    return (value is not None, 0 if value is None else value)


def _continued(options: Mapping[str, str], end: int) -> str:
    asked = {**options, "$skiptoken": str(end)}
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in asked.items())
