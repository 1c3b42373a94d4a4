"""Flexe's status words in ours, and which of them take an order forward (assumed; reference: flexe.md section 5).

Flexe publishes no list of statuses: words that are missing here are added by the setting `status_words`.
"""

import re
from collections.abc import Mapping
from enum import StrEnum


class Status(StrEnum):
    """How far Flexe is with an order, in our words."""

    ACCEPTED = "accepted"  # in Flexe, not worked on
    PROCESSING = "processing"
    PARTIALLY_SHIPPED = "partially_shipped"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    ON_HOLD = "on_hold"  # a person must act at Flexe
    CANCEL_REQUESTED = "cancel_requested"  # noted, not decided
    CANCELED = "canceled"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


WORDS: Mapping[str, Status] = {
    **dict.fromkeys(("pending", "created", "new", "received", "accepted"), Status.ACCEPTED),
    **dict.fromkeys(("processing", "allocated", "released", "picking", "packed"), Status.PROCESSING),
    **dict.fromkeys(("partially_shipped", "partial"), Status.PARTIALLY_SHIPPED),
    **dict.fromkeys(("shipped", "fulfilled", "completed"), Status.SHIPPED),
    "delivered": Status.DELIVERED,
    **dict.fromkeys(("on_hold", "exception", "backordered", "address_error"), Status.ON_HOLD),
    **dict.fromkeys(("cancel_requested", "cancelling", "canceling"), Status.CANCEL_REQUESTED),
    **dict.fromkeys(("cancelled", "canceled", "voided"), Status.CANCELED),
    **dict.fromkeys(("rejected", "failed", "error"), Status.REJECTED),
}
DEAD = frozenset({Status.CANCELED, Status.REJECTED})

_WAY = (Status.ACCEPTED, Status.PROCESSING, Status.PARTIALLY_SHIPPED, Status.SHIPPED, Status.DELIVERED)
_GONE = frozenset({Status.SHIPPED, Status.DELIVERED})


def normal(word: str) -> str:
    """The word however it is spelled: `PARTIALLY-SHIPPED` and `Partially shipped` are `partially_shipped`."""
    return re.sub(r"[\s-]+", "_", word.strip().casefold())


def is_dead(status: str) -> bool:
    """Whether Flexe will never do anything about an order of this status again, without having shipped all of it."""
    return status in DEAD


def further(status: str, said: Status) -> str:
    """Where an order of `status` ("": Flexe has said nothing yet) is, now that Flexe says `said`: never further back.

    A hold and a requested cancellation are beside the way: they begin and end anywhere before everything has left.
    """
    if said is Status.UNKNOWN or is_dead(status):
        return status
    if status in _WAY and said in _WAY:
        return max(status, said, key=_WAY.index)
    return status if status in _GONE else said
