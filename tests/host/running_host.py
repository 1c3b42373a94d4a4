"""A host under test: a process of its own, as apps change the working directory and keep global state."""

import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from sandbox.processes import Process

APPS = Path(__file__).parent / "apps"
ROOT = Path(__file__).parents[2]
START_SECONDS = 40
FINISHED = ("Completed", "Failed", "Terminated", "Canceled")


class RunningHost:
    """Runs an app on free ports; can be killed and started again on the same task hub."""

    def __init__(
        self, app: str, connection_string: str, folder: Path, options: Sequence[str] = (), hub: str = ""
    ) -> None:
        self.hub = hub or f"hub{uuid4().hex[:12]}"
        self.runs = folder / "runs"
        self.url = ""
        self._command = [
            *(sys.executable, "-m", "sandbox.host", "--app", str(APPS / app)),
            *("--port", "0", "--rpc-port", "0", "--json", *options),
        ]
        self._environ = {
            **os.environ,
            "AzureWebJobsStorage": connection_string,
            "HUB": self.hub,
            "RUNS": str(self.runs),
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self._log = folder / f"{uuid4().hex}.log"
        self._process: Process | None = None
        self._http = httpx.Client(timeout=30)

    @property
    def process(self) -> Process:
        assert self._process is not None
        return self._process

    def start(self) -> None:
        """Returns when the host says that it is ready, which is after recovery."""
        self._process = Process("host", self._command, log=self._log, env=self._environ)
        ready = self._process.wait_for(self._ready_line, "the host being ready", START_SECONDS)
        self.url = ready["url"]

    def stop(self) -> int:
        """Asks the host to end; its exit code."""
        return self.process.stop(30)

    def close(self) -> None:
        if self._process and self._process.exit_code is None:
            self._process.stop(30)
        self._http.close()

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._http.request(method, f"{self.url}/{path}", **options)

    def webhook(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.call(method, f"runtime/webhooks/durabletask/{path}", **options)

    def start_new(self, name: str, value: Any = None, instance_id: str | None = None) -> str:
        """Starts an orchestration as the client does, input serialized twice; its instance id."""
        path = f"orchestrators/{name}" + (f"/{instance_id}" if instance_id else "")
        answer = self.webhook("POST", path, json=json.dumps(value))
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    def status(self, instance_id: str) -> dict[str, Any]:
        return self.webhook("GET", f"instances/{instance_id}").json()

    def wait_for(self, instance_id: str, *statuses: str, custom_status: Any = None, seconds: float = 30) -> Any:
        """The status body once the instance has one of the statuses (default: finished)."""
        deadline = time.monotonic() + seconds
        while True:
            status = self.status(instance_id)
            if status["runtimeStatus"] in (statuses or FINISHED) and custom_status in (None, status["customStatus"]):
                return status
            assert time.monotonic() < deadline, f"{status}\n{self.process.output()[-3000:]}"
            time.sleep(0.05)

    def wait_for_input(self, instance_id: str, length: int, seconds: float = 30) -> None:
        """Waits for the execution whose input, a list, has that length."""
        deadline = time.monotonic() + seconds
        while len(json.loads(self.status(instance_id)["input"])) != length:
            assert time.monotonic() < deadline, self.status(instance_id)
            time.sleep(0.05)

    def output_of(self, instance_id: str) -> Any:
        status = self.wait_for(instance_id)
        assert status["runtimeStatus"] == "Completed", status
        return status["output"]

    def metrics(self) -> dict[str, Any]:
        return self.call("GET", "admin/host/metrics").json()

    def notes(self, name: str) -> list[Any]:
        """What functions of the app have noted under a name."""
        return [json.loads(file.read_text()) for file in self.runs.glob(f"{name}-*.json")]

    def release(self) -> None:
        """From now on functions that wait to be released end."""
        (self.runs / "released").touch()

    def _ready_line(self) -> dict[str, Any] | None:
        lines = self.process.output().splitlines(keepends=True)
        return next((json.loads(line) for line in lines if line.startswith('{"url"') and line.endswith("\n")), None)
