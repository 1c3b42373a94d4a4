"""Timer triggers (reference: functions-host.md section 4)."""

import asyncio
import json
import logging
from datetime import UTC, datetime, timedelta

from azure.functions.meta import Datum

from sandbox.host.functions import Function
from sandbox.host.invoke import Invoker
from sandbox.host.ncrontab import Schedule, parse_schedule
from sandbox.host.storage import StorageError
from sandbox.host.tables import Table

log = logging.getLogger(__name__)

STATUS_ROW = "status"
SHORTEST_MONITORED = timedelta(minutes=1)


class TimerRunner:
    """Runs one function by its schedule, one run at a time, in UTC.

    The last and next occurrence are kept in a table row, so that an occurrence missed while the host was down is made
    up for at start, marked as past due.
    """

    def __init__(self, function: Function, table: Table, invoker: Invoker) -> None:
        options = function.trigger.options
        self.function = function
        self._expression: str = options["schedule"]
        self._schedule = parse_schedule(self._expression)
        self._run_on_startup = bool(options.get("runOnStartup"))
        self._is_monitored = options.get("useMonitor", True) and _spacing(self._schedule) >= SHORTEST_MONITORED
        self._table = table
        self._invoker = invoker
        self._last: datetime | None = None
        self._next = datetime.now(UTC)
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._tick())

    async def stop(self, seconds: float) -> None:
        """Lets a run in hand end for a while."""
        try:
            async with asyncio.timeout(seconds), self._lock:
                pass
        except TimeoutError:
            log.warning("function '%s' still runs, dropping it", self.function.name)
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def run_once(self, *, past_due: bool = False) -> None:
        """Runs the function now; a failure is logged, as the next occurrence comes anyway."""
        async with self._lock:
            try:
                await self._invoker.invoke(self.function, self._datum(past_due))
            except Exception:
                log.exception("function '%s' failed", self.function.name)

    async def _tick(self) -> None:
        missed = await self._read_missed() if self._is_monitored else False
        if missed or self._run_on_startup:
            await self.run_once(past_due=missed)
        while True:
            self._next = self._schedule.next_after(max(self._next, datetime.now(UTC)))
            await self._write_status()
            await self._sleep_until(self._next)
            await self.run_once()
            self._last = self._next

    async def _sleep_until(self, moment: datetime) -> None:
        # The loop's clock is not the wall clock: look again after every sleep.
        while (left := (moment - datetime.now(UTC)).total_seconds()) > 0:  # noqa: ASYNC110 - no event marks the time
            await asyncio.sleep(left)

    async def _read_missed(self) -> bool:
        """Whether the occurrence noted as next has passed; a note for another schedule does not count."""
        try:
            row = await self._table.get(self.function.name, STATUS_ROW)
        except StorageError as error:
            log.warning("the last run of '%s' cannot be read: %s", self.function.name, error)
            return False
        if row is None or row["Schedule"] != self._expression:
            return False
        self._last = datetime.fromisoformat(row["Last"]) if row.get("Last") else None
        return datetime.fromisoformat(row["Next"]) < datetime.now(UTC)

    async def _write_status(self) -> None:
        if not self._is_monitored:
            return
        row = {
            "PartitionKey": self.function.name,
            "RowKey": STATUS_ROW,
            "Schedule": self._expression,
            "Last": self._last.isoformat() if self._last else "",
            "Next": self._next.isoformat(),
        }
        try:
            await self._table.put(row)
        except StorageError as error:
            log.warning("the next run of '%s' cannot be noted: %s", self.function.name, error)

    def _datum(self, past_due: bool) -> Datum:
        now = datetime.now(UTC).isoformat()
        last = self._last.isoformat() if self._last else "0001-01-01T00:00:00+00:00"
        status = {"Last": last, "Next": self._next.isoformat(), "LastUpdated": now}
        content = {"IsPastDue": past_due, "Schedule": {"AdjustForDST": True}, "ScheduleStatus": status}
        return Datum(json.dumps(content), "json")


def _spacing(schedule: Schedule) -> timedelta:
    first = schedule.next_after(datetime.now(UTC))
    return schedule.next_after(first) - first
