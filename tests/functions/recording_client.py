"""A durable client that keeps what it is told, as it comes out of JSON."""

import json
from dataclasses import dataclass, field
from typing import Any

import azure.durable_functions as df
from azure.durable_functions.models.DurableOrchestrationStatus import DurableOrchestrationStatus


@dataclass
class RecordingClient(df.DurableOrchestrationClient):
    """The part of the durable client that triggers use. `statuses`: the instances there are."""

    statuses: dict[str, df.OrchestrationRuntimeStatus] = field(default_factory=dict)
    started: list[tuple[str, str, Any]] = field(default_factory=list)
    raised: list[tuple[str, str, Any]] = field(default_factory=list)
    asked: int = 0  # how often for the status of an instance
    fault: Exception | None = None  # what starting and raising meet, before they take effect
    begins_after: Exception | None = None  # the first raise meets it, then the instance is there
    overtaken_by: df.OrchestrationRuntimeStatus | None = None  # a twin starts the instance just before us

    async def get_status(self, instance_id: str, *_: Any, **__: Any) -> DurableOrchestrationStatus:
        self.asked += 1
        status = self.statuses.get(instance_id)
        return DurableOrchestrationStatus.from_json({"runtimeStatus": status.name} if status else {})

    async def start_new(
        self,
        orchestration_function_name: str,
        instance_id: str | None = None,
        client_input: Any = None,
        version: str | None = None,  # noqa: ARG002 - as the SDK has it
    ) -> str:
        assert instance_id
        if self.overtaken_by:
            self.statuses[instance_id] = self.overtaken_by
        if self.fault:
            raise self.fault
        self.started.append((orchestration_function_name, instance_id, _sent(client_input)))
        self.statuses[instance_id] = df.OrchestrationRuntimeStatus.Pending
        return instance_id

    async def raise_event(self, instance_id: str, event_name: str, event_data: Any = None, *_: Any, **__: Any) -> None:
        if early := self.begins_after:
            self.begins_after = None
            self.statuses[instance_id] = df.OrchestrationRuntimeStatus.Pending
            raise early
        if self.fault:
            raise self.fault
        self.raised.append((instance_id, event_name, _sent(event_data)))


def _sent(data: Any) -> Any:
    return json.loads(json.dumps(data))
