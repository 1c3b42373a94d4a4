"""The job log in the table `JobRuns`: one row for each job, so that it grows neither with runs nor with time."""

from collections.abc import Callable

from azure.data.tables import TableEntity
from pydantic import TypeAdapter

from shared.domain.errors import TransientProviderError
from shared.domain.jobs import Runs
from shared.store.rows import document, key_of, text_of
from shared.store.tables import Tables
from shared.store.transaction import Row, etag_of

_PARTITION = "job"
_ATTEMPTS = 10
_RUNS = TypeAdapter(Runs)


class TableJobRuns:
    """`JobRuns` on Azure Tables.

    A change is one call as long as this process was the last to write the row: it remembers what it wrote and under
    which ETag. Otherwise it is a write in vain, a read and a write.
    """

    def __init__(self, tables: Tables) -> None:
        self._table = tables.job_runs
        self._written: dict[str, tuple[Runs, str]] = {}

    def change(self, job: str, decide: Callable[[Runs], Runs]) -> None:
        for _ in range(_ATTEMPTS):
            before, etag = self._written.get(job) or self._read(job)
            after = decide(before)
            if after == before or self._write(job, after, etag):
                return
            self._written.pop(job, None)
        raise TransientProviderError(f"the log of job {job} is being written by too many at once")

    def all(self) -> dict[str, Runs]:
        rows = self._table.rows("PartitionKey eq @jobs", {"jobs": _PARTITION})
        return {row["Job"]: _runs(row) for row in rows}

    def _read(self, job: str) -> tuple[Runs, str]:
        """Without an ETag where there is no row yet."""
        row = self._table.get(_PARTITION, key_of(job))
        return (_runs(row), etag_of(row)) if row else ((), "")

    def _write(self, job: str, runs: Runs, etag: str) -> bool:
        """False when somebody else was faster."""
        row = _row(job, runs)
        if not etag:
            return self._table.insert(row)
        written = self._table.replace(row, etag)
        if written is None:
            return False
        self._written[job] = runs, written
        return True


def _row(job: str, runs: Runs) -> Row:
    return {
        "PartitionKey": _PARTITION,
        "RowKey": key_of(job),
        "Job": job,
        **document(_RUNS.dump_json(runs).decode()),
    }


def _runs(row: TableEntity) -> Runs:
    return _RUNS.validate_json(text_of(row))
