"""What can go wrong, by what should happen next.

OrderProblem
├── UnknownOrder            nobody has taken this order in
├── NotAuthentic            a call that reached us does not come from whom it should: nothing of it is believed
├── Malformed               a call that reached us cannot be read
├── TooLargeToKeep          more than the store takes: trying again changes nothing
├── RejectedByProvider      an outside system said no: a person must mend data, trying again changes nothing
└── TransientProviderError  an outside system could not answer: try again later
    └── NotTried            nobody has asked it: trying later is no further attempt
"""


class OrderProblem(Exception):
    """Anything this application raises on purpose."""


class UnknownOrder(OrderProblem):
    """No order of this id is in the order book."""


class NotAuthentic(OrderProblem):
    """A caller could not prove who it is."""


class Malformed(OrderProblem):
    """A call's body is not what its system sends; the message says what is wrong with it."""


class TooLargeToKeep(OrderProblem):
    """More than the store takes of one thing; the message says of what."""


class RejectedByProvider(OrderProblem):
    """An outside system refused; the message says what and why, for the person who must act."""


class TransientProviderError(OrderProblem):
    """An outside system was busy, down, slow or cut the connection.

    `retry_after` is the wait in seconds the system asked for, None when it named none.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NotTried(TransientProviderError):
    """The work was not begun. `retry_after` is the moment of its own to come back at, in seconds from now."""
