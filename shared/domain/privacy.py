"""Keeping persons out of what is shown beside many orders: error pages and logs name the field alone."""

import json
import re
from collections.abc import Iterator, Mapping

from shared.domain.orders import Address, Order
from shared.domain.wording import one_line

_OF_A_PERSON = ("name", "company", "line1", "line2", "phone", "email")
_FEWEST_CHARACTERS = 3
_CUT_CHARACTERS = 200  # nobody cuts a reason off before: of a shorter text the end is what it looks like


def impersonal(text: str, order: Order) -> str:
    """The text with the name of a field in the place of what the order says of a person.

    Outside systems quote what they refuse. City, state, postal code and country stay: they are what is mostly wrong,
    and many live there.
    """
    told = [*_said_of_persons(order)]
    if not told:
        return text
    fields = {_folded(spelling): name for name, value in told for spelling in _spellings(value)}
    longest_first = sorted(dict.fromkeys(value for _, value in told), key=len, reverse=True)
    anything = re.compile("|".join(map(_pattern, longest_first)), re.IGNORECASE)
    masked = anything.sub(lambda found: f"[{fields.get(_folded(found[0]), 'personal data')}]", text)
    return _end_masked(masked, fields) if len(text) >= _CUT_CHARACTERS else masked


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _pattern(value: str) -> str:
    """In any case and spelling, with any blanks between its words."""
    words = (dict.fromkeys(_spellings(word)) for word in value.split())
    return r"\s+".join(f"(?:{'|'.join(map(re.escape, spellings))})" for spellings in words)


def _spellings(word: str) -> Iterator[str]:
    """Folded, for a ß does not match the SS of capitals; with escapes, as JSON and lines of ours have signs that are
    rare or cannot be seen."""
    yield word
    yield word.casefold()
    yield json.dumps(word)[1:-1]
    yield one_line(word)


def _end_masked(text: str, fields: Mapping[str, str]) -> str:
    """`text`, which may have been cut off within a value, without what is left of that value."""
    longest = 2 * max(map(len, fields))  # with blanks that a folded text does not have
    for start in range(max(0, len(text) - longest), len(text)):
        left = _folded(text[start:])
        if len(left) < _FEWEST_CHARACTERS:
            break
        if text[start].isspace() or text[start - 1 : start].isalnum():
            continue
        if name := next((name for value, name in fields.items() if value.startswith(left)), None):
            return f"{text[:start]}[{name}]"
    return text


def _said_of_persons(order: Order) -> Iterator[tuple[str, str]]:
    """Field and value; what is told last is called by its name."""
    told = [("customer_name", order.customer_name), *_of("bill_to", order.bill_to)]
    told += [each for address in order.addresses for each in _of("ship_to", address)]
    return ((name, value.strip()) for name, value in told if len(value.strip()) >= _FEWEST_CHARACTERS)


def _of(place: str, address: Address) -> Iterator[tuple[str, str]]:
    return ((f"{place}.{field}", getattr(address, field)) for field in _OF_A_PERSON)
