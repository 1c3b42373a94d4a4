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
    executions: Counter[str] = field(default_factory=Counter)
    """The same by kind of trigger: `http`, `queue`, `serviceBus`, `timer`, `activity`, `orchestration`."""
    failures: Counter[str] = field(default_factory=Counter)
    """Failed invocations by function name."""
    durable: Counter[str] = field(default_factory=Counter)
    """What orchestrations are made of: `orchestrations` started, `events` sent to them, `timers` created,
    `statusQueries` answered, `historyEvents` stored."""
    orchestrator_turns: int = 0
    history_events_replayed: int = 0
    queue_messages_handled: int = 0
    queue_messages_poisoned: int = 0
    running: int = 0
    """Executions under way, turns of orchestrators not among them."""
    queue_polls_empty: int = 0
    """Of the calls `queue.get` those that found nothing."""
    service_bus_messages_handled: int = 0
    service_bus_messages_abandoned: int = 0
    """Those whose function failed; whether they come again or are dead-lettered is the queue's decision."""
    service_bus_receives_empty: Counter[str] = field(default_factory=Counter)
    """By queue, receives that nothing came for: in a session the one that ends it, else one that has waited in vain."""

    def ran(self, function: str, trigger: str) -> None:
        """One execution of a function; `trigger` is the type of its trigger's binding."""
        self.invocations[function] += 1
        self.executions[trigger.removesuffix("Trigger")] += 1

    def turn_taken(self, orchestrator: str, replayed: int) -> None:
        self.ran(orchestrator, "orchestrationTrigger")
        self.orchestrator_turns += 1
        self.history_events_replayed += replayed

    def turn_stored(self, events: int, timers: int) -> None:
        self.durable.update(historyEvents=events, timers=timers)

    def to_json(self) -> dict[str, Any]:
        return {
            "storage": dict(self.storage),
            "invocations": dict(self.invocations),
            "executions": dict(self.executions),
            "executionsRunning": self.running,
            "failures": dict(self.failures),
            "durable": dict(self.durable),
            "orchestratorTurns": self.orchestrator_turns,
            "historyEventsReplayed": self.history_events_replayed,
            "queueMessagesHandled": self.queue_messages_handled,
            "queueMessagesPoisoned": self.queue_messages_poisoned,
            "queuePollsEmpty": self.queue_polls_empty,
            "serviceBusMessagesHandled": self.service_bus_messages_handled,
            "serviceBusMessagesAbandoned": self.service_bus_messages_abandoned,
            "serviceBusReceivesEmpty": dict(self.service_bus_receives_empty),
        }
