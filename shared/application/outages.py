"""What operators see of an outage: one line on the error pages, for as long as it lasts."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from shared.domain.errors import TransientProviderError
from shared.domain.ports import ErrorEntry, ErrorPages

log = logging.getLogger(__name__)
_KIND = "provider_action"


@dataclass(frozen=True)
class Outages:
    """All processes that notice it share that line. When the store is down as well, there is only the log."""

    pages: Callable[[], ErrorPages]

    def began(self, system: str, reason: str) -> None:
        message = f"{system} does not answer; its work waits and goes on by itself when it does: {reason}"
        entry = ErrorEntry(kind=_KIND, key=_key(system), order_id=None, message=message, details={"system": system})
        try:
            self.pages().report(entry)
        except TransientProviderError as fault:
            log.warning("the outage of %s is not on the error pages: %s", system, fault)

    def ended(self, system: str) -> None:
        try:
            self.pages().resolve_entry(_KIND, _key(system))
        except TransientProviderError as fault:
            log.warning("the outage of %s is still on the error pages: %s", system, fault)


def _key(system: str) -> str:
    return f"outage.{system}"
