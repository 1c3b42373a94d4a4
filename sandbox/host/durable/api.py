"""The management API: what the client binding calls, and the same as public webhooks (reference: section 11)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sandbox.host.durable.client import management_urls
from sandbox.host.durable.engine import Engine
from sandbox.host.durable.events import EventType, event, to_wire
from sandbox.host.durable.instance import (
    FINISHED,
    Instance,
    InstanceExists,
    InstanceFinished,
    InstanceUnknown,
    RuntimeStatus,
)
from sandbox.host.durable.status import history_body, status_body
from sandbox.host.durable.turn import MAX_PAYLOAD
from sandbox.host.storage import Conflict, StorageError

VALID_ID = re.compile(r"(?!@)[^/\\#?\x00-\x1f\x7f-\x9f]{1,100}")
PAUSING = {
    "terminate": EventType.EXECUTION_TERMINATED,
    "suspend": EventType.EXECUTION_SUSPENDED,
    "resume": EventType.EXECUTION_RESUMED,
}


@dataclass(frozen=True)
class Call:
    """A request to the API: `segments` is its path after the base, decoded; `origin` that of the public URLs."""

    method: str
    segments: tuple[str, ...]
    query: Mapping[str, str]
    body: bytes
    content_type: str
    origin: str


@dataclass(frozen=True)
class Reply:
    """`body` is sent as JSON; None is an empty body."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class BadRequest(Exception):
    """The caller asks for something that cannot be."""


class DurableApi:
    """Answers calls; `key` is the system key that management URLs carry when keys are enforced."""

    def __init__(self, engine: Engine, hub: str, key: str | None) -> None:
        self._engine = engine
        self._store = engine.store
        self._hub = hub
        self._key = key

    async def answer(self, call: Call) -> Reply:
        try:
            return await self._route(call)
        except BadRequest as error:
            return _refused(400, str(error))
        except (InstanceExists, Conflict) as error:
            return _refused(409, str(error))
        except StorageError as error:
            return _refused(503, str(error))
        except InstanceUnknown:
            return Reply(404)
        except InstanceFinished:
            return Reply(410)

    async def _route(self, call: Call) -> Reply:
        match call.method, *call.segments:
            case "POST", "orchestrators", name, *rest if len(rest) <= 1:
                reply = self._start(call, name, rest[0] if rest else None)
            case "GET", "instances":
                reply = self._list(call)
            case "DELETE", "instances":
                reply = self._purge_by(call)
            case "GET", "instances", instance_id:
                reply = self._status(call, instance_id)
            case "DELETE", "instances", instance_id:
                reply = self._purge(instance_id)
            case "POST", "instances", instance_id, "raiseEvent", name:
                reply = self._raise_event(call, instance_id, name)
            case "POST", "instances", instance_id, "restart":
                reply = self._restart(call, instance_id)
            case "POST", "instances", instance_id, operation if operation in PAUSING:
                reply = self._change_course(call, instance_id, PAUSING[operation])
            case _:
                return _refused(501, f"{call.method} {'/'.join(call.segments)} is not served by this host")
        return await reply

    async def _purge(self, instance_id: str) -> Reply:
        return Reply(200, {"instancesDeleted": 1}) if await self._engine.purge(instance_id) else Reply(404)

    async def _start(self, call: Call, name: str, instance_id: str | None) -> Reply:
        if name not in self._engine.app.orchestrators:
            raise BadRequest(f"The function '{name}' doesn't exist, is disabled, or is not an orchestrator function.")
        if "timeout" in call.query:
            return _refused(501, "starting and waiting is not served by this host")
        instance_id = uuid4().hex if instance_id is None else instance_id
        if not VALID_ID.fullmatch(instance_id):
            raise BadRequest(f"'{instance_id}' is not a valid instance id.")
        await self._engine.start(name, instance_id, _json_text(call.body))
        return self._accepted(call, instance_id)

    def _accepted(self, call: Call, instance_id: str) -> Reply:
        urls = management_urls(call.origin, self._hub, instance_id, self._key)
        return Reply(202, urls, {"Location": urls["statusQueryGetUri"], "Retry-After": "10"})

    async def _status(self, call: Call, instance_id: str) -> Reply:
        self._engine.metrics.durable["statusQueries"] += 1
        show_history = _flag(call, "showHistory")
        loaded = await self._store.load(instance_id) if show_history else None
        instance = loaded[0] if loaded else await self._store.read(instance_id)
        if instance is None:
            return Reply(404)
        show_input = _flag(call, "showInput", default=True)
        body = status_body(instance, show_input=show_input)
        if loaded:
            show_output = _flag(call, "showHistoryOutput")
            body["historyEvents"] = history_body(loaded[1].events, show_output=show_output, show_input=show_input)
        if not instance.is_finished:
            urls = management_urls(call.origin, self._hub, instance_id, self._key)
            return Reply(202, body, {"Location": urls["statusQueryGetUri"], "Retry-After": "5"})
        failed_as_500 = _flag(call, "returnInternalServerErrorOnFailure")
        return Reply(500 if failed_as_500 and instance.status is RuntimeStatus.FAILED else 200, body)

    async def _list(self, call: Call) -> Reply:
        instances = await self._matching(call)
        top = int(call.query["top"]) if call.query.get("top") else None
        show_input = _flag(call, "showInput", default=True)
        return Reply(200, [status_body(instance, show_input=show_input) for instance in instances[:top]])

    async def _purge_by(self, call: Call) -> Reply:
        if not call.query.get("createdTimeFrom"):
            raise BadRequest("Please provide a value for 'createdTimeFrom'.")
        finished = [instance for instance in await self._matching(call) if instance.status in FINISHED]
        for instance in finished:
            await self._engine.purge(instance.id)
        return Reply(200, {"instancesDeleted": len(finished)}) if finished else Reply(404)

    async def _matching(self, call: Call) -> list[Instance]:
        statuses = [status for status in call.query.get("runtimeStatus", "").split(",") if status]
        unknown = set(statuses) - set(RuntimeStatus)
        if unknown:
            raise BadRequest(f"There is no runtime status {', '.join(sorted(unknown))}.")
        return await self._store.find(
            created_from=_time(call, "createdTimeFrom"),
            created_to=_time(call, "createdTimeTo"),
            statuses=statuses,
            prefix=call.query.get("instanceIdPrefix", ""),
        )

    async def _raise_event(self, call: Call, instance_id: str, name: str) -> Reply:
        if not call.content_type.startswith("application/json"):
            raise BadRequest("Only application/json request content is supported")
        text = _json_text(call.body)
        await self._engine.send(instance_id, event(EventType.EVENT_RAISED, Name=name, Input=text))
        return Reply(202)

    async def _change_course(self, call: Call, instance_id: str, kind: EventType) -> Reply:
        reason = call.query.get("reason", "")
        await self._engine.send(instance_id, event(kind, Input=reason, Reason=reason))
        return Reply(202)

    async def _restart(self, call: Call, instance_id: str) -> Reply:
        instance = await self._store.read(instance_id)
        if instance is None:
            return Reply(404)
        as_new = _flag(call, "restartWithNewInstanceId", default=True)
        new_id = uuid4().hex if as_new else instance_id
        await self._engine.start(instance.name, new_id, instance.input)
        return self._accepted(call, new_id)


def _refused(status: int, message: str) -> Reply:
    return Reply(status, {"Message": message, "ExceptionMessage": message})


def _json_text(body: bytes) -> str | None:
    """The body as ASCII JSON text, None when empty."""
    if not body:
        return None
    try:
        text = json.dumps(json.loads(body))
    except ValueError as error:
        raise BadRequest(f"The request body is not valid JSON: {error}") from error
    if len(text) > MAX_PAYLOAD:
        raise BadRequest(f"The request body is longer than {MAX_PAYLOAD} characters, the most this host stores.")
    return text


def _flag(call: Call, name: str, *, default: bool = False) -> bool:
    text = call.query.get(name)
    return default if text is None else text.lower() == "true"


def _time(call: Call, name: str) -> str:
    text = call.query.get(name)
    if not text:
        return ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRequest(f"'{text}' is not a time for '{name}'.") from error
    return to_wire(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
