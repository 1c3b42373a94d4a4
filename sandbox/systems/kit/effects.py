"""The effect log: every received call that changed something, in order, so that a test or demo can count effects."""

from datetime import UTC, datetime
from typing import Any


class EffectLog:
    """An append-only list of `{"n": 1, "at": "<ISO 8601, UTC>", "kind": "shipment_created", **facts}`."""

    def __init__(self) -> None:
        self._effects: list[dict[str, Any]] = []

    def record(self, kind: str, **facts: Any) -> None:
        """Append one effect; `facts` must be JSON values and are kept as given."""
        self._effects.append({"n": len(self._effects) + 1, "at": datetime.now(UTC).isoformat(), "kind": kind, **facts})

    def of(self, kind: str | None = None, after: int = 0) -> list[dict[str, Any]]:
        """All effects in order, or only those of one kind, or behind the number `after`."""
        return [effect for effect in self._effects[after:] if kind is None or effect["kind"] == kind]

    def clear(self) -> None:
        self._effects.clear()
