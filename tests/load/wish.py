"""What is asked of a run, and the app's settings that go with it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.bench import idle
from tests.load import faults
from tests.load.app import POLLING_SECONDS
from tests.load.scripts import SCRIPTS

_TIMED = ("BIGCOMMERCE", "DATAVERSE", "FLEXE", "SAP", "INVENTORY")
_LOOKING_BACK = ("BIGCOMMERCE__PULL", "FLEXE__SWEEP", "SAP__SWEEP")


@dataclass(frozen=True)
class Wish:
    """`per_minute`: None places all at once. `faults`: the seed of their dice, None for none. `probe`: orders before
    and after the load, whose cost is compared. `minutes`: what is under way then is given up."""

    orders: int
    per_minute: float | None = None
    faults: int | None = None
    scenarios: Sequence[str] = tuple(SCRIPTS)
    probe: int = 100
    jobs_every_seconds: float = 60.0
    minutes: float = 30.0
    polling_seconds: float = POLLING_SECONDS

    def settings(self) -> dict[str, str]:
        """Jobs are run by us, so that they rest while costs are counted; they look back as far as they are apart."""
        return {
            **idle.SETTINGS,
            **{f"ORDERS__{name}__TIMEOUT_SECONDS": str(faults.TIMEOUT_SECONDS) for name in _TIMED},
            **{f"ORDERS__{name}_OVERLAP_SECONDS": str(self.jobs_every_seconds) for name in _LOOKING_BACK},
            "ORDERS__REDELIVERY_BASE_SECONDS": "0.5",
            "ORDERS__REDELIVERY_CAP_SECONDS": "30",
            "ORDERS__FLEXE__LOOKUP_LAG_SECONDS": "1",
            "ORDERS__SAP__LOOKUP_LAG_SECONDS": "1",
        }
