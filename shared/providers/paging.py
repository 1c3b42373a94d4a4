"""Lists that come page by page, from systems that may lead us back to where we were."""

import hashlib

from shared.domain.errors import TransientProviderError


class Trail:
    """Where one list has led so far. Whoever is led back to a place would go on without end."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._places: set[bytes] = set()

    def step(self, what: str, place: object) -> None:
        """`what` is at `place`: a link, a cursor, or all that a page has. Raises TransientProviderError."""
        mark = hashlib.sha256(repr(place).encode()).digest()  # a whole page would be kept else
        if mark in self._places:
            raise TransientProviderError(f"{self._provider} answered a list with a {what} that leads in a circle")
        self._places.add(mark)
