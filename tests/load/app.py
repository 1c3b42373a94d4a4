"""The very app, with a host.json for the emulator's sake."""

import json
from pathlib import Path

from sandbox.stack import ROOT

_PARTS = ("function_app.py", "functions", "shared", "config", "local.settings.sample.json")
# The emulator needs the longer for a look into any queue the more messages there are in all of them: with thousands, a
# look into each empty one every second would keep it busy.
POLLING_SECONDS = 5.0
LEASE_SECONDS = 120  # of a message in hand; while the emulator is slow it is renewed late


def patient_app(folder: Path, polling_seconds: float) -> Path:
    """Its host looks into empty queues only so often."""
    for name in _PARTS:
        (folder / name).symlink_to(ROOT / name)
    host = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))
    host["extensions"]["queues"]["maxPollingInterval"] = f"00:00:{polling_seconds:04.1f}"
    (folder / "host.json").write_text(json.dumps(host), encoding="utf-8")
    return folder
