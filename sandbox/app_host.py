"""The app in its host: the bundled one, or `func start` of the Core Tools."""

import http.client
import json
import os
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.ports import free_port
from sandbox.processes import Process, ProcessFailed

_START_SECONDS = 90.0
_STOP_SECONDS = 20.0
_PORT_WAIT_SECONDS = 10.0
_ANSWER_SECONDS = 2.0
_PORT_IN_USE = ("address already in use", "EADDRINUSE", "is unavailable", "WinError 10048")


@dataclass(frozen=True)
class Ports:
    http: int
    rpc: int

    @classmethod
    def free(cls, preferred: int | None = None) -> "Ports":
        return cls(free_port(preferred), free_port())


class AppHost:
    """Runs a Functions app on fixed ports; can be killed and started again, as a crashed worker is."""

    def __init__(
        self,
        app: Path,
        settings: Mapping[str, str],
        *,
        log: Path | None,
        port: int | None = None,
        func: bool = False,
        queue_lease_seconds: int | None = None,
    ) -> None:
        self._app, self._log, self._func = app, log, func
        self._queue_lease_seconds = queue_lease_seconds
        self._settings = dict(settings)
        self._preferred_port = port
        self._ports: Ports | None = None
        self._process: Process | None = None

    @property
    def url(self) -> str:
        assert self._ports is not None, "the host has not been started"  # noqa: S101 - a mistake in the sandbox itself
        return _url(self._ports)

    @property
    def process(self) -> Process:
        assert self._process is not None, "the host is not running"  # noqa: S101 - likewise
        return self._process

    def start(self) -> None:
        """Returns when the app answers. A restart comes back on the same ports. Raises ProcessFailed."""
        deadline = time.monotonic() + _PORT_WAIT_SECONDS
        while True:
            ports = self._ports or Ports.free(self._preferred_port)
            try:
                self._process = self._started(ports)
            except ProcessFailed as failure:
                if time.monotonic() > deadline or not any(sign in str(failure) for sign in _PORT_IN_USE):
                    raise
            else:
                self._ports = ports
                return

    def stop(self) -> None:
        """Lets the app finish what it is doing. Does nothing when it is not running."""
        if self._process:
            self._process.stop(_STOP_SECONDS)
            self._process = None

    def kill(self) -> None:
        """Ends the app as a crash would."""
        self.process.kill()
        self._process = None

    def _started(self, ports: Ports) -> Process:
        command = self._func_command(ports) if self._func else self._bundled_command(ports)
        process = Process("app", command, log=self._log, cwd=self._app, env=self._environment(ports))
        try:
            process.wait_for(lambda: _running(ports.http), "the app being ready", _START_SECONDS)
            if process.exit_code is not None:
                code = process.exit_code
                raise ProcessFailed(f"the app ended with exit code {code}, and another answers on its port")
        except BaseException:
            process.stop()
            raise
        return process

    def _bundled_command(self, ports: Ports) -> list[str]:
        lease = self._queue_lease_seconds
        return [
            *(sys.executable, "-m", "sandbox.host", "--app", str(self._app)),
            *("--port", str(ports.http), "--rpc-port", str(ports.rpc)),
            *(("--queue-lease", str(lease)) if lease else ()),
        ]

    def _func_command(self, ports: Ports) -> list[str]:
        return [core_tools() or "func", "start", "--port", str(ports.http)]

    def _environment(self, ports: Ports) -> dict[str, str]:
        """Ours, then the sample's values, then this run's own; `func start` finds Python by the PATH."""
        python = Path(sys.executable).parent
        return {
            **os.environ,
            **sample_settings(self._app),
            "ORDERS__PUBLIC_URL": _url(ports),
            **self._settings,
            "PATH": os.pathsep.join([str(python), os.environ.get("PATH", "")]),
            "PYTHONPATH": str(Path(__file__).parent.parent),
            "PYTHONUNBUFFERED": "1",
        }


def _url(ports: Ports) -> str:
    return f"http://127.0.0.1:{ports.http}"


def core_tools() -> str | None:
    """The `func` command of the Azure Functions Core Tools, if this machine has it."""
    return shutil.which("func")


def sample_settings(app: Path) -> dict[str, str]:
    """The values of `local.settings.sample.json`, the list of all the app's settings."""
    sample = app / "local.settings.sample.json"
    return json.loads(sample.read_text(encoding="utf-8"))["Values"] if sample.exists() else {}


def _running(port: int) -> bool | None:
    """True once the host says so, None before."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", "/admin/host/status")
        answer = connection.getresponse()
        running = answer.status == 200 and json.load(answer).get("state") == "Running"
    except (OSError, http.client.HTTPException):
        running = False
    finally:
        connection.close()
    return running or None
