"""The timers, and the job log: whatever starts a job, the log has its run, and a failing one still fails."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from functions.flow_client import answer_action, raise_events
from functions.problems import REFUSALS, answered, json_answer, refused
from functions.query import no_parameters
from shared.application.background_jobs import SCHEDULES, Done
from shared.application.job_log import JobLog
from shared.application.sourcing import Answered, News
from shared.bootstrap import services
from shared.domain.jobs import JobRun, StartedBy
from shared.telemetry.log_fields import log_fields
from shared.telemetry.spans import span

log = logging.getLogger(__name__)

bp = df.Blueprint()


@bp.route(route="jobs", methods=["GET"])
def list_jobs(req: func.HttpRequest) -> func.HttpResponse:
    """Every job with its schedule and its last runs."""

    def answer() -> dict[str, Any]:
        no_parameters(req.params)
        return {"jobs": services().jobs.shown()}

    return answered(answer)


@bp.route(route="jobs/{name}/run", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def run_job(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Do a job now and answer what came of it. Whoever hangs up before ends nothing: the log has the end."""
    name = req.route_params["name"]
    try:
        no_parameters(req.params)
        run = await _run(name, "operator", client)
    except REFUSALS as refusal:
        return refused(refusal)
    return json_answer({"job": name, "run": run.model_dump(mode="json")})


def _register(name: str, schedule: str) -> None:
    @bp.function_name(name)
    @bp.timer_trigger(arg_name="timer", schedule=f"%{schedule}%")
    @bp.durable_client_input(client_name="client")
    async def run_on_schedule(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:
        if await asyncio.to_thread(_has_work, name):
            await _run(name, "schedule", client)


async def _run(name: str, started_by: StartedBy, client: df.DurableOrchestrationClient) -> JobRun:
    """Raises what the job raises, and UnknownJob, NoSettings."""
    work, job_log = await asyncio.to_thread(_job, name)
    with log_fields(job=name), span(f"job {name}", attributes={"orders.job": name, "orders.started_by": started_by}):
        return await _done(name, started_by, client, work, job_log)


async def _done(
    name: str, started_by: StartedBy, client: df.DurableOrchestrationClient, work: Callable[[], Done], job_log: JobLog
) -> JobRun:
    run = await asyncio.to_thread(job_log.begin, name, started_by)
    try:
        done = await asyncio.to_thread(work)
        await _tell_flows(client, done)
    except Exception as error:
        await asyncio.to_thread(job_log.fail, name, run, error)
        raise
    return await asyncio.to_thread(job_log.succeed, name, run, done.counts, done.message)


def _has_work(name: str) -> bool:
    return services().jobs.jobs[name].work is not None


def _job(name: str) -> tuple[Callable[[], Done], JobLog]:
    jobs = services().jobs
    return jobs.work_of(name), jobs.log


async def _tell_flows(client: df.DurableOrchestrationClient, done: Done) -> None:
    """Every flow, whatever becomes of the others; then raises the first fault. The next run tells what is left."""
    faults: list[Exception] = []
    for each in (*done.answered, *done.seen):
        try:
            await _tell(client, each)
        except Exception as fault:
            log.warning("order %s: its flow could not be told, the next run of the job tells it", each.order_id)
            faults.append(fault)
    if faults:
        raise faults[0]


async def _tell(client: df.DurableOrchestrationClient, each: Answered | News) -> None:
    if isinstance(each, Answered):
        await answer_action(client, each.action, each.answer)
    else:
        await raise_events(client, each.order_id, each.events)
    await asyncio.to_thread(each.told)


for _name, _schedule in SCHEDULES.items():
    _register(_name, _schedule)
