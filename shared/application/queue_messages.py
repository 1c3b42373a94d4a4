"""What may be on which queue."""

from collections.abc import Mapping

from pydantic import ValidationError

from shared.application.finops_changes import ChangeMessage
from shared.application.mistakes import problems_in
from shared.application.provider_events import ProviderEvent
from shared.domain.actions import Provider, ProviderAction
from shared.domain.messages import Message
from shared.domain.orders import Problem
from shared.domain.sources import IntakeMessage
from shared.messaging.names import CHANGES_QUEUE, INTAKE_QUEUE, REPORTING, actions_queue, events_queue
from shared.messaging.sizes import MOST_BYTES

_OF_PROVIDERS: Mapping[str, tuple[type[Message], Provider]] = {
    **{actions_queue(provider): (ProviderAction, provider) for provider in Provider},
    **{events_queue(provider): (ProviderEvent, provider) for provider in REPORTING},
}
MESSAGES: Mapping[str, type[Message]] = {
    INTAKE_QUEUE: IntakeMessage,
    CHANGES_QUEUE: ChangeMessage,
    **{queue: kind for queue, (kind, _) in _OF_PROVIDERS.items()},
}
"""By queue."""


def message_of(queue: str, body: str) -> Message:
    """Raises ValidationError."""
    return MESSAGES[queue].model_validate_json(body)


def problems_of(queue: str, body: str) -> tuple[Problem, ...]:
    """Why `body` is no message of `queue`; empty when it is one."""
    if len(body.encode()) > MOST_BYTES:
        return (Problem(field="body", value=None, problem=f"is more than the {MOST_BYTES} bytes a queue takes"),)
    try:
        message = message_of(queue, body)
    except ValidationError as invalid:
        return problems_in(invalid)
    return _strangers(queue, message)


def first_attempt(queue: str, body: str) -> str:
    """The message as it was before anybody tried; `body` itself when it is no message of `queue`."""
    if problems_of(queue, body):
        return body
    return message_of(queue, body).first_attempt().model_dump_json()


def _strangers(queue: str, message: Message) -> tuple[Problem, ...]:
    """A provider's queue is for nobody else."""
    _, provider = _OF_PROVIDERS.get(queue, (None, None))
    named = getattr(message, "provider", None)
    if named == provider:
        return ()
    return (Problem(field="provider", value=str(named), problem=f"is not {provider}, whose queue {queue} is"),)
