"""What the stand-ins have received, read once for all orders and told apart by order."""

import json
import threading
from collections import defaultdict
from typing import Any

from sandbox.demo.world import StandIn
from tests.chaos.subjects import Subject, Subjects


class Ledger:
    """The effects of one stand-in. Thread-safe; each effect is fetched once."""

    def __init__(self, stand_in_url: str, subjects: Subjects) -> None:
        self._stand_in = _Numbered(stand_in_url)
        self._subjects = subjects
        self._of: dict[int, list[dict[str, Any]]] = defaultdict(list)
        self._read = 0
        self._lock = threading.Lock()

    def of(self, subject: Subject) -> list[dict[str, Any]]:
        """Everything received about the order so far, in order."""
        with self._lock:
            for effect in self._stand_in.effects_after(self._read):
                self._read = effect["n"]
                self._sort_in(effect)
            return list(self._of[id(subject)])

    def close(self) -> None:
        self._stand_in.close()

    def _sort_in(self, effect: dict[str, Any]) -> None:
        text = json.dumps(effect)
        subject = self._subjects.of(text)
        if subject is not None:
            self._subjects.learn(subject, text.encode())  # later effects may name only the row or document
            self._of[id(subject)].append(effect)


class _Numbered(StandIn):
    def effects_after(self, n: int) -> list[dict[str, Any]]:
        return self._get("/_control/effects", after=str(n))["effects"]
