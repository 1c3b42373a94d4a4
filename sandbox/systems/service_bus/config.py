"""What can be set about the stand-in namespace: its key, its queues and its limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Self

from pydantic import Field

from sandbox.systems.kit import config_from_json

Duration = Annotated[timedelta, Field(gt=timedelta(0))]
"""A JSON number of seconds, or ISO 8601 as in the emulator's configuration: `PT1M`."""
LockDuration = Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(minutes=5))]


@dataclass(frozen=True)
class QueueConfig:
    """One queue, with the service's defaults. Without a duplicate detection window every copy is kept."""

    name: Annotated[str, Field(min_length=1, max_length=260)]
    requires_session: bool = False
    lock_duration: LockDuration = timedelta(minutes=1)
    max_delivery_count: Annotated[int, Field(ge=1)] = 10
    duplicate_detection_window: Duration | None = None
    default_message_time_to_live: Duration | None = None
    dead_lettering_on_message_expiration: bool = False


@dataclass(frozen=True)
class Config:
    """A namespace with one shared access key. `amqp_port` 0 is a free one; sizes are of whole messages."""

    queues: tuple[QueueConfig, ...] = ()
    amqp_port: int = 0
    key_name: str = "RootManageSharedAccessKey"
    key: str = "sandbox-service-bus-key"
    max_message_size: Annotated[int, Field(ge=1)] = 256 * 1024
    session_wait_seconds: Annotated[float, Field(gt=0)] = 60.0
    """How long accepting the next available session waits when the client names no time of its own."""

    def __post_init__(self) -> None:
        names = [queue.name.lower() for queue in self.queues]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"queues: named twice: {', '.join(twice)}")

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """From a JSON object of these fields; a `ValueError` names each unknown key or wrong value."""
        return config_from_json(cls, raw)
