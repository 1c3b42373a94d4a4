"""The background jobs of the app: what its timers do, and what a person can have done at once.

Two runs of a job at once double nothing. Pullers and sweeps move their checkpoint only behind what they have handed on:
a second run hands the same on again, and whoever takes a message finds its work done. A batch strategy, and the
backorder job, are in the hands of one run at a time by a claim; the other run leaves them alone. Of a webhook that both
find missing, one is refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.application.job_log import JobLog
from shared.application.mistakes import NoSettings
from shared.application.sourcing import Answered, News
from shared.domain.errors import OrderProblem

SCHEDULES: Mapping[str, str] = {
    "pull_bigcommerce_orders": "BIGCOMMERCE_PULL_SCHEDULE",
    "pull_dataverse_changes": "DATAVERSE_SWEEP_SCHEDULE",
    "pull_flexe_orders": "FLEXE_SWEEP_SCHEDULE",
    "pull_sap_billing_documents": "SAP_SWEEP_SCHEDULE",
    "run_optimization_batches": "OPTIMIZATION_BATCH_SCHEDULE",
    "release_backorders": "BACKORDER_SCHEDULE",
    "keep_webhooks": "WEBHOOK_UPKEEP_SCHEDULE",
    "report_metrics": "METRICS_SCHEDULE",
}
"""Every job, with the setting that says when it runs."""


class UnknownJob(OrderProblem):
    """The app has no job of this name."""


@dataclass(frozen=True)
class Done:
    """What a job has done: counts for its log, and what flows must hear. `message`: what it left to others, and why.

    Until `told` of an answer or of events is called, the job's next run hands them out again.
    """

    counts: Mapping[str, int]
    message: str = ""
    answered: tuple[Answered, ...] = ()
    seen: tuple[News, ...] = ()


@dataclass(frozen=True)
class Job:
    """`work` is None where there are no settings for the system it is about."""

    schedule: str
    work: Callable[[], Done] | None


@dataclass(frozen=True)
class BackgroundJobs:
    log: JobLog
    jobs: Mapping[str, Job] = field(default_factory=dict)

    def work_of(self, name: str) -> Callable[[], Done]:
        """Raises UnknownJob, NoSettings."""
        job = self.jobs.get(name)
        if job is None:
            raise UnknownJob(f"no job {name!r}; there are: {', '.join(self.jobs)}")
        if job.work is None:
            raise NoSettings(f"job {name} has nothing to do: the system it asks has no settings")
        return job.work

    def shown(self) -> list[dict[str, Any]]:
        """Each with its schedule and its last runs, as JSON values. One storage call."""
        entries = self.log.entries()
        return [
            {
                "name": name,
                "schedule": job.schedule,
                "configured": job.work is not None,
                "runs": [run.model_dump(mode="json") for run in entries.get(name, ())],
            }
            for name, job in self.jobs.items()
        ]
