"""Runs cases against one sandbox, many at once, and judges what became of each order."""

import itertools
import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import yaml

from sandbox.demo.evidence.received import received
from sandbox.demo.scenario import Order
from sandbox.demo.scenarios import SCENARIOS
from sandbox.demo.world import World
from sandbox.stack import ROOT, Sandbox
from sandbox.systems.bigcommerce import samples
from sandbox.systems.finops.seed_data import reference_rows
from shared.domain.identity import line_id_for, order_id_for
from tests.chaos.boundaries import Boundary
from tests.chaos.disasters import MOST_KILLS, Disasters
from tests.chaos.journey import DEADLINE_SECONDS, Case, Journey, Operator, Outcome, is_completed, wrong_effects
from tests.chaos.planning import ORDERS_AT_ONCE, Wave
from tests.chaos.results import Result, Results
from tests.chaos.subjects import Subject, Subjects
from tests.chaos.wire import Wire
from tests.chaos.world import SHELVES, Ledgers, own_name, world_of
from tests.e2e.people import Queues
from tests.e2e.town import hurried_app

FIRST_NUMBER = 7_000_001
OPTIMIZED = "bigcommerce_optimized_finops"
_BAG_AND_KETTLE = tuple(samples.CATALOG)
_MOST_LINES = 3
_QUIET_SECONDS = 0.5
_QUIET_DEADLINE_SECONDS = 20.0
# What takes minutes in production takes seconds here. Redelivery gives up as late as it does there.
SETTINGS = {
    "ORDERS__REDELIVERY_BASE_SECONDS": "0.5",
    "ORDERS__REDELIVERY_CAP_SECONDS": "4",
    "ORDERS__ACTION_LEASE_SECONDS": "3",
    "ORDERS__BIGCOMMERCE__PULL_OVERLAP_SECONDS": "15",
    "ORDERS__FLEXE__SWEEP_OVERLAP_SECONDS": "15",
    "ORDERS__SAP__SWEEP_OVERLAP_SECONDS": "15",
    "ORDERS__FLEXE__LOOKUP_LAG_SECONDS": "0.5",
    "ORDERS__SAP__LOOKUP_LAG_SECONDS": "0.5",
    "BIGCOMMERCE_PULL_SCHEDULE": "*/5 * * * * *",
    "DATAVERSE_SWEEP_SCHEDULE": "*/5 * * * * *",
    "FLEXE_SWEEP_SCHEDULE": "*/5 * * * * *",
    "SAP_SWEEP_SCHEDULE": "*/5 * * * * *",
    "BACKORDER_SCHEDULE": "*/3 * * * * *",
    "WEBHOOK_UPKEEP_SCHEDULE": "0 0 0 29 2 MON",  # never: both days must match, next in 2044
    **{f"ORDERS__{name}__TIMEOUT_SECONDS": "4" for name in ("BIGCOMMERCE", "DATAVERSE", "FLEXE", "SAP", "INVENTORY")},
}
_SYSTEMS = {"bigcommerce": {"retry_time_scale": 0.02}, "flexe": {"retry_time_scale": 0.02}}
_LEASE_SECONDS = 4


class Campaign:
    """One running set, and every order played in it so far."""

    def __init__(self, sandbox: Sandbox, wire: Wire, subjects: Subjects, disasters: Disasters) -> None:
        self.sandbox, self.wire, self.disasters = sandbox, wire, disasters
        self._subjects = subjects
        self._ledgers = Ledgers.of(sandbox, subjects)
        self._operator = Operator(sandbox.app_url)
        self._queues = Queues(sandbox.azurite.connection_string)
        self._numbers = itertools.count(FIRST_NUMBER)
        self._shelves = _Shelves()
        self._clean: dict[str, dict[str, dict[str, Any]]] = {}
        self.crossed: dict[str, tuple[Boundary, ...]] = {}
        self.results = Results()

    def close(self) -> None:
        self._ledgers.close()
        self._queues.close()
        self._operator.close()

    def record(self, scenarios: Sequence[str]) -> None:
        """Plays each scenario once with no fault: what it crosses and what it leaves outside is the measure."""
        for outcome in self._all_played([Case(name) for name in scenarios], len(scenarios), DEADLINE_SECONDS):
            if outcome.problem or outcome.held:
                raise RuntimeError(f"{outcome.case.scenario} without any fault: {outcome.problem or outcome.held}")
            self.crossed[outcome.case.scenario] = tuple(outcome.subject.crossed[: outcome.crossed_until_its_end])
            self._clean[outcome.case.scenario] = outcome.received
            _leave(outcome.order.world)

    @property
    def shared_kinds(self) -> list[tuple[str, str]]:
        """Kinds of calls that were no order's own."""
        return sorted({(each.system, each.call) for each in self.wire.nobodys.crossed})

    def play_wave(self, wave: Wave, *, at_once: int = ORDERS_AT_ONCE) -> list[Result]:
        """All its orders, so many at a time; judged once nothing is under way any more."""
        self.disasters.kills_left = MOST_KILLS
        self.wire.arm(*wave.shared)
        if wave.fresh:
            self.disasters.restart_app()
        with self.disasters.maps_paused() if wave.flood else nullcontext():
            outcomes = self._all_played(wave.cases, at_once, DEADLINE_SECONDS)
        self.results.not_met += self.wire.disarm()
        errors = self._errors()
        results = [self._judged(outcome, errors.get(id(outcome.subject), [])) for outcome in outcomes]
        self.results.all += results
        for outcome in outcomes:
            _leave(outcome.order.world)
        return results

    def _all_played(self, cases: Sequence[Case], at_once: int, deadline_seconds: float) -> list[Outcome]:
        with ThreadPoolExecutor(at_once, thread_name_prefix="order") as pool:
            outcomes = list(pool.map(lambda case: self._played(case, deadline_seconds), cases))
        for outcome in outcomes:
            outcome.subject.meets_no_more()
        self._fall_quiet()
        for outcome in outcomes:
            outcome.received = received(outcome.order)
        return outcomes

    def _played(self, case: Case, deadline_seconds: float) -> Outcome:
        number = next(self._numbers)
        with self._shelves.one_for(case.scenario) as shelf:
            subject = Subject(f"{case.scenario} {number}", f"SO-{number}", case.faults)
            self._introduce(subject, number, shelf)
            scenario = SCENARIOS[case.scenario]
            if not case.scenario.startswith("finops"):
                subject.number = f"BC-{number}"
            order = Order(world_of(subject, self._subjects, self.sandbox, self._ledgers, shelf), str(number))
            return Journey(scenario, order, subject, self._operator).played(case, deadline_seconds)

    def _introduce(self, subject: Subject, number: int, shelf: int | None) -> None:
        order_id = order_id_for("bigcommerce", str(number))
        lines = (line_id_for(order_id, str(samples.line_id(number, place + 1))) for place in range(_MOST_LINES))
        self._subjects.know(subject, str(number), order_id, *lines)
        if shelf is not None:
            self._subjects.know(subject, f"SHELF{shelf:02d}")

    def _errors(self) -> dict[int, list[str]]:
        """What the error pages tell, by the order it is about."""
        told: dict[int, list[str]] = defaultdict(list)
        for error in self._operator.errors():
            if subject := self._subjects.of(json.dumps(error)):
                told[id(subject)].append(error["message"])
        return told

    def _judged(self, outcome: Outcome, errors: list[str]) -> Result:
        """By what can be asked once all is quiet."""
        problem = outcome.problem
        wrong = wrong_effects(outcome, self._clean[outcome.case.scenario])
        if not problem and not is_completed(outcome.order.world.app.order(outcome.order.order_id)):
            problem = "it has ended elsewhere after all"
        return Result.of(outcome, problem, wrong, errors)

    def _fall_quiet(self) -> None:
        """Until the app runs and no message waits for it; sweeps may always have put some there."""
        deadline = time.monotonic() + _QUIET_DEADLINE_SECONDS
        while self.disasters.under_way or (self._queues.waiting() and time.monotonic() < deadline):
            time.sleep(_QUIET_SECONDS)


class _Shelves:
    """Who has which shelf."""

    def __init__(self) -> None:
        self._free = list(range(SHELVES))
        self._lock = threading.Condition()

    @contextmanager
    def one_for(self, scenario: str) -> Iterator[int | None]:
        if scenario != OPTIMIZED:
            yield None
            return
        with self._lock:
            self._lock.wait_for(lambda: self._free)
            shelf = self._free.pop(0)
        try:
            yield shelf
        finally:
            with self._lock:
                self._free.append(shelf)
                self._lock.notify()


@contextmanager
def running_campaign(folder: Path) -> Iterator[Campaign]:
    """Everything started; `folder` is filled with the app and its configuration."""
    app = _app(folder / "app")
    subjects = Subjects()
    with ExitStack() as stack:
        disasters = Disasters(lambda: sandbox)
        stack.callback(disasters.close)
        wire = stack.enter_context(Wire(subjects, disasters))
        sandbox = stack.enter_context(
            Sandbox(
                app=app,
                configuration=_configuration(folder / "config"),
                settings=SETTINGS,
                systems=_SYSTEMS | {"finops": {"reference_rows": _reference_rows()}},
                queue_lease_seconds=_LEASE_SECONDS,
                between=wire.between,
            )
        )
        campaign = Campaign(sandbox, wire, subjects, disasters)
        stack.callback(campaign.close)
        yield campaign


def _app(folder: Path) -> Path:
    """The very app. Its queues give a message up later: hosts die here a hundred times as often as anywhere else."""
    folder.mkdir()
    app = hurried_app(folder)
    host = json.loads((app / "host.json").read_text(encoding="utf-8"))
    host["extensions"]["queues"]["maxDequeueCount"] = 3 * MOST_KILLS
    (app / "host.json").write_text(json.dumps(host), encoding="utf-8")
    return app


def _leave(world: World) -> None:
    with world:
        pass


def _own_products() -> Iterator[tuple[str, str]]:
    """(name on a shelf, product), of all shelves."""
    for shelf in range(SHELVES):
        for product in _BAG_AND_KETTLE:
            yield own_name(product, shelf), product


def _configuration(folder: Path) -> Path:
    """The shipped one, which in addition maps the products of the shelves."""
    folder.mkdir(parents=True)
    for file in (ROOT / "config").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    mappings = folder / "id_mappings.yaml"
    content = yaml.safe_load(mappings.read_text(encoding="utf-8"))
    products = content["bigcommerce"]["products"]
    for name, product in _own_products():
        products[name] = {**products[product], "product": name}
    mappings.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return folder


def _reference_rows() -> dict[str, list[Mapping[str, Any]]]:
    rows = {name: list(each) for name, each in reference_rows().items()}
    of_product = {row["msdyn_productnumber"]: row for row in rows["products"]}
    for name, product in _own_products():
        rows["products"].append({**of_product[product], "msdyn_productnumber": name, "productnumber": name})
    return rows
