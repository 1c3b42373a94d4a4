"""The job log tells when each job ran and what came of it, in few entries however often a job runs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from shared.application.job_log import MOST_ENTRIES, JobLog
from shared.domain.errors import TransientProviderError
from shared.domain.jobs import JobRun, Runs, StartedBy

JOB = "release_backorders"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FAULT = TransientProviderError("Dataverse answered 503")


@dataclass
class Kept:
    """`JobRuns` in memory; `down` ones are out of reach."""

    runs: dict[str, Runs] = field(default_factory=dict)
    down: bool = False

    def change(self, job: str, decide: Callable[[Runs], Runs]) -> None:
        if self.down:
            raise TransientProviderError("no storage")
        self.runs[job] = decide(decide(self.runs.get(job, ())))  # asked twice, as after a lost answer

    def all(self) -> dict[str, Runs]:
        return self.runs


@dataclass
class Office:
    """Runs jobs by a clock that moves a second whenever it is looked at."""

    kept: Kept = field(default_factory=Kept)
    now: datetime = NOON

    @property
    def log(self) -> JobLog:
        return JobLog(self.kept, self._tick)

    def does(self, *, by: StartedBy = "schedule", fault: Exception | None = None, message: str = "", **counts: int):
        run = self.log.begin(JOB, by)
        return self.log.fail(JOB, run, fault) if fault else self.log.succeed(JOB, run, counts, message)

    @property
    def entries(self) -> Runs:
        return self.log.entries().get(JOB, ())

    def told(self) -> list[tuple[str, dict[str, int], int]]:
        """(outcome, counts, how many runs), the last first."""
        return [(run.outcome, run.counts, run.runs) for run in self.entries]

    def _tick(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_run_is_told_with_its_start_its_end_what_started_it_and_what_it_did(office: Office):
    office.does(by="operator", lines_released=2)

    (run,) = office.entries
    assert (run.started_at, run.ended_at) == (NOON + timedelta(seconds=1), NOON + timedelta(seconds=2))
    assert (run.started_by, run.outcome, run.counts, run.runs) == ("operator", "succeeded", {"lines_released": 2}, 1)


def test_a_run_that_is_under_way_is_told_too(office: Office):
    office.log.begin(JOB, "schedule")

    (run,) = office.entries
    assert (run.outcome, run.ended_at) == ("running", None)


def test_a_failed_run_is_told_with_the_reason(office: Office):
    office.does(fault=FAULT)

    (run,) = office.entries
    assert (run.outcome, run.message) == ("failed", "Dataverse answered 503")


def test_a_mistake_of_the_app_does_not_put_an_order_s_data_into_the_log(office: Office):
    office.does(fault=ValueError("no such street: 12 Harbor Lane"))

    (run,) = office.entries
    assert run.message == "ValueError: the log of the app at this time has the cause"


def test_runs_without_news_are_one_entry_from_the_first_to_the_last(office: Office):
    for _ in range(1_000):
        office.does(orders_queued=0)

    (run,) = office.entries
    assert (run.runs, run.started_at) == (1_000, NOON + timedelta(seconds=1))
    assert run.ended_at == NOON + timedelta(seconds=2_000)


def test_news_have_an_entry_of_their_own_between_those_without(office: Office):
    for queued in (0, 0, 3, 0):
        office.does(orders_queued=queued)

    assert office.told() == [
        ("succeeded", {"orders_queued": 0}, 1),
        ("succeeded", {"orders_queued": 3}, 1),
        ("succeeded", {"orders_queued": 0}, 2),
    ]


def test_an_outage_is_one_entry_and_does_not_push_out_what_came_before(office: Office):
    office.does(orders_queued=3)
    for _ in range(10 * MOST_ENTRIES):
        office.does(fault=FAULT)

    assert office.told() == [("failed", {}, 10 * MOST_ENTRIES), ("succeeded", {"orders_queued": 3}, 1)]


def test_what_a_person_started_is_always_an_entry_of_its_own(office: Office):
    for by in ("schedule", "operator", "operator", "schedule"):
        office.does(by=by, orders_queued=0)

    assert [run.started_by for run in office.entries] == ["schedule", "operator", "operator", "schedule"]


def test_a_run_that_left_something_to_others_is_not_counted_with_those_that_did_not(office: Office):
    office.does(orders_answered=0)
    office.does(orders_answered=0, message="strategy Express: another run has it in hand")

    assert [run.runs for run in office.entries] == [1, 1]


def test_two_runs_at_once_are_two_entries_that_end_by_themselves(office: Office):
    scheduled, asked_for = office.log.begin(JOB, "schedule"), office.log.begin(JOB, "operator")

    office.log.succeed(JOB, scheduled, {"lines_released": 1}, "")
    still = [run.outcome for run in office.entries]
    office.log.fail(JOB, asked_for, FAULT)

    assert still == ["running", "succeeded"]
    assert office.told() == [("failed", {}, 1), ("succeeded", {"lines_released": 1}, 1)]


def test_the_log_keeps_the_last_fifty_entries(office: Office):
    for queued in range(1, MOST_ENTRIES + 11):
        office.does(orders_queued=queued)

    assert len(office.kept.runs[JOB]) == MOST_ENTRIES
    assert office.told()[0] == ("succeeded", {"orders_queued": MOST_ENTRIES + 10}, 1)


def test_a_run_whose_host_died_does_not_look_as_if_it_were_running_for_ever(office: Office):
    office.log.begin(JOB, "schedule")
    office.now += timedelta(hours=1)

    before = office.told()
    office.does(orders_queued=1)

    assert before == [("failed", {}, 1)]
    assert [run.outcome for run in office.kept.runs[JOB]] == ["succeeded", "failed"]


def test_an_endless_reason_is_cut(office: Office):
    office.does(fault=TransientProviderError("x" * 100_000))

    assert len(office.entries[0].message) < 600


def test_a_log_that_cannot_be_written_keeps_no_job_from_being_done(office: Office):
    office.kept.down = True

    run = office.does(orders_queued=2)

    assert (run.outcome, run.counts) == ("succeeded", {"orders_queued": 2})


def test_a_run_whose_beginning_could_not_be_written_is_told_once_it_has_ended(office: Office):
    office.kept.down = True
    run: JobRun = office.log.begin(JOB, "schedule")
    office.kept.down = False

    office.log.succeed(JOB, run, {"orders_queued": 2}, "")

    assert office.told() == [("succeeded", {"orders_queued": 2}, 1)]
