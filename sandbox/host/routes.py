"""Route templates of HTTP triggers, as ASP.NET reads them (reference: functions-host.md section 4)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import unquote

Target = TypeVar("Target")

PARAMETER = re.compile(r"\{(?P<star>\*{0,2})(?P<name>\w+)(?::(?P<constraint>[\w()|,.-]+?))?(?P<optional>\?)?\}")
CONSTRAINTS = {
    None: r"[^/]+",
    "int": r"[+-]?\d{1,10}",
    "long": r"[+-]?\d{1,19}",
    "guid": r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}",
    "bool": r"true|false",
    "alpha": r"[a-z]+",
}
# The lower, the more specific; compared segment by segment.
LITERAL, CONSTRAINED, PLAIN, CATCH_ALL = range(4)


class RouteError(Exception):
    """A route template that means nothing, or that this host does not know."""


@dataclass(frozen=True)
class Route(Generic[Target]):
    """One template with the methods it answers (None for all) and what it leads to."""

    pattern: re.Pattern[str]
    precedence: tuple[int, ...]
    methods: frozenset[str] | None
    target: Target


class RouteTable(Generic[Target]):
    """Finds the target of a request path; more specific templates win over less specific ones."""

    def __init__(self, routes: Iterable[Route[Target]]) -> None:
        self._routes = sorted(routes, key=lambda route: route.precedence)

    def match(self, method: str, raw_path: str) -> tuple[Target, dict[str, str]] | None:
        """The target and its decoded route values; None when neither path nor method fits."""
        for route in self._routes:
            if route.methods is not None and method not in route.methods:
                continue
            match = route.pattern.fullmatch(raw_path.strip("/"))
            if match:
                return route.target, {name: unquote(value) for name, value in match.groupdict().items() if value}
        return None


def compile_route(template: str, methods: Iterable[str] | None, target: Target) -> Route[Target]:
    """A template such as `api/orders/{id:int}/{*rest}`; raises RouteError for what it cannot mean."""
    pattern, precedence = "", []
    for position, segment in enumerate(template.strip("/").split("/")):
        text, rank, may_be_absent = _segment(template, segment)
        slash = "/" if position else ""
        pattern += f"(?:{slash}{text})?" if may_be_absent else slash + text
        precedence.append(rank)
    allowed = frozenset(method.upper() for method in methods) if methods else None
    return Route(re.compile(pattern, re.IGNORECASE), tuple(precedence), allowed, target)


def _segment(template: str, segment: str) -> tuple[str, int, bool]:
    whole = PARAMETER.fullmatch(segment)
    if whole and whole["star"]:
        return f"(?P<{whole['name']}>.*)", CATCH_ALL, True
    text, rank, end = "", LITERAL, 0
    for match in PARAMETER.finditer(segment):
        if match["star"] or match["constraint"] not in CONSTRAINTS:
            raise RouteError(f"route '{template}': this host does not know '{match[0]}'")
        text += re.escape(segment[end : match.start()]) + f"(?P<{match['name']}>{CONSTRAINTS[match['constraint']]})"
        rank = max(rank, CONSTRAINED if match["constraint"] else PLAIN)
        end = match.end()
    rest = segment[end:]
    if "{" in rest or "}" in rest:
        raise RouteError(f"route '{template}': '{segment}' is not a valid segment")
    return text + re.escape(rest), rank, bool(whole and whole["optional"])
