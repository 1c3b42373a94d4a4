"""What changes between two configurations, by file and entry, in words.

What is called by a name is compared with what is called so on the other side: a rule that was moved has moved, and is
not every rule after it that has changed. What has no name is there or is not.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, Literal, NamedTuple

from shared.configuration.entries import entries
from shared.configuration.model import Configuration
from shared.domain.orders import Value

Kind = Literal["added", "removed", "changed", "moved"]

_SHOWN_CHARACTERS = 200


class Difference(Value):
    """`path` leads to the place within the entry, () to the whole of it; of what was moved the positions are told."""

    file: str
    entry: str
    path: tuple[str, ...] = ()
    kind: Kind
    before: Any = None
    after: Any = None

    def __str__(self) -> str:
        return ": ".join((self.file, self.entry, *self.path, self._what))

    @property
    def _what(self) -> str:
        match self.kind:
            case "changed":
                return f"{_shown(self.before)} -> {_shown(self.after)}"
            case "moved":
                return f"moved from {self.before} to {self.after}"
            case "added":
                return f"added {_shown(self.after)}"
            case "removed":
                return f"removed {_shown(self.before)}"


def differences(before: Configuration, after: Configuration) -> tuple[Difference, ...]:
    """By file, then in the order of the entries; what was removed comes last of its file."""
    old, new = entries(before), entries(after)
    return tuple(
        Difference(file=file, entry=entry, **found._asdict())
        for file in new
        for entry in _of_both(old[file], new[file])
        for found in _between((), _at(old[file], entry), _at(new[file], entry))
    )


class _Absent:
    """There is nothing there, not even null."""


_ABSENT = _Absent()


class _Found(NamedTuple):
    path: tuple[str, ...]
    kind: Kind
    before: Any
    after: Any


def _between(at: tuple[str, ...], before: Any, after: Any) -> Iterator[_Found]:
    if before == after:
        return
    if before is _ABSENT:
        yield _Found(at, "added", None, after)
    elif after is _ABSENT:
        yield _Found(at, "removed", before, None)
    elif isinstance(before, dict) and isinstance(after, dict):
        for key in _of_both(before, after):
            yield from _between((*at, key), _at(before, key), _at(after, key))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _between_lists(at, before, after)
    else:
        yield _Found(at, "changed", before, after)


def _between_lists(at: tuple[str, ...], before: list[Any], after: list[Any]) -> Iterator[_Found]:
    old, new = _by_name(before), _by_name(after)
    if old is not None and new is not None:
        yield from _between_named(at, old, new)
        return
    gone, come = _without(before, after), _without(after, before)
    yield from (_Found(at, "removed", item, None) for item in gone)
    yield from (_Found(at, "added", None, item) for item in come)
    if not gone and not come:
        yield _Found(at, "changed", before, after)  # in another order


def _between_named(at: tuple[str, ...], before: dict[str, Any], after: dict[str, Any]) -> Iterator[_Found]:
    old_places, new_places = _places(before), _places(after)
    moved = _moved(before, after)
    for name in _of_both(before, after):
        label = f"{new_places.get(name) or old_places[name]} {name!r}"
        here = (*at[:-1], " ".join((*at[-1:], label)))
        if name in moved:
            yield _Found(here, "moved", old_places[name], new_places[name])
        yield from _between(here, _at(before, name), _at(after, name))


def _moved(before: Iterable[str], after: Iterable[str]) -> set[str]:
    """Those in both that do not stand in the longest runs that are the same."""
    names = set(before) & set(after)
    old, new = [name for name in before if name in names], [name for name in after if name in names]
    runs = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return names - {name for run in runs for name in new[run.b : run.b + run.size]}


def _by_name(items: Sequence[Any]) -> dict[str, Any] | None:
    """None when not all of them have a name of their own."""
    named = {item["name"]: item for item in items if isinstance(item, dict) and "name" in item}
    return named if len(named) == len(items) else None


def _places(named: Mapping[str, Any]) -> dict[str, int]:
    return {name: place for place, name in enumerate(named, start=1)}


def _of_both(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [*after, *(key for key in before if key not in after)]


def _at(entries: Mapping[str, Any], key: str) -> Any:
    return entries.get(key, _ABSENT)


def _without(items: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    left = list(others)
    found = []
    for item in items:
        if item in left:
            left.remove(item)
        else:
            found.append(item)
    return found


def _shown(value: Any) -> str:
    if isinstance(value, bool | None):
        return json.dumps(value)
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 3]}..."
