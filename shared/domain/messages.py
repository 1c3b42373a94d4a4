"""What goes through queues."""

from abc import ABC, abstractmethod
from typing import Self

from pydantic import BaseModel, ConfigDict


class Message(BaseModel, ABC):
    """Work that is handed on. It may come twice, late, or after one that was sent later."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    attempt: int = 1

    @property
    @abstractmethod
    def about(self) -> str:
        """What it is about. A transport that can hands out messages about one thing one after another."""

    @property
    def identity(self) -> str | None:
        """Two sendings of one identity are copies, of which one will do; None when every sending counts."""
        return None

    def next_attempt(self) -> Self:
        return self.model_copy(update={"attempt": self.attempt + 1})
