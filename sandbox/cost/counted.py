"""What the bench has counted: a report of each transport."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sandbox.service_bus import Transport

Report = Mapping[str, Any]
Counted = Mapping[Transport, Report]


class CountsMissing(ValueError):
    """The reports are not those of one bench on Storage queues and, at most, one on Service Bus."""


def read_counts(files: Sequence[Path]) -> Counted:
    """Raises CountsMissing. Service Bus may be left out, and then is not compared."""
    reports = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    counted = {Transport(report["transport"]): report for report in reports}
    if Transport.STORAGE not in counted or len(counted) < len(files):
        raise CountsMissing("give one report of a bench on Storage queues, and at most one of a bench on Service Bus")
    return counted
