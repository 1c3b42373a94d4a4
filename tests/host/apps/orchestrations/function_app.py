"""Small orchestrations, one per pattern. Activities note each run in a folder, so that tests can count them."""

import json
import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
retry_options = df.RetryOptions(first_retry_interval_in_milliseconds=50, max_number_of_attempts=3)


def note_run(key: str) -> int:
    """Notes a run and returns how many there have been."""
    folder = Path(os.environ["RUNS"]) / key
    folder.mkdir(parents=True, exist_ok=True)
    (folder / uuid4().hex).touch()
    return len(list(folder.iterdir()))


@app.activity_trigger(input_name="number")
def plus_one(number: int) -> int:
    return number + 1


@app.activity_trigger(input_name="request")
def slow_plus_one(request: dict) -> int:
    note_run(f"{request['key']}-{request['number']}")
    time.sleep(request.get("seconds", 0.05))
    return request["number"] + 1


@app.activity_trigger(input_name="request")
def fail_at_first(request: dict) -> str:
    runs = note_run(request["key"])
    if runs <= request["failures"]:
        raise ValueError(f"run {runs} fails")
    return f"run {runs} succeeds"


@app.activity_trigger(input_name="text")
@app.durable_client_input(client_name="client")
async def status_of(text: str, client: df.DurableOrchestrationClient) -> str:
    status = await client.get_status(text)
    assert status.runtime_status is not None
    return status.runtime_status.value


@app.activity_trigger(input_name="nothing")
def answer_nothing(nothing: str) -> None:
    assert nothing is None


@app.orchestration_trigger(context_name="context")
def chain(context: df.DurableOrchestrationContext):
    number = context.get_input()
    for _ in range(5):
        number = yield context.call_activity("plus_one", number)
    return number


@app.orchestration_trigger(context_name="context")
def fan_out(context: df.DurableOrchestrationContext):
    numbers = yield context.task_all([context.call_activity("plus_one", number) for number in range(20)])
    return sum(numbers)


@app.orchestration_trigger(context_name="context")
def retry(context: df.DurableOrchestrationContext):
    first = yield context.call_activity_with_retry("fail_at_first", retry_options, context.get_input())
    # An id that drifted by the timers of the retries would show here.
    number = yield context.call_activity("plus_one", 1)
    return [first, number]


@app.orchestration_trigger(context_name="context")
def survive_exhausted_retry(context: df.DurableOrchestrationContext):
    try:
        yield context.call_activity_with_retry("fail_at_first", retry_options, context.get_input())
    except Exception as error:  # the SDK raises nothing more specific
        number = yield context.call_activity("plus_one", 1)
        return [str(error).split("\n")[0].strip(), number]
    return "no failure"


@app.orchestration_trigger(context_name="context")
def event_or_timeout(context: df.DurableOrchestrationContext):
    deadline = context.current_utc_datetime + timedelta(seconds=context.get_input() or 0)
    timer: Any = context.create_timer(deadline)
    approval = context.wait_for_external_event("Approval")
    context.set_custom_status("waiting")
    winner = yield context.task_any([approval, timer])
    if winner is timer:
        return "timed out"
    timer.cancel()
    number = yield context.call_activity("plus_one", 1)
    return [json.loads(approval.result) if isinstance(approval.result, str) else approval.result, number]


@app.orchestration_trigger(context_name="context")
def parent(context: df.DurableOrchestrationContext):
    child = yield context.call_sub_orchestrator("chain", 10)
    named = yield context.call_sub_orchestrator("chain", 20, f"{context.instance_id}-child")
    try:
        yield context.call_sub_orchestrator("failing")
    except Exception as error:
        return [child, named, str(error).split("\n")[0].strip()]
    return "no failure"


@app.orchestration_trigger(context_name="context")
def failing(context: df.DurableOrchestrationContext):
    yield context.call_activity("plus_one", 1)
    raise ValueError("out of stock")


@app.orchestration_trigger(context_name="context")
def countdown(context: df.DurableOrchestrationContext):
    left = context.get_input() or 0
    yield context.call_activity("plus_one", left)
    if left == 0:
        return "lift-off"
    context.continue_as_new(left - 1)
    return None


@app.orchestration_trigger(context_name="context")
def collect(context: df.DurableOrchestrationContext):
    """Waits for the events item-1, item-2 and item-3, one execution each."""
    so_far = context.get_input() or []
    item = yield context.wait_for_external_event(f"item-{len(so_far) + 1}")
    so_far.append(item)
    if len(so_far) == 3:
        return so_far
    context.continue_as_new(so_far)
    return None


@app.orchestration_trigger(context_name="context")
def steps(context: df.DurableOrchestrationContext):
    """A chain slow enough to be killed in the middle, with a timer and a child on the way."""
    key = context.instance_id
    number = 0
    for _ in range(3):
        number = yield context.call_activity("slow_plus_one", {"key": key, "number": number})
    yield context.create_timer(context.current_utc_datetime + timedelta(seconds=0.3))
    number += yield context.call_sub_orchestrator("chain", 0)
    numbers = yield context.task_all(
        [context.call_activity("slow_plus_one", {"key": key, "number": number + n}) for n in range(4)]
    )
    return sum(numbers)


@app.orchestration_trigger(context_name="context")
def two_events(context: df.DurableOrchestrationContext):
    first = yield context.wait_for_external_event("first")
    second = yield context.wait_for_external_event("second")
    return [first, second]


@app.orchestration_trigger(context_name="context")
def call_unknown(context: df.DurableOrchestrationContext):
    yield context.call_activity("no_such_activity", 1)


@app.orchestration_trigger(context_name="context")
def call_http(context: df.DurableOrchestrationContext):
    yield context.call_http("GET", "http://127.0.0.1:1/")


@app.orchestration_trigger(context_name="context")
def ask_client(context: df.DurableOrchestrationContext):
    nothing = yield context.call_activity("answer_nothing", None)
    status = yield context.call_activity("status_of", context.instance_id)
    return [nothing, status]


@app.route(route="start/{name}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Starts an orchestration through the client binding; the answer holds the management URLs."""
    instance_id = await client.start_new(req.route_params["name"], req.params.get("id"), req.get_json())
    return client.create_check_status_response(req, instance_id)


@app.route(route="raise/{id}/{event}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def raise_event(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    await client.raise_event(req.route_params["id"], req.route_params["event"], req.get_json())
    return func.HttpResponse(status_code=202)


@app.route(route="client/{operation}/{id?}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def call_client(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Calls one method of the client; the answer says what it returned or raised."""
    instance_id = req.route_params.get("id", "")
    operations = {
        "terminate": lambda: client.terminate(instance_id, "enough"),
        "suspend": lambda: client.suspend(instance_id, "wait"),
        "resume": lambda: client.resume(instance_id, "go on"),
        "purge": lambda: client.purge_instance_history(instance_id),
        "restart": lambda: client.restart(instance_id),
        "rewind": lambda: client.rewind(instance_id, "again"),
        "list": lambda: client.get_status_by(instance_id_prefix=instance_id),
    }
    try:
        result = await operations[req.route_params["operation"]]()
    except Exception as error:
        return func.HttpResponse(json.dumps({"error": str(error)}))
    return func.HttpResponse(json.dumps({"result": result}, default=_described))


def _described(value: Any) -> Any:
    """A purge result as its count, a status as its JSON."""
    return value.instances_deleted if hasattr(value, "instances_deleted") else value.to_json()
