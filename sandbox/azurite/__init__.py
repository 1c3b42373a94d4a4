"""Azurite, the emulator of Azure Storage: blobs, queues and tables on loopback, kept in a folder."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.azurite.installation import install
from sandbox.node import find_node
from sandbox.processes import Process, ProcessFailed

ACCOUNT = "devstoreaccount1"
# The emulator's account and key are the same everywhere and documented by Microsoft: no secret.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

_LISTENING = re.compile(r"Azurite (Blob|Queue|Table) service is successfully listening at http://127\.0\.0\.1:(\d+)")
_START_SECONDS = 60.0
_STOP_SECONDS = 15.0
_PORT_WAIT_SECONDS = 10.0
# The default of 5 s makes every client that pauses meet reset connections, which real Azure Storage does not do.
_KEEP_ALIVE_SECONDS = "60"


@dataclass(frozen=True)
class Ports:
    """0 lets the system choose, which no other process can race for."""

    blob: int = 0
    queue: int = 0
    table: int = 0


class Azurite:
    """A running Azurite. Stop it with SIGTERM only: it saves to disk every 5 s, so a kill loses the last seconds.

    Each time it saves all it has, which takes it the longer the more that is; one `in_memory` never does.
    """

    def __init__(self, process: Process, ports: Ports) -> None:
        self._process = process
        self.ports = ports

    @classmethod
    @contextlib.contextmanager
    def start(
        cls, location: Path, *, access_log: Path | None = None, ports: Ports | None = None, in_memory: bool = False
    ) -> Iterator[Azurite]:
        """Starts on `location`, yields when all three services answer, stops at the end.

        With `access_log` each request becomes a line of that file. `ports` of an earlier run brings it back under the
        same connection string. `in_memory`: only its log goes to `location`. Raises ProcessFailed, InstallFailed or
        NodeMissing.
        """
        azurite = cls.launch(location, access_log=access_log, ports=ports, in_memory=in_memory)
        try:
            yield azurite
        finally:
            azurite.stop()

    @classmethod
    def launch(
        cls, location: Path, *, access_log: Path | None = None, ports: Ports | None = None, in_memory: bool = False
    ) -> Azurite:
        """Like `start`, for a caller that stops it by itself."""
        location.mkdir(parents=True, exist_ok=True)
        command = _command(None if in_memory else location, ports or Ports(), silent=access_log is None)
        log = access_log or location / "azurite.log"
        deadline = time.monotonic() + _PORT_WAIT_SECONDS
        while True:
            process = Process("azurite", command, log=log)
            try:
                listening = process.wait_for(lambda: _listening(process), "all services listening", _START_SECONDS)  # noqa: B023 - called within this turn
            except BaseException as failure:
                process.stop()
                # Only given ports can be in use: a client's connection may have borrowed one of them for a moment.
                in_use = isinstance(failure, ProcessFailed) and "EADDRINUSE" in str(failure)
                if not in_use or time.monotonic() > deadline:
                    raise
            else:
                return cls(process, listening)

    def stop(self) -> None:
        self._process.stop(_STOP_SECONDS)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def blob_port(self) -> int:
        return self.ports.blob

    @property
    def queue_port(self) -> int:
        return self.ports.queue

    @property
    def table_port(self) -> int:
        return self.ports.table

    @property
    def connection_string(self) -> str:
        return storage_connection(
            blob=_url(self.ports.blob), queue=_url(self.ports.queue), table=_url(self.ports.table)
        )


def storage_connection(*, blob: str, queue: str, table: str) -> str:
    """By the base URL of each service, Azurite's own or that of something in between."""
    return (
        f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};"
        f"BlobEndpoint={blob}/{ACCOUNT};QueueEndpoint={queue}/{ACCOUNT};TableEndpoint={table}/{ACCOUNT};"
    )


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _command(location: Path | None, ports: Ports, *, silent: bool) -> list[str]:
    kept = ["--location", str(location)] if location else ["--inMemoryPersistence"]
    flags = ["--disableTelemetry", "--skipApiVersionCheck", *kept]
    for service, port in vars(ports).items():
        flags += [f"--{service}Port", str(port), f"--{service}KeepAliveTimeout", _KEEP_ALIVE_SECONDS]
    return [str(find_node().executable), str(install()), *flags, *(["--silent"] if silent else [])]


def _listening(process: Process) -> Ports | None:
    """The ports this very process has announced, so another server on a wished-for port is never taken for it."""
    announced = {service.lower(): int(port) for service, port in _LISTENING.findall(process.output())}
    return Ports(**announced) if len(announced) == 3 else None
