"""`python dev.py record [COURSE]...`: has orders take their courses and keeps what their orchestrations lived through.

A recording that says something new takes the place of the one before, which is kept among the earlier ones: orders that
started then may still run. Delete those once none does (docs/changing-flows.md); `--replace` keeps none, for what was
never released.
"""

import argparse
import asyncio
import json
import logging
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from sandbox.host.durable.events import Event
from sandbox.host.durable.instance import Instance
from sandbox.host.durable.store import Store
from sandbox.host.metrics import Metrics
from sandbox.host.settings import parse_connection_string
from sandbox.host.storage import StorageClient
from sandbox.host.tables import Table
from sandbox.stack import ROOT
from shared.domain.identity import instance_id_for
from tests.e2e.shelves import Shelves
from tests.e2e.town import Town, running_town
from tests.e2e.waiting import DEADLINE_SECONDS
from tests.replay.courses import COURSES
from tests.replay.recordings import EARLIER, HISTORIES, ORDER_ID, Recording
from tests.replay.rehearsal import REHEARSALS, rehearsed
from tests.replay.replaying import Broken, Handle, lived_on, orchestrators
from tests.replay.wire import turns_of

_STRANGE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}|\d{4}-\d\d-\d\dT|127\.0\.0\.1|/home/|/tmp/|@\w+\.", re.I)


class NotRecorded(Exception):
    """What was lived through cannot be kept: the message says why."""


def main(arguments: list[str]) -> int:
    logging.getLogger().setLevel(logging.ERROR)  # the SDK warns of something that is none of ours
    parser = argparse.ArgumentParser(prog="dev.py record", description="see docs/changing-flows.md")
    parser.add_argument("courses", nargs="*", metavar="COURSE", choices=[[], *COURSES, *REHEARSALS], help="all if none")
    parser.add_argument("--replace", action="store_true", help="keep no recordings of before: they were never released")
    given = parser.parse_args(arguments)
    for recording in recorded(lambda course: not given.courses or course in given.courses):
        print(f"{recording.orchestrator}/{recording.course}: {keep(recording, aside=not given.replace)}", flush=True)
    return 0


def recorded(is_wanted: Callable[[str], bool]) -> Iterator[Recording]:
    """Every wanted course, as orders take it today."""
    handles = orchestrators()
    for course in filter(is_wanted, REHEARSALS):
        yield rehearsed(course, handles)
    if any(map(is_wanted, COURSES)):
        with tempfile.TemporaryDirectory() as folder, running_town(Path(folder)) as town:
            for course in filter(is_wanted, COURSES):
                yield played(course, town, handles)


def played(course: str, town: Town, handles: dict[str, Handle]) -> Recording:
    """A course in the sandbox, and the history that the host has stored of it. Raises NotRecorded."""
    shelves = Shelves(town.sandbox.inventory_url)
    shelves.are_empty()
    try:
        order = COURSES[course](town, shelves)
        instance, history = asyncio.run(_ended(town.sandbox.azurite.connection_string, instance_id_for(order.order_id)))
    finally:
        town.is_mended()
        shelves.are_empty()
        shelves.close()
    anonymous = json.loads(json.dumps(history).replace(order.order_id, ORDER_ID))
    given = json.loads(json.loads(instance.input or "null"))
    return retold(Recording(instance.name, course, {**given, "order_id": ORDER_ID}), anonymous, handles[instance.name])


def retold(recording: Recording, history: list[Event], handle: Handle) -> Recording:
    """With what was asked for in each turn, which no history holds: the orchestrator answers alike each time.

    Raises NotRecorded when it does not, and when something is left that must not be kept.
    """
    for turn in turns_of(history):
        try:
            recording = lived_on(recording, turn.hears, handle)
        except Broken as broken:
            raise NotRecorded(f"{recording.course}: its history does not replay: {broken}") from broken
        if recording.turns[-1].schedules != turn.schedules:
            raise NotRecorded(f"{recording.course}: the host has scheduled {turn.schedules}, not {recording.turns[-1]}")
    if strange := _STRANGE.search(json.dumps(recording.life).replace(ORDER_ID, "")):
        raise NotRecorded(f"{recording.course}: {strange[0]!r} looks like an id, a time, an address or a path")
    return recording


def keep(recording: Recording, folder: Path = HISTORIES, *, aside: bool = True) -> str:
    """Saves it unless it says nothing new, and the one before `aside`; in a word, what was done."""
    path = folder / recording.orchestrator / f"{recording.course}.json"
    before = Recording.load(path) if path.exists() else None
    if before and before.life == recording.life:
        return "as before"
    recording.save(folder)
    if before and aside:
        kept = before.save(_free(folder / EARLIER, path))
        return f"changed; what was recorded before is {kept.relative_to(folder)}"
    return "changed" if before else "new"


def _free(earlier: Path, path: Path) -> Path:
    """The first numbered folder without such a recording: the higher, the younger."""
    folders = (earlier / str(number) for number in count(1))
    return next(folder for folder in folders if not (folder / path.parent.name / path.name).exists())


async def _ended(connection: str, instance_id: str) -> tuple[Instance, list[Event]]:
    """The orchestration with its history, once it has ended."""
    client = StorageClient(parse_connection_string(connection), Metrics())
    store = Store(Table(client, f"{_hub_name()}Instances"))
    deadline = time.monotonic() + DEADLINE_SECONDS
    try:
        while True:
            loaded = await store.load(instance_id)
            if loaded and loaded[0].is_finished:
                return loaded[0], loaded[1].events
            if time.monotonic() > deadline:
                raise NotRecorded(f"{instance_id} has not ended")
            await asyncio.sleep(0.1)
    finally:
        await client.close()


def _hub_name() -> str:
    host = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))
    return host["extensions"]["durableTask"]["hubName"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
