"""Faults that a test or demo arms, each for a number of times: on calls to the stand-in and on callbacks it sends."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import count
from random import Random
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sandbox.systems.kit.control import Refused


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CallFault(_Strict):
    """What happens to a call: after a delay in seconds, an answer instead of the real one, or a dropped connection.

    `drop` "before": the system never saw the call; "after": it has committed, only the answer is lost.
    `answer_after_seconds`: it has committed, and its answer comes so much later.
    """

    status: int | None = Field(default=None, ge=200, le=599)
    headers: dict[str, str] = {}
    body: Any = None
    delay_seconds: float = Field(default=0, ge=0)
    answer_after_seconds: float = Field(default=0, ge=0)
    drop: Literal["before", "after"] | None = None

    @model_validator(mode="after")
    def does_one_thing(self) -> Self:
        if self.status is not None and self.drop is not None:
            raise ValueError("status and drop exclude each other")
        if self.status is None and (self.headers or self.body is not None):
            raise ValueError("headers and body need a status")
        if self.answer_after_seconds and (self.status is not None or self.drop is not None):
            raise ValueError("answer_after_seconds is about the real answer: there is none with status or drop")
        if self.status is None and self.drop is None and not self.delay_seconds and not self.answer_after_seconds:
            raise ValueError("one of status, delay_seconds, answer_after_seconds, drop is needed")
        return self


class CallbackFault(_Strict):
    """What happens to callbacks.

    The next `lose` are never sent; the next is sent late; the next is sent `duplicate` times in all; the next `reorder`
    are held until all are there (or a second has passed) and go out backwards.
    """

    lose: int | None = Field(default=None, ge=1)
    delay_seconds: float | None = Field(default=None, gt=0)
    duplicate: int | None = Field(default=None, ge=2)
    reorder: int | None = Field(default=None, ge=2)

    @model_validator(mode="after")
    def does_one_thing(self) -> Self:
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError("exactly one of lose, delay_seconds, duplicate, reorder is needed")
        return self

    @property
    def callbacks_per_time(self) -> int:
        return self.lose or self.reorder or 1


class _Wish(_Strict):
    """How often a fault hits what it matches: `times`, each by `chance`, as the dice of the `seed` fall."""

    times: int = Field(default=1, ge=1)
    chance: float = Field(default=1, gt=0, le=1)
    seed: int = 0


class FaultForCalls(_Wish):
    """A fault for calls that match `call`.

    `call`: "METHOD path", `*` for any method, `{name}` or `*` for text within one path segment, `**` for any text,
    matched at the end of the real path; or, starting with `^`, a regular expression searched in "METHOD path".
    """

    call: str
    fault: CallFault

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return _call_pattern(self.call)

    @model_validator(mode="after")
    def has_a_usable_call(self) -> Self:
        _call_pattern(self.call)
        return self


class FaultForCallbacks(_Wish):
    """A fault for callbacks whose label matches the glob `match`, such as `store/order/*`."""

    callbacks: CallbackFault
    match: str = "*"


def _call_pattern(call: str) -> re.Pattern[str]:
    if call.startswith("^"):
        try:
            return re.compile(call)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
    method, _, path = call.partition(" ")
    if not method or not (path.startswith("/") or path == "**"):
        raise ValueError('must read "METHOD /path"')
    wild = {"**": ".*", "*": "[^/]*"}
    parts = re.split(r"(\*\*|\*|\{\w*\})", path)
    text = "".join(wild.get(part) or ("[^/]+" if re.fullmatch(r"\{\w*\}", part) else re.escape(part)) for part in parts)
    return re.compile(f"^{'[A-Z]+' if method == '*' else re.escape(method)} (?:/.*)?{text}$")


@dataclass
class _Armed:
    id: int
    wish: FaultForCalls | FaultForCallbacks
    left: int = field(init=False)

    def __post_init__(self) -> None:
        self._dice = Random(self.wish.seed)
        per_time = self.wish.callbacks.callbacks_per_time if isinstance(self.wish, FaultForCallbacks) else 1
        self.left = self.wish.times * per_time

    def hits(self) -> bool:
        """Of something that matches; the dice are rolled only for a chance."""
        return self.wish.chance == 1 or self._dice.random() < self.wish.chance

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, **self.wish.model_dump(mode="json", exclude_defaults=True), "left": self.left}


class Faults:
    """The armed faults, first armed first used; each is forgotten when it has been used up."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []
        self._ids = count(1)

    def arm(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Arm the fault of a `POST /_control/faults` body; the armed fault with its id and `left`, or `Refused` 400."""
        try:
            wish = (FaultForCallbacks if "callbacks" in raw else FaultForCalls).model_validate(raw)
        except ValidationError as error:
            raise Refused.for_shape(error) from error
        self._armed.append(_Armed(next(self._ids), wish))
        return self._armed[-1].to_json()

    def armed(self) -> list[dict[str, Any]]:
        return [fault.to_json() for fault in self._armed]

    def clear(self) -> None:
        self._armed.clear()

    def take_for_call(self, method: str, path: str) -> CallFault | None:
        """The fault this call meets, one use of it taken."""
        call = f"{method} {path}"
        for armed in self._armed:
            if isinstance(armed.wish, FaultForCalls) and armed.wish.pattern.search(call) and armed.hits():
                self._take(armed)
                return armed.wish.fault
        return None

    def take_for_callback(self, label: str) -> CallbackFault | None:
        """The fault this callback meets, one use of it taken."""
        for armed in self._armed:
            wish = armed.wish
            if isinstance(wish, FaultForCallbacks) and fnmatchcase(label, wish.match) and armed.hits():
                self._take(armed)
                return wish.callbacks
        return None

    def _take(self, armed: _Armed) -> None:
        armed.left -= 1
        if not armed.left:
            self._armed.remove(armed)
