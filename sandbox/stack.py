"""The whole set on one machine: Azurite, the stand-ins and the app, on free ports, in a folder of its own."""

import contextlib
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from sandbox.app_host import AppHost
from sandbox.azurite import Azurite, Ports, storage_connection
from sandbox.configuration import apply_configuration
from sandbox.credentials import Addresses, Credentials
from sandbox.processes import Process
from sandbox.registrations import register, register_by_command
from sandbox.run_folder import RunFolder
from sandbox.service_bus import Transport, app_settings, connection_string, declared_queues

ROOT = Path(__file__).parent.parent
_SYSTEMS_START_SECONDS = 60.0

Between = Callable[[str, str], str]
"""Given who is called (`table`, `queue`, `app`, or a stand-in) and the base URL, the one that callers are told."""


def directly(_: str, url: str) -> str:
    return url


class Sandbox:
    """A context manager: ready when entered, everything stopped in order when left, and gone even after `kill -9`.

    The files of `configuration` (by default the app's own `config/`, if it has one) are applied to the store first.
    `settings` are added to the app's; `systems` to the stand-ins' configuration, by name. With `access_log` each
    storage call becomes a line of `storage_log`. `show_app` lets the app write to this process's own output. With a
    short `queue_lease_seconds` a message that was in hand when the app was killed soon comes back (of Storage queues
    in the bundled host only). `transport` says what carries the app's messages. `storage_in_memory`: Azurite does not
    survive being stopped, and does not slow down with what it has. Through `between` a test stands between the app and
    everyone it speaks to by HTTP.
    """

    def __init__(
        self,
        *,
        app: Path = ROOT,
        configuration: Path | None = None,
        settings: Mapping[str, str] | None = None,
        systems: Mapping[str, Mapping[str, Any]] | None = None,
        port: int | None = None,
        func: bool = False,
        show_app: bool = False,
        access_log: bool = False,
        queue_lease_seconds: int | None = 30,
        transport: Transport | str = Transport.STORAGE,
        storage_in_memory: bool = False,
        between: Between = directly,
    ) -> None:
        self.credentials = Credentials()
        self._app, self._settings, self._systems = app, dict(settings or {}), dict(systems or {})
        self._configuration = configuration or app / "config"
        self._port, self._func, self._show_app, self._access_log = port, func, show_app, access_log
        self._queue_lease_seconds = queue_lease_seconds
        self.transport = Transport(transport)
        self._storage_in_memory = storage_in_memory
        self._between = between
        self._stack = contextlib.ExitStack()
        self._azurite: Azurite | None = None
        self._azurite_ports: Ports | None = None

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self._run = stack.enter_context(RunFolder())
            systems = self._launch_systems()
            stack.callback(systems.stop)
            self.start_azurite()
            stack.callback(self.stop_azurite)
            self._apply_configuration()
            self._at = systems.wait_for(lambda: _announced(systems), "its addresses", _SYSTEMS_START_SECONDS)
            self._told = self._addresses_told()
            self._system_process = systems
            self._host = self._new_host()
            stack.callback(self._host.stop)
            self._host.start()
            self._register()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def app_url(self) -> str:
        return self._host.url

    @property
    def bigcommerce_url(self) -> str:
        return self._at.bigcommerce

    @property
    def finops_url(self) -> str:
        return self._at.finops

    @property
    def flexe_url(self) -> str:
        return self._at.flexe

    @property
    def sap_url(self) -> str:
        return self._at.sap

    @property
    def inventory_url(self) -> str:
        return self._at.inventory

    @property
    def service_bus_url(self) -> str:
        """The stand-in's control routes."""
        assert self._at.service_bus, "Service Bus does not carry the messages"  # noqa: S101 - a mistake of the caller
        return self._at.service_bus

    @property
    def azurite(self) -> Azurite:
        assert self._azurite is not None, "Azurite is stopped"  # noqa: S101 - a mistake of the caller
        return self._azurite

    @property
    def run_folder(self) -> Path:
        return self._run.path

    @property
    def storage_log(self) -> Path:
        return self._run.log("storage")

    @property
    def pids(self) -> dict[str, int]:
        return {"azurite": self.azurite.pid, "systems": self._system_process.pid, "app": self._host.process.pid}

    def ended(self) -> str | None:
        """The name of a process that has ended by itself, if any has."""
        watched = (self._system_process, self._host.process)
        return next((process.name for process in watched if process.exit_code is not None), None)

    def kill_app(self) -> None:
        """`kill -9`: what the app had not committed is lost, as when a worker crashes."""
        self._host.kill()

    def stop_app(self) -> None:
        self._host.stop()

    def start_app(self) -> None:
        """The app comes back on the same ports."""
        self._host.start()

    def stop_azurite(self) -> None:
        """Saves to disk first. Does nothing when it is stopped already."""
        if self._azurite:
            self._azurite_ports = self._azurite.ports
            self._azurite.stop()
            self._azurite = None

    def start_azurite(self) -> None:
        """With the ports it had before, if it ran before, and with its data unless that was in memory."""
        log = self.storage_log if self._access_log else None
        self._azurite = Azurite.launch(
            self.run_folder / "azurite",
            access_log=log,
            ports=self._azurite_ports,
            in_memory=self._storage_in_memory,
        )

    def connection(self) -> dict[str, Any]:
        """All that a test from outside needs: addresses, secrets, process ids."""
        return {
            "app": self.app_url,
            **self.credentials.connections(self._at),
            "azurite": {"connection_string": self.azurite.connection_string},
            **({"service_bus": self._service_bus_connection()} if self._at.service_bus else {}),
            "pids": self.pids,
            "run_folder": str(self.run_folder),
        }

    def _apply_configuration(self) -> None:
        if self._configuration.exists():
            storage, log = self.azurite.connection_string, self._run.log("configuration")
            apply_configuration(self._app, self._configuration, storage=storage, log=log)

    def _launch_systems(self) -> Process:
        configuration = {
            name: {"port": 0, **given, **self._systems.get(name, {})}
            for name, given in {**self.credentials.stand_ins(), **self._broker()}.items()
        }
        file = self.run_folder / "systems.json"
        file.write_text(json.dumps(configuration, indent=2))
        command = [sys.executable, "-m", "sandbox.systems", "--config", str(file)]
        return Process("systems", command, log=self._run.log("systems"), cwd=ROOT)

    def _broker(self) -> dict[str, dict[str, Any]]:
        """The stand-in's configuration where it is wanted."""
        if self.transport is Transport.STORAGE:
            return {}
        queues = declared_queues(self._app, self._queue_lease_seconds)
        return {"service_bus": {"key": self.credentials.service_bus_key, "queues": queues}}

    def _service_bus_connection(self) -> dict[str, str]:
        return {"url": self._at.service_bus, "connection_string": connection_string(self._at.service_bus)}

    def _register(self) -> None:
        app = self._between("app", self.app_url)
        settings = {**self._app_settings(), "ORDERS__PUBLIC_URL": app}
        register_by_command(settings, self._run.log("registrations"))
        register(app, self._at, self.credentials)

    def _app_settings(self) -> dict[str, str]:
        given = self.credentials.app_settings(storage=self._storage_told, at=self._told)
        carried = app_settings(connection_string(self._at.service_bus)) if self._at.service_bus else {}
        return {**given, **carried, **self._settings}

    def _addresses_told(self) -> Addresses:
        self._storage_told = storage_connection(
            blob=f"http://127.0.0.1:{self.azurite.blob_port}",
            queue=self._between("queue", f"http://127.0.0.1:{self.azurite.queue_port}"),
            table=self._between("table", f"http://127.0.0.1:{self.azurite.table_port}"),
        )
        of_systems = {name: getattr(self._at, name) for name in self.credentials.stand_ins()}
        return self._at._replace(**{name: self._between(name, url) for name, url in of_systems.items()})

    def _new_host(self) -> AppHost:
        log = None if self._show_app else self._run.log("app")
        return AppHost(
            self._app,
            self._app_settings(),
            log=log,
            port=self._port,
            func=self._func,
            queue_lease_seconds=self._queue_lease_seconds,
        )


def _announced(systems: Process) -> Addresses | None:
    """The stand-ins' addresses: the one line of JSON among what they write."""
    line = next((line for line in systems.output().splitlines(keepends=True) if line.startswith("{")), "")
    return Addresses(**json.loads(line)) if line.endswith("\n") else None
