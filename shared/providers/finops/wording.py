"""How several things that are wrong are put into one message."""

from collections.abc import Iterable, Mapping, Sequence

from shared.domain.orders import OrderLine

_NAMED = 5


def listed(sentences: Sequence[str]) -> str:
    """The first few and how many more: a message about each of 500 lines is read by nobody and stored nowhere."""
    more = len(sentences) - _NAMED
    return "; ".join([*sentences[:_NAMED], *([f"and {more} more"] if more > 0 else [])])


def by_line(lines: Iterable[OrderLine], said: Mapping[str, str]) -> str:
    """What is said of lines, by line id, for readers who know them by number."""
    return listed([f"line {line.number}: {said[line.line_id]}" for line in lines if line.line_id in said])
