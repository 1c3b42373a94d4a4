"""The whole set of one test process, and the orders placed in it."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from sandbox.stack import ROOT, Sandbox
from sandbox.systems.bigcommerce import samples
from tests.e2e.followed import Followed
from tests.e2e.people import Caller, Office, Operator, Queues, Shop
from tests.e2e.waiting import until

QUIET_SECONDS = 0.4
REDELIVERY_ATTEMPTS = 5
# Everything that waits waits briefly. The timers do not run by themselves: what they find, callbacks must not need.
HURRIED = {
    "ORDERS__REDELIVERY_ATTEMPTS": str(REDELIVERY_ATTEMPTS),
    "ORDERS__REDELIVERY_BASE_SECONDS": "0.2",
    "ORDERS__REDELIVERY_CAP_SECONDS": "0.5",  # queues count in whole seconds: each delay is one
    "ORDERS__DATAVERSE__REFERENCE_SECONDS": "0.001",
    "BIGCOMMERCE_PULL_SCHEDULE": "0 0 0 1 1 *",
    "DATAVERSE_SWEEP_SCHEDULE": "0 0 0 1 1 *",
}
_HURRIED_QUEUES = {"visibilityTimeout": "00:00:01", "maxPollingInterval": "00:00:00.4"}
_PARTS_OF_THE_APP = ("function_app.py", "functions", "shared", "config", "local.settings.sample.json")


@dataclass(frozen=True)
class Town:
    """A running sandbox with everybody in it."""

    sandbox: Sandbox
    shop: Shop
    office: Office
    operator: Operator
    queues: Queues
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

    def follow(self, order: Mapping[str, Any]) -> Followed:
        """An order, placed or not yet."""
        return Followed(self.shop, self.office, self.operator, str(order["order"]["id"]))

    def falls_quiet(self) -> None:
        """Until nothing waits in a queue or is under way, and no function has run for a moment."""
        until(self._looks_quiet, "nothing is left to do", seen=self.queues.waiting)

    def _looks_quiet(self) -> bool:
        before = self.operator.work_done()
        if self.shop.callbacks_under_way() or self.office.callbacks_under_way() or self.queues.waiting():
            return False
        time.sleep(QUIET_SECONDS)
        return self.operator.work_done() == before and not self.queues.waiting()

    def is_mended(self) -> None:
        """No fault is left armed, every map runs."""
        self.shop.mended()
        self.office.mended()


@contextmanager
def running_town(folder: Path, *, settings: Mapping[str, str] | None = None, **options: Any) -> Iterator[Town]:
    """Started, and everything stopped at the end. `folder` is filled with the app; `options` are the sandbox's."""
    app = hurried_app(folder)
    with Sandbox(app=app, settings={**HURRIED, **(settings or {})}, **options) as sandbox:
        operator, shop, office = Operator(sandbox.app_url), Shop(sandbox.bigcommerce_url), Office(sandbox.finops_url)
        queues = Queues(sandbox.azurite.connection_string)
        try:
            yield Town(sandbox, shop, office, operator, queues, Caller(operator, sandbox.credentials))
        finally:
            for client in (operator, shop, office, queues):
                client.close()


def hurried_app(folder: Path) -> Path:
    """The very app, but with a host.json that makes the host poll often and redeliver failed messages soon."""
    for name in _PARTS_OF_THE_APP:
        (folder / name).symlink_to(ROOT / name)
    host = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))
    host["extensions"]["queues"] |= _HURRIED_QUEUES
    (folder / "host.json").write_text(json.dumps(host), encoding="utf-8")
    return folder
