"""Keeping persons out of what is shown beside many orders: error pages and logs name the field alone."""

import re
from collections.abc import Iterator

from shared.domain.orders import Address, Order

_OF_A_PERSON = ("name", "company", "line1", "line2", "phone", "email")
_FEWEST_CHARACTERS = 3


def impersonal(text: str, order: Order) -> str:
    """The text with the name of a field in the place of what the order says of a person.

    Outside systems quote what they refuse. City, state, postal code and country stay: they are what is mostly wrong,
    and many live there.
    """
    fields = {value.casefold(): name for name, value in _said_of_persons(order)}
    if not fields:
        return text
    longest_first = sorted(fields, key=len, reverse=True)
    anything = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)
    return anything.sub(lambda found: f"[{fields.get(found[0].casefold(), 'personal data')}]", text)


def _said_of_persons(order: Order) -> Iterator[tuple[str, str]]:
    """Field and value; what is told last is called by its name."""
    told = [("customer_name", order.customer_name), *_of("bill_to", order.bill_to)]
    told += [each for address in order.addresses for each in _of("ship_to", address)]
    return ((name, value.strip()) for name, value in told if len(value.strip()) >= _FEWEST_CHARACTERS)


def _of(place: str, address: Address) -> Iterator[tuple[str, str]]:
    return ((f"{place}.{field}", getattr(address, field)) for field in _OF_A_PERSON)
