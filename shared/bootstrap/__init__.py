"""The composition root: settings and configuration in, services out."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from shared.bootstrap.clients import now
from shared.bootstrap.current import CurrentServices
from shared.bootstrap.services import Services
from shared.bootstrap.storage import Storage
from shared.configuration import Configuration, load_configuration
from shared.configuration.in_force import ConfigurationInForce
from shared.settings import Settings, SettingsError, load_settings, missing_group

__all__ = ["Services", "check", "current", "missing_settings", "now", "services"]

SHIPPED = Path(__file__).parents[2] / "config"


def check() -> None:
    """Without a call to anybody: whether the app could start with its settings and the configuration it ships.

    Raises SettingsError, ConfigurationError.
    """
    load_settings()
    load_configuration(SHIPPED)


def services() -> Services:
    """Those of the current version of the configuration.

    Raises SettingsError, ConfigurationError, TransientProviderError.
    """
    return current()()


@lru_cache(maxsize=1)
def current() -> CurrentServices:
    """One for a process. Raises SettingsError."""
    settings, host = load_settings()
    storage = Storage(host.azurewebjobsstorage.get_secret_value())

    def build(configuration: ConfigurationInForce) -> Services:
        if missing := [*missing_settings(settings, configuration.current)]:
            raise SettingsError("; ".join(missing))
        return Services(settings, storage, configuration)

    return CurrentServices(storage, SHIPPED, build, settings.configuration_seconds)


def missing_settings(settings: Settings, configuration: Configuration) -> Iterator[str]:
    """What published flows need of providers that have no settings, a complaint each."""
    published = [flow for flow in configuration.flows.values() if flow.published]
    needed = {
        "flexe": any(flow.fulfillment == "flexe" for flow in published),
        "sap": any(flow.accounting == "sap" for flow in published),
        "inventory": any(flow.fulfillment == "optimization" for flow in published),
    }
    return (missing_group(name) for name, is_needed in needed.items() if is_needed and getattr(settings, name) is None)
