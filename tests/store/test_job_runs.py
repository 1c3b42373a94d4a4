"""The job log on Azure Tables: one row for each job, and one call for each change."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from shared.application.job_log import MOST_ENTRIES, JobLog
from shared.domain.errors import TransientProviderError
from shared.store.job_runs import TableJobRuns
from shared.store.tables import Tables
from tests.store.wire import Wire


@pytest.fixture
def job() -> str:
    return f"sweep-{uuid4().hex}"


def a_log(tables: Tables) -> JobLog:
    """Of a process that was just started."""
    return JobLog(TableJobRuns(tables), lambda: datetime.now(UTC))


def do(log: JobLog, job: str, queued: int = 0) -> None:
    log.succeed(job, log.begin(job, "schedule"), {"orders_queued": queued}, "")


def test_what_was_written_is_read_by_another_process(tables: Tables, job: str):
    for queued in (0, 0, 3):
        do(a_log(tables), job, queued)

    assert [(run.counts["orders_queued"], run.runs) for run in a_log(tables).entries()[job]] == [(3, 1), (0, 2)]


def test_a_run_costs_two_calls(tables: Tables, wire: Wire, job: str):
    log = a_log(tables)
    do(log, job)
    do(log, job)

    with wire.counted() as counted:
        for _ in range(10):
            do(log, job)

    assert counted.calls == 20


def test_where_processes_take_turns_a_run_costs_two_more(tables: Tables, wire: Wire, job: str):
    mine, theirs = a_log(tables), a_log(tables)
    for log in (mine, theirs, mine, theirs):
        do(log, job)

    with wire.counted() as counted:
        do(mine, job)

    assert counted.calls == 4


def test_a_job_has_one_row_however_often_it_runs(tables: Tables, job: str):
    log = a_log(tables)
    for queued in range(MOST_ENTRIES + 5):
        do(log, job, queued)

    rows = tables.job_runs.rows("Job eq @job", {"job": job})
    assert len([*rows]) == 1
    assert len(log.entries()[job]) == MOST_ENTRIES


def test_of_runs_at_once_in_several_processes_none_is_lost(tables: Tables, job: str):
    def one(queued: int) -> None:
        do(a_log(tables), job, queued)

    with ThreadPoolExecutor(4) as processes:
        list(processes.map(one, range(1, 5)))

    assert sorted(run.counts["orders_queued"] for run in a_log(tables).entries()[job]) == [1, 2, 3, 4]


@pytest.mark.parametrize("call", [1, 2])
def test_a_run_is_told_once_though_an_answer_of_the_storage_was_lost(tables: Tables, wire: Wire, job: str, call: int):
    log = a_log(tables)
    do(log, job, 1)
    do(log, job, 2)

    with wire.losing(call, "after"):
        do(log, job, 3)

    assert [run.counts["orders_queued"] for run in log.entries()[job]] == [3, 2, 1]


def test_a_storage_that_does_not_answer_is_said_to_be_out_of_reach(tables: Tables, wire: Wire, job: str):
    kept = TableJobRuns(tables)

    with wire.out_of_reach(), pytest.raises(TransientProviderError):
        kept.change(job, lambda runs: runs)


def test_fifty_entries_of_the_longest_messages_fit_into_the_row(tables: Tables, job: str):
    log = a_log(tables)
    for number in range(MOST_ENTRIES):
        log.fail(job, log.begin(job, "operator"), TransientProviderError(f"{number} " + "😀" * 1_000))

    assert len(log.entries()[job]) == MOST_ENTRIES
    assert log.entries()[job][0].started_at > datetime.now(UTC) - timedelta(minutes=5)
