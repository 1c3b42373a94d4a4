"""How several things that are wrong are put into one message."""

from collections.abc import Sequence

_NAMED = 5


def listed(sentences: Sequence[str]) -> str:
    """The first few and how many more: a message about each of 500 lines is read by nobody and stored nowhere."""
    more = len(sentences) - _NAMED
    return "; ".join([*sentences[:_NAMED], *([f"and {more} more"] if more > 0 else [])])
