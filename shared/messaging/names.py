"""The queues' names, in one place: triggers and senders must agree."""

from shared.domain.actions import Provider
from shared.message_transport import Transport

INTAKE_QUEUE = "order-intake"
CHANGES_QUEUE = "dataverse-changes"
NOTIFICATIONS_QUEUE = "dataverse-notifications"  # Dataverse writes to it, in its own words; Service Bus only

REPORTING = (Provider.FLEXE, Provider.SAP)
"""Providers that tell of what they did."""


def actions_queue(provider: Provider) -> str:
    return f"provider-actions-{provider}"


def events_queue(provider: Provider) -> str:
    return f"provider-events-{provider}"


def queues_of(transport: Transport) -> tuple[str, ...]:
    """All that are read, without those of what was given up."""
    ours = (INTAKE_QUEUE, CHANGES_QUEUE, *map(actions_queue, Provider), *map(events_queue, REPORTING))
    return ours if transport is Transport.STORAGE else (*ours, NOTIFICATIONS_QUEUE)


def has_sessions(queue: str) -> bool:
    """Whether Service Bus hands out what is about one thing one after another; Dataverse names no session."""
    return queue != NOTIFICATIONS_QUEUE


def poison(queue: str) -> str:
    """Where the Functions host puts a message of a Storage queue that failed too often."""
    return f"{queue}-poison"


def dead_letters(queue: str) -> str:
    """Where Service Bus puts it."""
    return f"{queue}/$DeadLetterQueue"
