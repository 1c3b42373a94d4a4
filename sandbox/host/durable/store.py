"""Instances in one Azure table, one partition each (reference: functions-host.md section 12).

Rows of a partition: `i` the status row, whose ETag guards every commit; `h{execution}-{turn}-{part}` the events of one
turn, insert-only; `m{time}{random}` a message that was accepted and not yet taken in.
"""

import contextlib
import json
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from sandbox.host.durable.events import Event, run_of_json
from sandbox.host.durable.instance import History, Instance, Message, Parent, RuntimeStatus
from sandbox.host.storage import Conflict, NotFound
from sandbox.host.tables import Operation, Row, Table, quoted

STATUS_ROW = "i"
# A property holds 32 K characters and a row 1 MiB of UTF-16; every text stored is ASCII.
CHUNK = 32_000
CHUNKS_PER_ROW = 15


class Store:
    """The task hub's table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def prepare(self) -> None:
        await self._table.create()

    async def create(self, instance: Instance) -> None:
        """Inserts a new instance; raises Conflict when there is one of that id, finished or not."""
        instance.etag = await self._table.insert(_status_row(instance))

    async def replace(self, instance: Instance, replaced: Instance) -> None:
        """Puts a new instance in the place of an old one; raises Conflict when that has changed meanwhile."""
        await self._delete_all(instance.id, keep_status=True)
        operation = Operation("replace", _status_row(instance), replaced.etag)
        (instance.etag,) = await self._table.transact([operation])

    async def read(self, instance_id: str) -> Instance | None:
        row = await self._table.get(instance_id, STATUS_ROW)
        return _instance(row) if row else None

    async def load(self, instance_id: str) -> tuple[Instance, History, list[Message]] | None:
        """The instance with the history of its current execution and its messages, oldest first."""
        rows = {row["RowKey"]: row for row in await self._table.query(f"PartitionKey eq {quoted(instance_id)}")}
        if STATUS_ROW not in rows:
            return None
        instance = _instance(rows[STATUS_ROW])
        messages = [
            Message(json.loads(unpack(row, "Data") or ""), row_key=key)
            for key, row in sorted(rows.items())
            if key.startswith("m")
        ]
        return instance, _history(rows, instance.execution_id), messages

    async def unfinished(self) -> list[str]:
        rows = await self._table.query(f"RowKey eq '{STATUS_ROW}' and Done eq false", ["PartitionKey"])
        return [row["PartitionKey"] for row in rows]

    async def find(
        self, *, created_from: str = "", created_to: str = "", statuses: Sequence[str] = (), prefix: str = ""
    ) -> list[Instance]:
        """Instances that meet every condition given; times ISO 8601 in UTC."""
        conditions = [f"RowKey eq '{STATUS_ROW}'"]
        if created_from:
            conditions.append(f"Created ge {quoted(created_from)}")
        if created_to:
            conditions.append(f"Created le {quoted(created_to)}")
        if statuses:
            conditions.append("(" + " or ".join(f"Status eq {quoted(status)}" for status in statuses) + ")")
        if prefix:
            after = prefix[:-1] + chr(ord(prefix[-1]) + 1)
            conditions.append(f"PartitionKey ge {quoted(prefix)} and PartitionKey lt {quoted(after)}")
        return [_instance(row) for row in await self._table.query(" and ".join(conditions))]

    async def add_message(self, instance_id: str, item: Event) -> Message:
        """Stores a message for an instance, so that it may be accepted."""
        row = _message_row(instance_id, item)
        # The key is unique: on a conflict a first try was stored and only its answer lost.
        with contextlib.suppress(Conflict):
            await self._table.insert(row)
        return Message(item, row_key=row["RowKey"])

    async def commit(
        self, instance: Instance, changed: Instance, *, turn: int, events: Sequence[Event], consumed: Sequence[str],
        carried: Sequence[Event],
    ) -> tuple[str, list[Message]]:  # fmt: skip
        """Stores one turn whole: its history, the changed status and the messages taken in.

        Returns the history as JSON and the carried events as messages; `changed` gets the new ETag. Raises Conflict
        when the instance is not what `instance` says.
        """
        run = run_of_json(events)
        carried_rows = [_message_row(instance.id, item) for item in carried]
        operations = [
            Operation("merge", _changes(instance, changed), instance.etag),
            *(Operation("insert", row) for row in _history_rows(instance, turn, run)),
            *(Operation("delete", {"PartitionKey": instance.id, "RowKey": key}) for key in consumed),
            *(Operation("insert", row) for row in carried_rows),
        ]
        try:
            changed.etag = (await self._table.transact(operations))[0]
        except NotFound as error:
            raise Conflict(error.status, f"instance '{instance.id}' was purged") from error
        messages = [Message(item, row["RowKey"]) for item, row in zip(carried, carried_rows, strict=True)]
        return run, messages

    async def purge(self, instance_id: str) -> bool:
        """Deletes every trace of an instance; whether there was one."""
        return await self._delete_all(instance_id, keep_status=False)

    async def delete_history(self, instance_id: str, execution_id: str) -> None:
        """Deletes the history of an execution that is over."""
        start, end = quoted(f"h{execution_id}-"), quoted(f"h{execution_id}.")
        condition = f"PartitionKey eq {quoted(instance_id)} and RowKey ge {start} and RowKey lt {end}"
        await self._table.delete_rows(await self._table.query(condition, ["PartitionKey", "RowKey"]))

    async def _delete_all(self, instance_id: str, *, keep_status: bool) -> bool:
        condition = f"PartitionKey eq {quoted(instance_id)}"
        rows = await self._table.query(condition, ["PartitionKey", "RowKey"])
        await self._table.delete_rows([row for row in rows if not (keep_status and row["RowKey"] == STATUS_ROW)])
        return bool(rows)


def pack(name: str, text: str | None) -> Row:
    """A text as properties `{name}0`, `{name}1`...; `{name}Chunks` tells how many, 0 for None."""
    chunks = [text[start : start + CHUNK] for start in range(0, len(text), CHUNK)] if text else []
    return {f"{name}Chunks": len(chunks), **{f"{name}{number}": chunk for number, chunk in enumerate(chunks)}}


def unpack(row: Row, name: str) -> str | None:
    return "".join(row[f"{name}{number}"] for number in range(row[f"{name}Chunks"])) or None


def _status_row(instance: Instance) -> Row:
    parent = instance.parent
    return {
        "PartitionKey": instance.id,
        "RowKey": STATUS_ROW,
        "Name": instance.name,
        "Created": instance.created,
        **({"Parent": json.dumps([parent.instance_id, parent.execution_id, parent.event_id])} if parent else {}),
        **_changing(instance),
        **pack("Input", instance.input),
    }


def _changing(instance: Instance) -> Row:
    return {
        "Status": instance.status.value,
        "Done": instance.is_finished,
        "Updated": instance.updated,
        "ExecutionId": instance.execution_id,
        **pack("Output", instance.output),
        **pack("CustomStatus", instance.custom_status),
    }


def _changes(instance: Instance, changed: Instance) -> Row:
    key = {"PartitionKey": instance.id, "RowKey": STATUS_ROW}
    new_input = pack("Input", changed.input) if changed.input != instance.input else {}
    return {**key, **_changing(changed), **new_input}


def _instance(row: Row) -> Instance:
    return Instance(
        id=row["PartitionKey"],
        name=row["Name"],
        execution_id=row["ExecutionId"],
        created=row["Created"],
        updated=row["Updated"],
        status=RuntimeStatus(row["Status"]),
        input=unpack(row, "Input"),
        output=unpack(row, "Output"),
        custom_status=unpack(row, "CustomStatus"),
        parent=Parent(*json.loads(row["Parent"])) if row.get("Parent") else None,
        etag=row["odata.etag"],
    )


def _history_rows(instance: Instance, turn: int, run: str) -> list[Row]:
    size = CHUNK * CHUNKS_PER_ROW
    return [
        {
            "PartitionKey": instance.id,
            "RowKey": f"h{instance.execution_id}-{turn:06d}-{start // size:02d}",
            **pack("Data", run[start : start + size]),
        }
        for start in range(0, len(run), size)
    ]


def _history(rows: dict[str, Row], execution_id: str) -> History:
    runs: dict[str, str] = {}
    prefix = f"h{execution_id}-"
    for key, row in sorted(rows.items()):
        if key.startswith(prefix):
            turn = key.rpartition("-")[0]
            runs[turn] = runs.get(turn, "") + (unpack(row, "Data") or "")
    events: list[dict[str, Any]] = json.loads(f"[{','.join(runs.values())}]")
    return History(events, list(runs.values()))


def _message_row(instance_id: str, item: Event) -> Row:
    key = f"m{time.time_ns():020d}{uuid4().hex[:12]}"
    return {"PartitionKey": instance_id, "RowKey": key, **pack("Data", json.dumps(item))}
