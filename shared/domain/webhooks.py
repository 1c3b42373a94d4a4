"""What makes an outside system tell us of changes: our registrations there, as they are and as they should be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.domain.errors import RejectedByProvider


class MayNotRegister(RejectedByProvider):
    """Our user may not look after registrations in that system: a person registers us there."""


@dataclass(frozen=True)
class Registration:
    """One registration as it was found. `wrong`: what must change, in words without any secret; () for nothing."""

    name: str  # in the system's own words: `store/order/created`
    exists: bool
    wrong: tuple[str, ...] = ()

    @property
    def in_place(self) -> bool:
        return self.exists and not self.wrong


class Registrar(Protocol):
    """Looks after our registrations in one system, and after nobody else's.

    Both raise RejectedByProvider (MayNotRegister among them) and TransientProviderError, and may be called twice.
    """

    def look(self) -> Sequence[Registration]: ...

    def restore(self) -> Sequence[Registration]:
        """What was found; afterwards each is in place."""
        ...
