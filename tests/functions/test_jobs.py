"""Background jobs: by schedule or by hand, each run is in the job log with what came of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import azure.durable_functions as df
import azure.functions as func
import pytest

from sandbox.host.functions import Function
from shared.application.background_jobs import SCHEDULES, BackgroundJobs
from shared.application.job_log import JobLog
from shared.application.sourcing import Answered, BackorderRun, BatchRun, News
from shared.application.webhook_upkeep import NO_ADDRESS, Upkeep, WebhookUpkeep
from shared.bootstrap.jobs import background_jobs
from shared.domain.actions import Provider, ProviderAction
from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.identity import instance_id_for
from shared.domain.results import EventMark, StepAnswer
from shared.settings import HostSettings
from shared.store.job_runs import TableJobRuns
from shared.store.tables import Tables
from tests.application.samples import sending
from tests.functions.conftest import Serve
from tests.functions.recording_client import RecordingClient
from tests.functions.requests import a_request, assert_problem, json_of

PULLERS = {
    "pull_bigcommerce_orders": "bigcommerce_puller",
    "pull_dataverse_changes": "dataverse_sweep",
    "pull_flexe_orders": "flexe_sweep",
    "pull_sap_billing_documents": "sap_sweep",
}
SHIPPED = EventMark(number=5, name="Order Shipped")
OF_PROVIDERS = [name for name in SCHEDULES if name != "report_metrics"]
FAULT = TransientProviderError("the shop answered 503")


@dataclass
class Works:
    """The services behind the jobs. Each finds `finds`, or meets `fault`."""

    finds: Any = 0
    fault: Exception | None = None
    speaks: bool = True
    idle: str = ""
    idle_ones: dict[Provider, str] = field(default_factory=dict)
    passes: list[str] = field(default_factory=list)
    resting: list[set[Provider]] = field(default_factory=list)

    def __getattr__(self, name: str) -> SimpleNamespace:
        if name == "sourcing":
            return SimpleNamespace(batches=self._of("batches"), backorders=self._of("backorders"))
        return self._of(name)

    def speaks_to(self, _: Provider) -> bool:
        return self.speaks

    def why_idle(self, provider: Provider) -> str:
        return self.idle or self.idle_ones.get(provider, "")

    def _of(self, name: str) -> SimpleNamespace:
        def run(*given: Any) -> Any:
            self.passes.append(name)
            if name == "webhook_upkeep":
                self.resting += map(set, given)
            if self.fault:
                raise self.fault
            return self.finds

        return SimpleNamespace(run=run)


@dataclass
class Told:
    """Order ids, as what was found about them is forgotten. The storage fails at those in `fails`."""

    orders: list[str] = field(default_factory=list)
    fails: tuple[str, ...] = ()

    def of(self, order_id: str) -> Callable[[], None]:
        def told() -> None:
            if order_id in self.fails:
                raise FAULT
            self.orders.append(order_id)

        return told

    def two_orders(self) -> tuple[News, News]:
        return News("a", (SHIPPED,), told=self.of("a")), News("b", (SHIPPED,), told=self.of("b"))


@pytest.fixture
def told() -> Told:
    return Told()


World = Callable[..., tuple[BackgroundJobs, Works]]


@pytest.fixture
def world(serve: Serve, tables: Tables, sample_settings: dict[str, str]) -> World:
    """An app whose jobs find or meet the given; its log has no runs of theirs but those of this test."""
    for name in SCHEDULES:
        tables.job_runs.remove("job", name)
    host = HostSettings.model_validate({name.lower(): value for name, value in sample_settings.items()})

    def world(**how: Any) -> tuple[BackgroundJobs, Works]:
        works = Works(**how)
        log = JobLog(TableJobRuns(tables), lambda: datetime.now(UTC))
        jobs = BackgroundJobs(log, background_jobs(works, host))  # pyright: ignore[reportArgumentType] # its part of them
        serve(jobs=jobs)
        return jobs, works

    return world


def asking(name: str) -> func.HttpRequest:
    return a_request(f"jobs/{name}/run", method="POST", route={"name": name})


async def tick(call, client: RecordingClient, name: str) -> None:
    await call(name, SimpleNamespace(past_due=False), client)


def logged(call, name: str) -> list[dict[str, Any]]:
    (job,) = (each for each in json_of(call("list_jobs", a_request()))["jobs"] if each["name"] == name)
    return job["runs"]


def test_every_timer_of_the_app_is_a_job(app: dict[str, Function], sample_settings: dict[str, str]):
    timers = {
        name: each.trigger.options["schedule"] for name, each in app.items() if each.trigger.type == "timerTrigger"
    }

    assert timers == {name: sample_settings[setting] for name, setting in SCHEDULES.items()}


def test_every_job_is_listed_with_its_schedule(call, world: World):
    world()

    jobs = json_of(call("list_jobs", a_request()))["jobs"]

    assert [job["name"] for job in jobs] == [*SCHEDULES]
    assert {job["name"]: job["schedule"] for job in jobs}["release_backorders"] == "0 */15 * * * *"
    assert all(job["configured"] and job["runs"] == [] for job in jobs)


@pytest.mark.parametrize("name", PULLERS)
async def test_each_timer_makes_one_pass_and_logs_what_it_found(call, world: World, client: RecordingClient, name: str):
    _, works = world(finds=3)

    await tick(call, client, name)

    assert works.passes == [PULLERS[name]]
    (run,) = logged(call, name)
    assert (run["started_by"], run["outcome"], [*run["counts"].values()]) == ("schedule", "succeeded", [3])


@pytest.mark.parametrize("name", PULLERS)
async def test_a_job_is_run_by_hand_and_answers_what_came_of_it(call, world: World, client: RecordingClient, name: str):
    world(finds=2)

    response = await call("run_job", asking(name), client)

    assert response.status_code == 200
    answer = json_of(response)
    assert (answer["job"], answer["run"]["started_by"], answer["run"]["outcome"]) == (name, "operator", "succeeded")
    assert logged(call, name) == [answer["run"]]


@pytest.mark.parametrize("name", OF_PROVIDERS)
async def test_the_jobs_of_an_inactive_provider_rest_and_their_log_says_why(
    call, world: World, client: RecordingClient, name: str
):
    _, works = world(idle="provider flexe is not active")

    await tick(call, client, name)

    assert works.passes == []
    (run,) = logged(call, name)
    assert (run["outcome"], run["counts"]) == ("succeeded", {})
    assert run["message"] == "provider flexe is not active: the job rests"


async def test_a_job_that_fails_is_logged_and_still_fails(call, world: World, client: RecordingClient):
    world(fault=FAULT)

    with pytest.raises(TransientProviderError):
        await tick(call, client, "pull_bigcommerce_orders")

    (run,) = logged(call, "pull_bigcommerce_orders")
    assert (run["outcome"], run["message"]) == ("failed", "the shop answered 503")


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        (FAULT, (503, "not available right now", "the shop answered 503")),
        (RejectedByProvider("no role"), (502, "an outside system refused", "no role")),
    ],
)
async def test_whoever_runs_a_job_that_fails_hears_why(
    call, world: World, client: RecordingClient, fault: Exception, answer: tuple[int, str, str]
):
    world(fault=fault)

    response = await call("run_job", asking("pull_dataverse_changes"), client)

    assert_problem(response, *answer)
    assert [run["outcome"] for run in logged(call, "pull_dataverse_changes")] == ["failed"]


async def test_a_mistake_of_the_app_is_logged_and_left_to_the_host(call, world: World, client: RecordingClient):
    world(fault=KeyError("12 Harbor Lane"))

    with pytest.raises(KeyError):
        await call("run_job", asking("pull_flexe_orders"), client)

    (run,) = logged(call, "pull_flexe_orders")
    assert run["message"].startswith("KeyError: the log of the app")


async def test_orders_that_were_planned_together_are_answered_one_by_one(
    call, world: World, client: RecordingClient, told: Told
):
    actions = [sending(order_id) for order_id in ("a", "b")]
    answered = tuple(Answered(each, an_answer(each), told=told.of(each.order_id)) for each in actions)
    world(finds=BatchRun(answered, ("strategy Express: busy",)))

    await tick(call, client, "run_optimization_batches")

    assert [(instance, name) for instance, name, _ in client.raised] == [
        (instance_id_for(action.order_id), action.action_id) for action in actions
    ]
    assert told.orders == [action.order_id for action in actions]
    (run,) = logged(call, "run_optimization_batches")
    assert (run["counts"], run["message"]) == ({"orders_answered": 2}, "strategy Express: busy")


@pytest.mark.parametrize("by_hand", [False, True])
async def test_the_flows_of_lines_that_found_stock_hear_of_it(
    call, world: World, client: RecordingClient, told: Told, by_hand: bool
):
    world(finds=BackorderRun(told.two_orders(), released=2, canceled=1, waiting=4, put_off=("order c: busy",)))

    if by_hand:
        await call("run_job", asking("release_backorders"), client)
    else:
        await tick(call, client, "release_backorders")

    assert client.raised == [(f"order-{order_id}", "event-5", SHIPPED.model_dump()) for order_id in ("a", "b")]
    assert told.orders == ["a", "b"]
    (run,) = logged(call, "release_backorders")
    assert run["counts"] == {"lines_released": 2, "lines_canceled": 1, "lines_waiting": 4}
    assert run["message"] == "order c: busy"


async def test_the_log_says_how_many_webhooks_were_restored_and_what_was_left_to_people(
    call, world: World, client: RecordingClient
):
    _, works = world(finds=Upkeep(created=1, corrected=2, left=("Dataverse lets only its administrators do this",)))

    await tick(call, client, "keep_webhooks")

    assert works.passes == ["webhook_upkeep"]
    (run,) = logged(call, "keep_webhooks")
    assert run["counts"] == {"webhooks_created": 1, "webhooks_corrected": 2}
    assert run["message"] == "Dataverse lets only its administrators do this"


async def test_an_app_that_does_not_know_its_address_says_so_instead_of_looking_after_webhooks(
    call, world: World, client: RecordingClient
):
    world(finds=WebhookUpkeep({}).run())

    response = await call("run_job", asking("keep_webhooks"), client)

    run = json_of(response)["run"]
    assert (run["outcome"], run["message"], set(run["counts"].values())) == ("succeeded", NO_ADDRESS, {0})


async def test_the_webhooks_of_one_inactive_provider_are_left_alone_and_those_of_others_are_not(
    call, world: World, client: RecordingClient
):
    _, works = world(finds=Upkeep(0, 1), idle_ones={Provider.FINOPS: "provider finops is not active"})

    await tick(call, client, "keep_webhooks")

    assert works.resting == [{Provider.FINOPS}]
    (run,) = logged(call, "keep_webhooks")
    assert run["counts"] == {"webhooks_created": 0, "webhooks_corrected": 1}
    assert run["message"] == "provider finops is not active: its webhooks are left alone"


async def test_a_run_whose_flows_cannot_be_told_has_failed_and_forgets_nothing_untold(
    call, world: World, client: RecordingClient, told: Told
):
    _, works = world(finds=BackorderRun(told.two_orders(), released=2))
    client.fault = RuntimeError("the task hub is gone")
    client.statuses = {"order-a": df.OrchestrationRuntimeStatus.Running}

    with pytest.raises(RuntimeError):
        await tick(call, client, "release_backorders")

    assert works.passes == ["backorders"]
    assert [run["outcome"] for run in logged(call, "release_backorders")] == ["failed"]
    assert told.orders == ["b"]  # it has no flow that runs: there is nobody to hear


async def test_a_fault_at_one_order_keeps_no_other_flow_from_hearing(
    call, world: World, client: RecordingClient, told: Told
):
    told.fails = ("a",)
    world(finds=BackorderRun(told.two_orders(), released=2))

    with pytest.raises(TransientProviderError):
        await tick(call, client, "release_backorders")

    assert [instance for instance, *_ in client.raised] == ["order-a", "order-b"]
    assert told.orders == ["b"]
    assert [run["outcome"] for run in logged(call, "release_backorders")] == ["failed"]


async def test_who_clicks_while_another_run_is_at_work_is_told_so(call, world: World, client: RecordingClient):
    world(finds=BackorderRun(busy=True))

    response = await call("run_job", asking("release_backorders"), client)

    assert json_of(response)["run"]["message"] == "another run is at work"


@pytest.mark.parametrize("name", OF_PROVIDERS[2:])
async def test_a_system_that_is_not_configured_is_not_asked(call, world: World, client: RecordingClient, name: str):
    _, works = world(speaks=False)

    await tick(call, client, name)
    response = await call("run_job", asking(name), client)

    assert works.passes == logged(call, name) == []
    detail = f"job {name} has nothing to do: the system it asks has no settings"
    assert_problem(response, 409, "not configured", detail)


async def test_an_unknown_job_is_not_run(call, world: World, client: RecordingClient):
    world()

    response = await call("run_job", asking("make_coffee"), client)

    assert_problem(response, 404, "unknown job", f"no job 'make_coffee'; there are: {', '.join(SCHEDULES)}")


async def test_a_job_takes_no_parameters(call, world: World, client: RecordingClient):
    _, works = world()
    request = a_request(method="POST", route={"name": "pull_flexe_orders"}, params={"since": "2026-01-01"})

    response = await call("run_job", request, client)

    assert (response.status_code, works.passes) == (400, [])


def an_answer(action: ProviderAction) -> StepAnswer:
    return StepAnswer(step=action.step, success=True, generation=1, at="2026-01-01T00:00:00Z")
