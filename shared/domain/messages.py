"""What goes through queues."""

from abc import ABC, abstractmethod
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer

_STAMP = {"trace": "", "due": 0.0}


class Message(BaseModel, ABC):
    """Work that is handed on. It may come twice, late, or after one that was sent later.

    `trace` is the W3C traceparent of whoever sent it, `due` when it may be handled, in seconds since 1970: a stamp for
    those who watch, no part of what the message says. A message without one says nothing of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    attempt: int = 1
    trace: str = ""
    due: float = 0.0

    @property
    @abstractmethod
    def about(self) -> str:
        """What it is about. A transport that can hands out messages about one thing one after another."""

    @property
    def order(self) -> str | None:
        """Our id of the order it is about, where that can be told without looking."""
        return None

    @property
    def identity(self) -> str | None:
        """Two sendings of one identity are copies, of which one will do; None when every sending counts."""
        return None

    def next_attempt(self) -> Self:
        return self.model_copy(update={"attempt": self.attempt + 1})

    def tried(self) -> Self:
        """As one that was begun before. Unlike the number of its deliveries, that goes back on the queue with it."""
        return self if self.attempt > 1 else self.next_attempt()

    def first_attempt(self) -> Self:
        """As it was before anybody had sent it."""
        return self.model_copy(update={"attempt": 1, **_STAMP})

    def stamped(self, trace: str, due: float) -> Self:
        return self.model_copy(update={"trace": trace, "due": due})

    @model_serializer(mode="wrap")
    def _without_empty_stamp(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in write(self).items() if value or name not in _STAMP}
