"""The services of the current version of the configuration: a version that is applied counts without a restart."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from shared.bootstrap.clients import now
from shared.bootstrap.services import Services
from shared.bootstrap.storage import Storage
from shared.configuration import ConfigurationError
from shared.configuration.in_force import ConfigurationInForce, seed
from shared.domain.errors import TransientProviderError
from shared.settings import SettingsError

log = logging.getLogger(__name__)


class CurrentServices:
    """Called by every trigger. Every `seconds` it looks which version is current: one storage call.

    Once there are services, a store that does not answer and a version that this release cannot use leave them as they
    are: orders go on by what was current before.
    """

    def __init__(
        self,
        storage: Storage,
        shipped: Path,
        build: Callable[[ConfigurationInForce], Services],
        seconds: float,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._storage, self._shipped, self._build = storage, shipped, build
        self._seconds, self._elapsed = seconds, elapsed
        self._lock = Lock()
        self._services: Services | None = None
        self._looked_at = 0.0

    def __call__(self) -> Services:
        """Raises TransientProviderError, ConfigurationError, SettingsError when there are none yet."""
        services = self._services
        if services and self._elapsed() - self._looked_at < self._seconds:
            return services
        with self._lock:
            if not self._services:
                self._services = self._built(seed(self._storage.versions, self._shipped, now))
            elif self._elapsed() - self._looked_at >= self._seconds:  # else another thread has just looked
                self._services = self._renewed(self._services)
            self._looked_at = self._elapsed()
            return self._services

    def look_again(self) -> None:
        """The next call sees a version that has just been applied."""
        self._looked_at = float("-inf")

    def _renewed(self, services: Services) -> Services:
        try:
            number = self._storage.published.current_number()
            return services if number == services.configuration.number else self._built(number)
        except TransientProviderError as fault:
            log.warning("whether there is a new version of the configuration cannot be told: %s", fault)
        except (ConfigurationError, SettingsError) as unusable:
            log.error("the current version of the configuration cannot be used, the one before it counts: %s", unusable)
        return services

    def _built(self, number: int) -> Services:
        services = self._build(self._storage.published.in_force(number))
        log.info("version %s of the configuration counts from now on", number)
        return services
