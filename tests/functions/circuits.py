"""For services that talk to nobody."""

from shared.application.outages import Outages
from shared.bootstrap.circuits import Circuits
from shared.domain.ports import ErrorPages
from shared.providers.circuit import CircuitLimits


def _no_pages() -> ErrorPages:
    raise AssertionError("nobody is talked to, so nobody can be down")


NO_CIRCUITS = Circuits(CircuitLimits(failures=5, seconds=15, cap_seconds=300, drain_per_second=10), Outages(_no_pages))
