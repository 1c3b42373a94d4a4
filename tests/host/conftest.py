"""Hosts that are stopped at the end."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.azurite import Azurite
from tests.host.running_host import RunningHost

StartHost = Callable[..., RunningHost]


@pytest.fixture(scope="module")
def orchestrations(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHost]:
    """A host of the orchestrations app, shared by the tests of a module."""
    host = RunningHost("orchestrations", azurite.connection_string, tmp_path_factory.mktemp("host"))
    host.start()
    yield host
    host.close()


@pytest.fixture
def start_host(azurite: Azurite, tmp_path: Path) -> Iterator[StartHost]:
    """Starts a host of a test's own: `start_host(app, *options)`, on a hub of its own unless one is named."""
    hosts: list[RunningHost] = []

    def start(app: str, *options: str, hub: str = "") -> RunningHost:
        host = RunningHost(app, azurite.connection_string, tmp_path, options, hub)
        hosts.append(host)
        host.start()
        return host

    yield start
    for host in hosts:
        host.close()
