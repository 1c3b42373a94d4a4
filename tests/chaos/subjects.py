"""Whose call is it? Orders under test, and the names by which they appear on the wire and in what systems received."""

import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.boundaries import Boundary
from tests.chaos.faults import Planned

# A uuid, the seven digits that every number of a campaign's order is made of, the shelf its own products lie on, an id
# of Flexe's, or a key of SAP's in a path.
_NAMES = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?<!\d)7\d{6}(?!\d)|SHELF\d\d|(?<![A-Za-z0-9])[a-z]{3}_\d{4,}|'\d{1,10}'",
    re.IGNORECASE,
)


@dataclass
class Subject:
    """An order under test: its names, the faults planned for it, and the boundaries it has crossed."""

    name: str
    number: str = ""
    plan: tuple[Planned, ...] = ()
    crossed: list[Boundary] = field(default_factory=list)
    met: list[Planned] = field(default_factory=list)
    unmet: list[Planned] = field(default_factory=list)
    changed: threading.Event = field(default_factory=threading.Event)
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def cross(self, system: str, kind: str) -> Planned | None:
        """The next call of this kind; the fault planned for it."""
        self._counts[system, kind] += 1
        boundary = Boundary(system, kind, self._counts[system, kind])
        self.crossed.append(boundary)
        planned = next((each for each in self.plan if each.boundary == boundary and each not in self.met), None)
        if planned:
            self.met.append(planned)
        return planned

    def meets_no_more(self) -> None:
        """Its way is over; what still crosses the wire about it is left alone."""
        self.plan, self.unmet = (), [each for each in self.plan if each not in self.met]


class Subjects:
    """Finds the order a text is about by the names it is known by. Thread-safe."""

    def __init__(self) -> None:
        self._by_name: dict[str, Subject] = {}

    def know(self, subject: Subject, *names: str) -> None:
        for name in names:
            self._by_name[name.lower()] = subject

    def of(self, text: str) -> Subject | None:
        """None when it names none of them, or several: then it is nobody's own."""
        found = {id(subject): subject for subject in self._all(text)}
        return next(iter(found.values())) if len(found) == 1 else None

    def learn(self, subject: Subject, answer: bytes) -> None:
        """What another system calls the thing it has just created for the order."""
        try:
            body = json.loads(answer)
        except ValueError:
            return
        for name in _new_names(body):
            self.know(subject, name)

    def _all(self, text: str) -> Iterator[Subject]:
        for match in _NAMES.finditer(text):
            if subject := self._by_name.get(match[0].lower()):
                yield subject


def _new_names(body: Any) -> Iterator[str]:
    created = body.get("d", body) if isinstance(body, dict) else None
    if isinstance(created, dict):
        names = [str(created.get("id", "")), str(created.get("order_id", "")), f"'{created.get('SalesOrder', '')}'"]
        yield from (name for name in names if _NAMES.fullmatch(name))
