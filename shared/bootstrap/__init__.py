"""The composition root: settings and configuration in, services out."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from shared.bootstrap.clients import now
from shared.bootstrap.services import Services
from shared.configuration import Configuration, load_configuration
from shared.settings import Settings, SettingsError, load_settings, missing_group

__all__ = ["Services", "missing_settings", "now", "services"]

CONFIGURATION = Path(__file__).parents[2] / "config"


@lru_cache(maxsize=1)
def services() -> Services:
    """One set for a process. Raises SettingsError, ConfigurationError."""
    settings, host = load_settings()
    configuration = load_configuration(CONFIGURATION)
    if missing := [*missing_settings(settings, configuration)]:
        raise SettingsError("; ".join(missing))
    return Services(settings, host, configuration)


def missing_settings(settings: Settings, configuration: Configuration) -> Iterator[str]:
    """What published flows need of providers that have no settings, a complaint each."""
    published = [flow for flow in configuration.flows.values() if flow.published]
    needed = {
        "flexe": any(flow.fulfillment == "flexe" for flow in published),
        "sap": any(flow.accounting == "sap" for flow in published),
        "inventory": any(flow.fulfillment == "optimization" for flow in published),
    }
    return (missing_group(name) for name, is_needed in needed.items() if is_needed and getattr(settings, name) is None)
