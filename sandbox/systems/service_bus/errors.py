"""What the service refuses, by AMQP condition and, for requests to `$management`, by status code."""


class Refusal(Exception):
    """The service says no: `condition` tells clients which error it is, `status` what a response carries."""

    def __init__(self, condition: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.condition = condition
        self.description = description
        self.status = status


def entity_not_found(name: str) -> Refusal:
    return Refusal("amqp:not-found", f"The messaging entity '{name}' could not be found.", 404)


def not_allowed(description: str) -> Refusal:
    return Refusal("amqp:not-allowed", description)


def not_implemented(what: str) -> Refusal:
    return Refusal("amqp:not-implemented", f"This stand-in does not do it: {what}.", 501)


def bad_argument(description: str) -> Refusal:
    return Refusal("com.microsoft:argument-error", description)


def unauthorized(description: str) -> Refusal:
    return Refusal("amqp:unauthorized-access", description, 401)


def message_too_large(size: int, limit: int) -> Refusal:
    return Refusal("amqp:link:message-size-exceeded", f"The message has {size} bytes, and {limit} is the most.")


def message_lock_lost() -> Refusal:
    return Refusal(
        "com.microsoft:message-lock-lost",
        "The lock supplied is invalid. Either the lock expired, or the message has already been removed.",
        410,
    )


def session_lock_lost(session_id: str) -> Refusal:
    return Refusal(
        "com.microsoft:session-lock-lost",
        f"The lock for the session '{session_id}' has expired. Accept the session again.",
        410,
    )


def session_cannot_be_locked(session_id: str) -> Refusal:
    return Refusal(
        "com.microsoft:session-cannot-be-locked",
        f"The requested session '{session_id}' cannot be accepted. It may be locked by another receiver.",
        409,
    )


def no_session_available() -> Refusal:
    return Refusal("com.microsoft:timeout", "No session with a message became available in time.", 408)


def message_not_found(sequence_number: int) -> Refusal:
    return Refusal(
        "com.microsoft:message-not-found", f"There is no scheduled message with number {sequence_number}.", 404
    )


def server_busy() -> Refusal:
    return Refusal("com.microsoft:server-busy", "The service is busy. Wait before you try again.", 503)
