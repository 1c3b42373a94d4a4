"""What a campaign tells while it runs, and its counts at the end."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.chaos.campaign import Campaign
from tests.chaos.faults import Planned
from tests.chaos.journey import Case
from tests.chaos.planning import Wave
from tests.chaos.results import Result


def _faults(planned: Case | Wave) -> Sequence[Planned]:
    return planned.faults if isinstance(planned, Case) else planned.shared


class Report:
    """On the terminal a line a wave and every harmed order; the counts as one table, and as JSON if asked for."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._began = time.monotonic()
        self._waves: Counter[str] = Counter()

    def say(self, text: str) -> None:
        self._console.print(text, markup=False)

    def plan(self, waves: Sequence[Wave]) -> None:
        orders = Counter(wave.name for wave in waves for _ in wave.cases)
        faults = Counter(wave.name for wave in waves for each in (*wave.cases, wave) for _ in _faults(each))
        for name, count in orders.items():
            self.say(f"planned: {name}: {count} orders, {faults[name]} faults")

    def wave(self, wave: Wave, results: Sequence[Result], campaign: Campaign) -> None:
        self._waves[wave.name.partition(" ")[0] if wave.name.startswith("seed") else wave.name] += 1
        harmed = [each for each in results if not each.ok]
        at = time.monotonic() - self._began
        unmet = sum(len(each.unmet) for each in results)
        self.say(
            f"{at:6.0f} s  {wave.name}: {len(results)} orders, {len(harmed)} harmed, {unmet} faults not met, "
            f"{campaign.disasters.kills} kills so far"
        )
        for each in harmed:
            self.say(f"  {each.explained()}")

    def closed(self, campaign: Campaign, file: Path | None) -> int:
        """Prints the counts; 1 when an order was harmed or the wire itself has failed."""
        counts = self._counts(campaign)
        table = Table("fault", "injected", title="faults")
        for fault, times in sorted(campaign.wire.injected.items()):
            table.add_row(fault, str(times))
        self._console.print(table)
        self.say(json.dumps(counts))
        if file:
            file.write_text(json.dumps(counts, indent=2) + "\n", encoding="utf-8")
        return 0 if counts["ok"] else 1

    def _counts(self, campaign: Campaign) -> dict[str, Any]:
        counts = campaign.results.counts()
        harmed = bool(campaign.results.failed) or bool(campaign.wire.failures)
        return {
            "ok": not harmed,
            "faults_injected": sum(campaign.wire.injected.values()),
            **counts,
            "kills_of_the_app": campaign.disasters.kills,
            "storage_restarts": campaign.disasters.storage_restarts,
            "map_pauses": campaign.disasters.map_pauses,
            "by_fault": dict(sorted(campaign.wire.injected.items())),
            "failures_of_the_wire": campaign.wire.failures,
            "seconds": round(time.monotonic() - self._began),
        }
