"""The configuration an app starts with, applied to its store the way its operators do it."""

import os
import sys
from pathlib import Path

from sandbox.processes import Process, ProcessFailed

_APPLY_SECONDS = 60.0


def apply_configuration(app: Path, directory: Path, *, storage: str, log: Path) -> None:
    """`python -m shared.configuration apply` of the files in `directory`. Raises ProcessFailed, with what it said."""
    command = [sys.executable, "-m", "shared.configuration", "apply", str(directory), "--yes", "--by", "sandbox"]
    process = Process("apply", command, log=log, cwd=app, env={**os.environ, "AzureWebJobsStorage": storage})
    if process.ends("applying the configuration", _APPLY_SECONDS) != 0:
        raise ProcessFailed(f"the configuration in {directory} was not applied:\n{process.output()}")
