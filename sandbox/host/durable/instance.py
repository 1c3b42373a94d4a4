"""What is known about one orchestration instance."""

from dataclasses import dataclass, field
from enum import StrEnum

from sandbox.host.durable.events import Event


class InstanceExists(Exception):
    """There is an instance of that id which has not finished."""


class InstanceUnknown(Exception):
    """There is no instance of that id."""


class InstanceFinished(Exception):
    """The instance has finished: nothing can be sent to it."""


class RuntimeStatus(StrEnum):
    PENDING = "Pending"
    RUNNING = "Running"
    COMPLETED = "Completed"
    CONTINUED_AS_NEW = "ContinuedAsNew"
    FAILED = "Failed"
    CANCELED = "Canceled"
    TERMINATED = "Terminated"
    SUSPENDED = "Suspended"


FINISHED = frozenset({RuntimeStatus.COMPLETED, RuntimeStatus.FAILED, RuntimeStatus.CANCELED, RuntimeStatus.TERMINATED})


@dataclass(frozen=True)
class Parent:
    """The very call that started a child: it tells a child of this execution from an older one of the same id."""

    instance_id: str
    execution_id: str
    event_id: int


@dataclass
class Instance:
    """The status row of an instance; `input`, `output` and `custom_status` are JSON texts, times ISO 8601."""

    id: str
    name: str
    execution_id: str
    created: str
    updated: str
    status: RuntimeStatus = RuntimeStatus.PENDING
    input: str | None = None
    output: str | None = None
    custom_status: str | None = None
    parent: Parent | None = None
    etag: str = ""

    @property
    def is_finished(self) -> bool:
        return self.status in FINISHED


@dataclass(frozen=True)
class Message:
    """Something for an instance to take in; `row_key` names its row when it was stored before it was accepted.

    `execution_id` limits a completion to the execution that asked for it.
    """

    event: Event
    row_key: str | None = None
    execution_id: str | None = None


@dataclass
class History:
    """Every committed event of the current execution, also as the JSON runs that contexts are joined from."""

    events: list[Event] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
