"""Orders that run when a release comes go on: what orchestrations have lived through replays on the code of today."""

from pathlib import Path

import pytest
import yaml

from functions.orchestrations import newest
from shared.domain.flow_input import FlowInput
from tests.replay.courses import COURSES
from tests.replay.lines import lines_of_functions, lines_run_in
from tests.replay.recordings import HISTORIES, Recording, current, earlier
from tests.replay.rehearsal import REHEARSALS
from tests.replay.replaying import answers, breach, difference, orchestrators

ROOT = Path(__file__).parents[2]
FLOWS = ROOT / "shared" / "flows"
CURRENT, EARLIER = [*current()], [*earlier()]
TAKING_ORDERS = {newest(flow) for flow in yaml.safe_load((ROOT / "config" / "flows.yaml").read_text(encoding="utf-8"))}
OF_NEW_ORDERS = [path for path in CURRENT if path.parent.name in TAKING_ORDERS]
WITH_EVERY_NEW_ORDER = set(FlowInput.__annotations__) - {"started_anew", "wishes_settled"}
HOW = "see docs/changing-flows.md"
RETIRED = "no such orchestrator: its recordings go with it, once no order runs on it"


def named(path: Path) -> str:
    return str(path.relative_to(HISTORIES).with_suffix(""))


@pytest.mark.parametrize("path", [*CURRENT, *EARLIER], ids=named)
def test_no_running_order_breaks_wherever_it_waits(path: Path):
    recording = Recording.load(path)
    handle = orchestrators().get(recording.orchestrator)

    assert handle, f"{recording.orchestrator}: {RETIRED}"
    assert (found := breach(recording, handle)) is None, f"this change breaks running orders, {HOW}\n{found}"


@pytest.mark.parametrize("path", OF_NEW_ORDERS, ids=named)
def test_an_orchestrator_does_what_it_was_recorded_doing_to_the_recorded_end(path: Path):
    recording = Recording.load(path)

    found = difference(recording, orchestrators()[recording.orchestrator])

    assert recording.is_over
    assert found is None, f"if nothing else fails, no running order breaks: record again, {HOW}\n{found}"


def test_every_orchestrator_is_recorded():
    assert {path.parent.name for path in CURRENT} == set(orchestrators())


def test_every_course_is_recorded():
    assert {path.stem for path in OF_NEW_ORDERS} == {*COURSES, *REHEARSALS}


def test_recordings_of_today_start_with_all_that_orders_start_with_today():
    played = [Recording.load(path) for path in OF_NEW_ORDERS if path.stem in COURSES]

    stale = [recording.course for recording in played if set(recording.input) != WITH_EVERY_NEW_ORDER]

    assert stale == []


def test_there_is_no_line_of_a_flow_that_no_recording_runs():
    handles = orchestrators()

    with lines_run_in(FLOWS) as ran:
        for path in CURRENT:
            recording = Recording.load(path)
            assert all(answers(recording, handles[recording.orchestrator]))

    assert sorted(lines_of_functions(FLOWS) - ran) == []


@pytest.mark.parametrize("path", [*CURRENT, *EARLIER], ids=named)
def test_a_recording_reads_as_it_was_written(path: Path, tmp_path: Path):
    recording = Recording.load(path)

    assert recording.save(tmp_path).read_text(encoding="utf-8") == path.read_text(encoding="utf-8")
