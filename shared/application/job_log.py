"""The job log: when background jobs ran, what started them and what they came to.

It is kept short. Runs in a row that the schedule started and that came to the same are one entry, so that a sweep that
finds nothing for a week, or an outage that fails every run of an hour, does not push out what happened before.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from shared.domain.errors import OrderProblem, TransientProviderError
from shared.domain.jobs import JobRun, JobRuns, Runs, StartedBy
from shared.domain.ports import Clock

log = logging.getLogger(__name__)

MOST_ENTRIES = 50
_LONGEST_RUN = timedelta(minutes=15)  # the host ends any function before (host.json: functionTimeout)
_SHOWN_CHARACTERS = 500
_LOST = "nobody saw it end: its host may have died"


@dataclass(frozen=True)
class JobLog:
    """A log that cannot be written keeps no job from being done, and hides no failure of one."""

    kept: JobRuns
    clock: Clock

    def begin(self, job: str, started_by: StartedBy) -> JobRun:
        run = JobRun(run_id=uuid4().hex, started_by=started_by, started_at=self.clock())
        self._note(job, lambda runs: _begun(runs, run))
        return run

    def succeed(self, job: str, run: JobRun, counts: Mapping[str, int], message: str) -> JobRun:
        return self._end(job, run.with_(outcome="succeeded", counts=dict(counts), message=_short(message)))

    def fail(self, job: str, run: JobRun, error: Exception) -> JobRun:
        return self._end(job, run.with_(outcome="failed", message=_short(_told(error))))

    def entries(self) -> dict[str, Runs]:
        """By job, started last first; at most fifty each."""
        now = self.clock()
        return {job: _without_lost(runs, now) for job, runs in self.kept.all().items()}

    def _end(self, job: str, run: JobRun) -> JobRun:
        ended = run.with_(ended_at=self.clock())
        self._note(job, lambda runs: _ended(runs, ended))
        return ended

    def _note(self, job: str, decide: Callable[[Runs], Runs]) -> None:
        try:
            self.kept.change(job, decide)
        except TransientProviderError as fault:
            log.warning("job %s: its log could not be written: %s", job, fault)


def _begun(runs: Runs, run: JobRun) -> Runs:
    if any(each.run_id == run.run_id for each in runs):
        return runs
    return (run, *_without_lost(runs, run.started_at))[:MOST_ENTRIES]


def _ended(runs: Runs, run: JobRun) -> Runs:
    """In the place of its beginning, or counted with the entry before it."""
    place = next((n for n, each in enumerate(runs) if each.run_id == run.run_id), None)
    if place is not None and runs[place].outcome != "running":
        return runs
    newer, older = (runs[:place], runs[place + 1 :]) if place is not None else ((), runs)
    if older and _is_same(older[0], run):
        joined = run.with_(started_at=older[0].started_at, runs=older[0].runs + 1)
        return (*newer, joined, *older[1:])
    return (*newer, run, *older)[:MOST_ENTRIES]


def _is_same(before: JobRun, run: JobRun) -> bool:
    by_schedule = before.started_by == run.started_by == "schedule"
    came_to = (run.outcome, run.counts, run.message)
    return by_schedule and (before.outcome, before.counts, before.message) == came_to


def _without_lost(runs: Runs, now: datetime) -> Runs:
    return tuple(
        each.with_(outcome="failed", message=_LOST)
        if each.outcome == "running" and now - each.started_at > _LONGEST_RUN
        else each
        for each in runs
    )


def _told(error: Exception) -> str:
    """What was raised on purpose is worded for people; anything else may quote data that the log must not hold."""
    if isinstance(error, OrderProblem):
        return str(error)
    return f"{type(error).__name__}: the log of the app at this time has the cause"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
