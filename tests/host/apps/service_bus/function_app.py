"""Service Bus functions. What they have seen is noted in a folder, a file per call."""

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import azure.functions as func

app = func.FunctionApp()


def note(name: str, content: object) -> None:
    folder = Path(os.environ["RUNS"])
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{uuid4().hex}"
    unfinished.write_text(json.dumps(content))
    unfinished.rename(folder / f"{name}-{uuid4().hex}.json")


async def work(body: dict[str, Any]) -> None:
    """As long as the message says, and until the test releases it if the message says that."""
    note("begun", body["name"])
    await asyncio.sleep(body.get("seconds", 0))
    while body.get("is_held") and not (Path(os.environ["RUNS"]) / "released").exists():  # noqa: ASYNC110 - told by another process
        await asyncio.sleep(0.05)


@app.service_bus_queue_trigger(arg_name="message", queue_name="plain", connection="Bus")
async def plain(message: func.ServiceBusMessage) -> None:
    body = json.loads(message.get_body())
    await work(body)
    note("plain", body["name"])
    if message.delivery_count <= body.get("failures", 0):
        raise ValueError("not yet")


@app.service_bus_queue_trigger(arg_name="message", queue_name="described", connection="Bus")
def described(message: func.ServiceBusMessage) -> None:
    note(
        "described",
        {
            "id": message.message_id,
            "session": message.session_id,
            "properties": message.application_properties,
            "count": message.delivery_count,
            "number": message.sequence_number,
            "subject": message.subject,
            "content_type": message.content_type,
            "correlation": message.correlation_id,
            "enqueued": str(message.enqueued_time_utc),
            "body": message.get_body().decode(),
        },
    )


@app.service_bus_queue_trigger(arg_name="message", queue_name="plain/$DeadLetterQueue", connection="Bus")
def dead(message: func.ServiceBusMessage) -> None:
    note("dead", {"name": json.loads(message.get_body())["name"], "reason": message.dead_letter_reason})


@app.service_bus_queue_trigger(arg_name="message", queue_name="ordered", connection="Bus", is_sessions_enabled=True)
async def ordered(message: func.ServiceBusMessage) -> None:
    body = json.loads(message.get_body())
    began = time.time()
    await work(body)
    note(
        "ordered",
        {
            "session": message.session_id,
            "name": body["name"],
            "count": message.delivery_count,
            "began": began,
            "ended": time.time(),
        },
    )
    if message.delivery_count <= body.get("failures", 0):
        raise ValueError("not yet")
