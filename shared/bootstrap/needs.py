"""What a configuration needs of the settings."""

from collections.abc import Iterator

from shared.configuration import Configuration
from shared.settings import Settings, missing_group


def missing_settings(settings: Settings, configuration: Configuration) -> Iterator[str]:
    """What published flows need of providers that have no settings, a complaint each."""
    published = [flow for flow in configuration.flows.values() if flow.published]
    needed = {
        "flexe": any(flow.fulfillment == "flexe" for flow in published),
        "sap": any(flow.accounting == "sap" for flow in published),
        "inventory": any(flow.fulfillment == "optimization" for flow in published),
    }
    return (missing_group(name) for name, is_needed in needed.items() if is_needed and getattr(settings, name) is None)
