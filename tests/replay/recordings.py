"""What an orchestration has lived through, turn by turn, as files in `histories/` keep it.

Ids and times are left out, so that the same life recorded again is the same file; `wire.py` puts them back.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

HISTORIES = Path(__file__).parent / "histories"
EARLIER = "earlier"
ORDER_ID = "the-order"

Said = dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """One turn: what is new to the orchestrator, what it asks for then, what the host schedules for that.

    `asks` are the actions that are new in this turn, in the words of `words.py`; `cancels` numbers earlier ones, from 0
    over the whole life, whose timer is not needed any more. `ends` is the output with which the orchestration ends.
    """

    hears: tuple[Said, ...] = ()
    asks: tuple[Said, ...] = ()
    cancels: tuple[int, ...] = ()
    schedules: tuple[Said, ...] = ()
    ends: Said | None = None

    def to_json(self) -> str:
        """Without what is empty; one line for each kind of thing."""
        parts = {name: value for name, value in vars(self).items() if value}
        return "{" + ",\n ".join(f"{json.dumps(name)}: {_lines(value)}" for name, value in parts.items()) + "}"

    @classmethod
    def from_json(cls, given: Said) -> Self:
        lists = {name: tuple(value) for name, value in given.items() if name != "ends"}
        return cls(**lists, ends=given.get("ends"))


@dataclass(frozen=True)
class Recording:
    """`course` names what happens in it; `input` is what the orchestration was started with."""

    orchestrator: str
    course: str
    input: Said
    turns: tuple[Turn, ...] = field(default=())

    @property
    def is_over(self) -> bool:
        return bool(self.turns) and self.turns[-1].ends is not None

    @property
    def life(self) -> Said:
        """What does not depend on which news came in one turn and which in two."""
        asked = [ask for turn in self.turns for ask in turn.asks]
        return {"input": self.input, "hears": [news for turn in self.turns for news in turn.hears], "asks": asked}

    def save(self, folder: Path = HISTORIES) -> Path:
        path = folder / self.orchestrator / f"{self.course}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        turns = ",\n".join(turn.to_json() for turn in self.turns)
        path.write_text(f'{{"input": {json.dumps(self.input)},\n"turns": [\n{turns}]}}\n', encoding="utf-8")
        return path

    @classmethod
    def load(cls, path: Path) -> Self:
        given = json.loads(path.read_text(encoding="utf-8"))
        turns = tuple(map(Turn.from_json, given["turns"]))
        return cls(path.parent.name, path.stem, given["input"], turns)


def current(folder: Path = HISTORIES) -> Iterator[Path]:
    """What the code of today was recorded doing."""
    return (path for path in sorted(folder.glob("*/*.json")))


def earlier(folder: Path = HISTORIES) -> Iterator[Path]:
    """What earlier code was recorded doing whose orders may still run."""
    return (path for path in sorted(folder.glob(f"{EARLIER}/*/*/*.json")))


def _lines(value: Any) -> str:
    if isinstance(value, tuple) and value and isinstance(value[0], dict):
        return "[" + ",\n  ".join(map(json.dumps, value)) + "]"
    return json.dumps(value)
