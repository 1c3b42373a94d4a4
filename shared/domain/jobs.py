"""Runs of background jobs, as the job log keeps them (reference: iom.md section 10)."""

from collections.abc import Callable, Mapping
from typing import Literal, Protocol

from pydantic import AwareDatetime

from shared.domain.orders import Value

StartedBy = Literal["schedule", "operator"]


class JobRun(Value):
    """One run, or `runs` of them in a row that came to the same: from the first one's start to the last one's end.

    `counts` is what each of them did, such as {"orders_queued": 3}. `message`: why it failed; of one that succeeded,
    what it had to leave to others. `run_id` names the last of them. `ended_at` is None of a run that nobody saw end.
    """

    run_id: str
    started_by: StartedBy
    started_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    outcome: Literal["running", "succeeded", "failed"] = "running"
    counts: dict[str, int] = {}
    message: str = ""
    runs: int = 1


Runs = tuple[JobRun, ...]
"""Of one job, started last first."""


class JobRuns(Protocol):
    """Where the runs of each job are kept."""

    def change(self, job: str, decide: Callable[[Runs], Runs]) -> None:
        """`decide` may be asked several times: what it changes may have changed meanwhile, or be changed already."""
        ...

    def all(self) -> Mapping[str, Runs]:
        """By job; none of a job that never ran."""
        ...
