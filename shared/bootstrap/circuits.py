"""The circuit breakers: one for each provider, for as long as the process lives, whatever the configuration."""

from threading import Lock

from shared.application.outages import Outages
from shared.domain.actions import Provider
from shared.providers.catalog import CATALOG
from shared.providers.circuit import Circuit, CircuitLimits


class Circuits:
    def __init__(self, limits: CircuitLimits, outages: Outages) -> None:
        self._limits, self._outages = limits, outages
        self._lock = Lock()
        self._of: dict[Provider, Circuit] = {}

    def of(self, provider: Provider) -> Circuit:
        with self._lock:
            if provider not in self._of:
                self._of[provider] = Circuit(CATALOG[provider].display_name, self._limits, self._outages)
            return self._of[provider]
