"""The queues' names, in one place: triggers and senders must agree."""

from shared.domain.actions import Provider

INTAKE_QUEUE = "order-intake"
CHANGES_QUEUE = "dataverse-changes"


def actions_queue(provider: Provider) -> str:
    return f"provider-actions-{provider}"


def events_queue(provider: Provider) -> str:
    return f"provider-events-{provider}"


def poison(queue: str) -> str:
    """Where the Functions host puts a message that failed too often."""
    return f"{queue}-poison"
