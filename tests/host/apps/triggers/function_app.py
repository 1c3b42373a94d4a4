"""HTTP, queue and timer functions. What they have seen is noted in a folder, a file per call."""

import asyncio
import json
import os
from pathlib import Path
from typing import List  # noqa: UP035 - the worker takes typing's generics only
from uuid import uuid4

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)


def note(name: str, content: object) -> None:
    folder = Path(os.environ["RUNS"])
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{uuid4().hex}"
    unfinished.write_text(json.dumps(content))
    unfinished.rename(folder / f"{name}-{uuid4().hex}.json")


@app.route(route="orders/{id:int}/{part?}", methods=["GET", "POST"])
def show_request(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    seen = {
        "method": req.method,
        "url": req.url,
        "route": dict(req.route_params),
        "params": dict(req.params),
        "header": req.headers.get("X-Shop"),
        "body": req.get_body().decode(),
        "function": context.function_name,
    }
    headers = {"X-Answer": "yes", "Content-Type": "application/json"}
    return func.HttpResponse(json.dumps(seen), status_code=201, headers=headers)


@app.route(route="orders/latest", auth_level=func.AuthLevel.ANONYMOUS)
async def latest(req: func.HttpRequest) -> str:
    await asyncio.sleep(0)
    return "the latest"


@app.route(route="wrong/{kind}")
def wrong(req: func.HttpRequest):
    if req.route_params["kind"] == "raise":
        raise ValueError("cannot")
    return {"not": "a response"}


@app.route(route="admin-only", auth_level=func.AuthLevel.ADMIN)
def admin_only(req: func.HttpRequest) -> str:
    return "for the administrator"


@app.route(route="forward", methods=["POST"])
@app.queue_output(arg_name="orders", queue_name="%HUB%-orders", connection="AzureWebJobsStorage")
def forward(req: func.HttpRequest, orders: func.Out[List[str]]) -> func.HttpResponse:  # noqa: UP006 - likewise
    orders.set(req.get_json())
    return func.HttpResponse(status_code=202)


@app.queue_trigger(arg_name="message", queue_name="%HUB%-orders", connection="AzureWebJobsStorage")
def take_order(message: func.QueueMessage) -> None:
    body = message.get_body().decode()
    note("order", {"body": body, "dequeued": message.dequeue_count, "inserted": str(message.insertion_time)})
    if body == "broken" or (body == "shaky" and message.dequeue_count == 1):
        raise ValueError(body)


@app.queue_trigger(arg_name="text", queue_name="%HUB%-texts", connection="AzureWebJobsStorage")
async def take_text(text: str):
    note("text", text)
    return "not allowed" if text == "answer" else None


@app.queue_trigger(arg_name="text", queue_name="%HUB%-slow", connection="AzureWebJobsStorage")
async def take_slowly(text: str) -> None:
    note("slow-begin", text)
    while not (Path(os.environ["RUNS"]) / "released").exists():  # noqa: ASYNC110 - told by another process
        await asyncio.sleep(0.05)
    note("slow-end", text)


@app.timer_trigger(arg_name="timer", schedule="*/1 * * * * *")
def every_second(timer: func.TimerRequest) -> None:
    note("second", {"past_due": timer.past_due})


# 29 February on a Monday, next in 2044: on a day of every year the test that it has not run would fail.
@app.timer_trigger(arg_name="timer", schedule="0 0 3 29 2 MON")
def almost_never(timer: func.TimerRequest) -> None:
    note("year", {"past_due": timer.past_due})
