"""A bearer token shared by all threads of a process: kept until shortly before it expires, then asked for again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol, Self

from shared.domain.errors import TransientProviderError
from shared.domain.ports import Clock
from shared.providers.answers import Answer, RefusedCall

_EARLY = timedelta(minutes=5)
_LONGEST = timedelta(days=1)  # an absurd lifetime would lead to a moment that no calendar has


@dataclass(frozen=True)
class Grant:
    """A token just given out, and how long it is good for."""

    token: str = field(repr=False)
    lifetime: timedelta

    @classmethod
    def read(cls, answer: Answer) -> Self:
        """From `{"access_token": "...", "expires_in": 3599}`. Raises TransientProviderError for anything else."""
        granted = answer.json()
        try:
            return cls(str(granted["access_token"]), timedelta(seconds=float(granted["expires_in"])))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise TransientProviderError(f"{answer} without a token") from error


class TokenSource(Protocol):
    """Whoever gives tokens out."""

    def grant(self) -> Grant:
        """Raises RejectedByProvider when the credentials are refused."""
        ...

    def close(self) -> None: ...


class CachedToken:
    """One thread asks for the token, the others wait for it."""

    def __init__(self, source: TokenSource, now: Clock) -> None:
        self._source = source
        self._now = now
        self._lock = Lock()
        self._value = ""
        self._good_until: datetime | None = None

    def value(self) -> str:
        """Raises RejectedByProvider when the credentials are refused."""
        with self._lock:
            if self._good_until is None or self._now() >= self._good_until:
                self._fetch()
            return self._value

    def drop(self, value: str) -> None:
        """Forget `value`, which was refused; a newer one that another thread has fetched meanwhile stays."""
        with self._lock:
            if self._value == value:
                self._good_until = None

    def send(self, call: Callable[[str], Answer]) -> Answer:
        """The answer to `call`, which is given the token; called again with a new one when that is refused (401)."""
        token = self.value()
        try:
            return call(token)
        except RefusedCall as refusal:
            if refusal.status != 401:
                raise
        self.drop(token)
        return call(self.value())

    def close(self) -> None:
        self._source.close()

    def _fetch(self) -> None:
        asked_at = self._now()
        grant = self._source.grant()
        self._value = grant.token
        lifetime = min(max(grant.lifetime, timedelta()), _LONGEST)
        # A token that lives shorter than twice the margin would otherwise be fetched for every call.
        self._good_until = asked_at + max(lifetime - _EARLY, lifetime / 2)
