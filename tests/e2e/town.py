"""The whole set of one test process, and the orders placed in it."""

import json
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from sandbox.demo.world import Inventory
from sandbox.stack import ROOT, Sandbox
from sandbox.systems.bigcommerce import samples
from tests.e2e.followed import Followed
from tests.e2e.people import Accounting, Among, BusQueues, Caller, Office, Operator, People, Queues, Shop, Warehouse
from tests.e2e.waiting import until

QUIET_SECONDS = 0.4
REDELIVERY_ATTEMPTS = 5
_NEVER = "0 0 0 29 2 MON"  # both days must match: not before 2044
# Everything that waits waits briefly. The timers do not run by themselves: what they find, callbacks must not need.
HURRIED = {
    "ORDERS__REDELIVERY_ATTEMPTS": str(REDELIVERY_ATTEMPTS),
    "ORDERS__REDELIVERY_BASE_SECONDS": "0.2",
    "ORDERS__REDELIVERY_CAP_SECONDS": "0.5",  # queues count in whole seconds: each delay is one
    "ORDERS__CIRCUIT_SECONDS": "0.5",
    "ORDERS__CIRCUIT_CAP_SECONDS": "1",
    "ORDERS__DATAVERSE__REFERENCE_SECONDS": "0.001",
    "ORDERS__FLEXE__LOOKUP_LAG_SECONDS": "0.5",
    "ORDERS__SAP__LOOKUP_LAG_SECONDS": "0.5",
    "BIGCOMMERCE_PULL_SCHEDULE": _NEVER,
    "DATAVERSE_SWEEP_SCHEDULE": _NEVER,
    "FLEXE_SWEEP_SCHEDULE": _NEVER,
    "SAP_SWEEP_SCHEDULE": _NEVER,
    "BACKORDER_SCHEDULE": _NEVER,
    "OPTIMIZATION_BATCH_SCHEDULE": _NEVER,
    "WEBHOOK_UPKEEP_SCHEDULE": _NEVER,
    "METRICS_SCHEDULE": _NEVER,
}
_HURRIED_QUEUES = {"visibilityTimeout": "00:00:01", "maxPollingInterval": "00:00:00.4"}
_PARTS_OF_THE_APP = ("function_app.py", "functions", "shared", "config", "infra", "local.settings.sample.json")
# Which flow takes an order: a channel of the store, a company of F&O with a warehouse of it.
FLEXE_CHANNEL = 2
F_AND_O_SHIPS = {"company": "USMF", "customer": "US-001", "site": "2", "warehouse": "24"}
FLEXE_SHIPS = {"company": "USMF", "customer": "US-001", "site": "5", "warehouse": "51"}
FLEXE_SHIPS_SAP_INVOICES = {"company": "USRT", "customer": "RT-001", "site": "6", "warehouse": "61"}
_SHIP_TO = {
    "name": "Harbor Outfitters",
    "line1": "210 Pier Avenue",
    "city": "Santa Monica",
    "stateorprovince": "CA",
    "postalcode": "90405",
    "country": "US",
}
TWO_LINES = (("1000", 4, 19.5), ("KTL-EN-1L", 1, 60.0))


@dataclass(frozen=True)
class Town(Among):
    """A running sandbox with everybody in it."""

    sandbox: Sandbox
    queues: Queues | BusQueues
    caller: Caller
    numbers: Iterator[int] = field(default_factory=lambda: count(20_001))

    def order(self, **wish: Any) -> dict[str, Any]:
        """An order as the store's API shows it, under a number nobody had yet; `wish` as `samples.order` takes it."""
        return samples.order(next(self.numbers), **wish)

    def place(self, order: Mapping[str, Any] | None = None, **wish: Any) -> Followed:
        """A shopper orders."""
        placed = self.order(**wish) if order is None else order
        self.shop.place(placed)
        return self.follow(placed)

    def place_for_flexe(self, **wish: Any) -> Followed:
        """A shopper orders in the channel that Flexe ships for."""
        return self.place(channel_id=FLEXE_CHANNEL, **wish)

    def follow(self, order: Mapping[str, Any]) -> Followed:
        """An order of the store, placed or not yet."""
        external_id = str(order["order"]["id"])
        return Followed(self.people, "bigcommerce", external_id, f"BC-{external_id}")

    def enter(
        self, place: Mapping[str, str] = FLEXE_SHIPS, *, lines: Sequence[tuple[str, float, float]] = TWO_LINES
    ) -> Followed:
        """A clerk enters an order in F&O; `lines` are (product, units, price), all to leave from `place`."""
        number = f"SO-{next(self.numbers)}"
        order = {
            "number": number,
            "company": place["company"],
            "customer": place["customer"],
            "ship_to": _SHIP_TO,
            "lines": [
                {"product": product, "quantity": units, "price": price}
                | {"site": place["site"], "warehouse": place["warehouse"]}
                for product, units, price in lines
            ],
        }
        row_id = self.office.enter(order)["salesorderid"]
        return Followed(self.people, "finops", row_id, number, place["company"])

    def falls_quiet(self) -> None:
        """Until nothing waits in a queue or is under way, and no function has run for a moment."""
        until(self._looks_quiet, "nothing is left to do", seen=self.queues.waiting)

    def is_mended(self) -> None:
        """No fault is left armed, every map runs, Flexe has its usual habits."""
        for system in (self.shop, self.office, self.warehouse, self.accounting):
            system.mended()

    def _looks_quiet(self) -> bool:
        begun, running = self.operator.work()
        systems = (self.shop, self.office, self.warehouse, self.accounting)
        # An activity in hand waits in no queue, and may take longer than we look.
        if running or any(system.callbacks_under_way() for system in systems) or self.queues.waiting():
            return False
        time.sleep(QUIET_SECONDS)
        return self.operator.work() == (begun, 0) and not self.queues.waiting()


@contextmanager
def running_town(
    folder: Path,
    *,
    settings: Mapping[str, str] | None = None,
    log_level: str = "Information",
    storage_in_memory: bool = True,
    **options: Any,
) -> Iterator[Town]:
    """Started, and everything stopped at the end. `folder` is filled with the app; `options` are the sandbox's."""
    app, settings = hurried_app(folder, log_level), {**HURRIED, **(settings or {})}
    with (
        Sandbox(app=app, settings=settings, storage_in_memory=storage_in_memory, **options) as sandbox,
        _people_of(sandbox) as people,
    ):
        queues = _queues_of(sandbox)
        try:
            yield Town(people, sandbox, queues, Caller(people.app, sandbox.credentials))
        finally:
            queues.close()


def _queues_of(sandbox: Sandbox) -> Queues | BusQueues:
    connection = sandbox.connection()
    if "service_bus" in connection:
        bus = connection["service_bus"]
        return BusQueues(bus["url"], bus["connection_string"])
    return Queues(connection["azurite"]["connection_string"])


def _people_of(sandbox: Sandbox) -> People:
    return People(
        app=Operator(sandbox.app_url),
        bigcommerce=Shop(sandbox.bigcommerce_url),
        finops=Office(sandbox.finops_url),
        flexe=Warehouse(sandbox.flexe_url),
        sap=Accounting(sandbox.sap_url),
        inventory=Inventory(sandbox.inventory_url),
    )


def hurried_app(folder: Path, log_level: str = "Information") -> Path:
    """The very app, but with a host.json that makes the host poll often and redeliver failed messages soon."""
    for name in _PARTS_OF_THE_APP:
        (folder / name).symlink_to(ROOT / name)
    host = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))
    host["extensions"]["queues"] |= _HURRIED_QUEUES
    host["logging"]["logLevel"]["default"] = log_level
    (folder / "host.json").write_text(json.dumps(host), encoding="utf-8")
    return folder


def copy_code(app: Path) -> None:
    """Code of the app's own, for a test to change, instead of links to ours."""
    for part in ("functions", "shared"):
        (app / part).unlink()
        shutil.copytree(ROOT / part, app / part, ignore=shutil.ignore_patterns("__pycache__"))
