"""What the host has done since it started, as counters that tests and operators read."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Metrics:
    """Counters of one host process; served as JSON at `/admin/host/metrics`."""

    storage: Counter[str] = field(default_factory=Counter)
    """Storage calls by kind, such as `table.read`, `table.transaction`, `queue.get`."""
    invocations: Counter[str] = field(default_factory=Counter)
    """Function invocations by function name; one per orchestrator turn."""
    failures: Counter[str] = field(default_factory=Counter)
    """Failed invocations by function name."""
    orchestrator_turns: int = 0
    history_events_replayed: int = 0
    queue_messages_handled: int = 0
    queue_messages_poisoned: int = 0

    def to_json(self) -> dict[str, Any]:
        return {
            "storage": dict(self.storage),
            "invocations": dict(self.invocations),
            "failures": dict(self.failures),
            "orchestratorTurns": self.orchestrator_turns,
            "historyEventsReplayed": self.history_events_replayed,
            "queueMessagesHandled": self.queue_messages_handled,
            "queueMessagesPoisoned": self.queue_messages_poisoned,
        }
