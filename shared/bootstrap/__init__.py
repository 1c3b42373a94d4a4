"""The composition root: settings and configuration in, services out."""

from functools import lru_cache
from pathlib import Path

from shared.application.outages import Outages
from shared.bootstrap.circuits import Circuits
from shared.bootstrap.clients import now
from shared.bootstrap.current import CurrentServices
from shared.bootstrap.needs import missing_settings
from shared.bootstrap.services import Services
from shared.bootstrap.storage import Storage
from shared.configuration import load_configuration
from shared.configuration.in_force import ConfigurationInForce
from shared.settings import HostSettings, Settings, SettingsError, load_settings
from shared.store.errors import TableErrorPages

__all__ = ["Services", "check", "current", "missing_settings", "now", "services"]

SHIPPED = Path(__file__).parents[2] / "config"


def check() -> tuple[Settings, HostSettings]:
    """The settings, if the app could start with them and with the configuration it ships; nobody is called for that.

    Raises SettingsError, ConfigurationError.
    """
    settings = load_settings()
    load_configuration(SHIPPED)
    return settings


def services() -> Services:
    """Those of the current version of the configuration.

    Raises SettingsError, ConfigurationError, TransientProviderError.
    """
    return current()()


@lru_cache(maxsize=1)
def current() -> CurrentServices:
    """One for a process. Raises SettingsError."""
    settings, host = load_settings()
    storage = Storage(host.account, host.service_bus)
    circuits = Circuits(settings.circuit, Outages(lambda: TableErrorPages(storage.tables, now)))

    def look_again() -> None:
        current().look_again()

    def build(configuration: ConfigurationInForce) -> Services:
        if missing := [*missing_settings(settings, configuration.current)]:
            raise SettingsError("; ".join(missing))
        return Services(settings, host, storage, configuration, circuits=circuits, published=look_again)

    return CurrentServices(storage, SHIPPED, build, settings.configuration_seconds)
