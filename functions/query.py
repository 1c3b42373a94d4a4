"""Query parameters, read so that everything that is wrong with them is told at once."""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Self

from shared.application.mistakes import InvalidRequest
from shared.domain.json_text import strict_json
from shared.domain.orders import Problem

_DURATION = re.compile(r"P[0-9]{1,4}D|P([0-9]{1,4}D)?T([0-9]{1,4}H([0-9]{1,4}M)?|[0-9]{1,4}M)")
_SECONDS = re.compile(r"[0-9]{1,9}")
_UNITS = {"D": "days", "H": "hours", "M": "minutes"}
_KEY = "code"  # where a caller may put its function key


class Query:
    """The parameters of one request. Leaving its `with` block raises InvalidRequest if any was wrong or unknown.

    An absent parameter reads as None; an empty one counts as absent, for the host does not hand those over.
    """

    def __init__(self, params: Mapping[str, str]) -> None:
        self._params = {name: value for name, value in params.items() if name != _KEY}
        self._read: set[str] = set()
        self._problems: list[Problem] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if error is None:
            for name in sorted(self._params.keys() - self._read):
                self.refuse(name, f"is no parameter here; there are: {', '.join(sorted(self._read)) or 'none'}")
            if self._problems:
                raise InvalidRequest(*self._problems)

    def refuse(self, name: str, problem: str) -> None:
        self._problems.append(Problem(field=name, value=self._params.get(name), problem=problem))

    def text(self, name: str) -> str | None:
        self._read.add(name)
        return self._params.get(name) or None

    def one_of(self, name: str, allowed: Sequence[str]) -> str | None:
        value = self.text(name)
        if value is not None and value not in allowed:
            self.refuse(name, f"is not one of {', '.join(allowed)}")
        return value

    def number(self, name: str, least: int, most: int) -> int | None:
        value = self.text(name)
        if value is None:
            return None
        if value.isascii() and value.isdigit() and len(value) <= len(str(most)) and least <= int(value) <= most:
            return int(value)
        self.refuse(name, f"is not a number from {least} to {most}")
        return None

    def duration(self, name: str) -> timedelta | None:
        """ISO 8601 in days, hours and minutes, such as P1DT12H, or a number of seconds."""
        value = self.text(name)
        if value is None:
            return None
        if _SECONDS.fullmatch(value):
            return timedelta(seconds=int(value))
        if _DURATION.fullmatch(value):
            return timedelta(**{_UNITS[unit]: int(count) for count, unit in re.findall("([0-9]+)([DHM])", value)})
        self.refuse(name, "is neither an ISO 8601 duration, such as P1DT12H, nor a number of seconds")
        return None

    def cursor(self, name: str, of: str) -> str:
        """The place that `cursor_for` was given for the same list; "" for its start."""
        value = self.text(name)
        if value is None:
            return ""
        place = _place_in(value, of)
        if place is None:
            self.refuse(name, "was not given out for this list")
        return place or ""

    def fingerprint(self, besides: Sequence[str]) -> str:
        """What is asked for, but for these parameters: two requests for the same list have the same."""
        asked = sorted((name, value) for name, value in self._params.items() if name not in besides)
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]


def no_parameters(params: Mapping[str, str]) -> None:
    """Raises InvalidRequest for any that is there."""
    with Query(params):
        pass


def cursor_for(place: str, of: str) -> str:
    """Opaque text that leads back to `place` in the list of that fingerprint."""
    return base64.urlsafe_b64encode(json.dumps([of, place]).encode()).decode().rstrip("=")


def _place_in(cursor: str, of: str) -> str | None:
    try:
        given, place = strict_json(base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, TypeError):
        return None
    is_place = isinstance(place, str) and "/" in place and len(place) < 1_000
    return place if given == of and is_place else None
