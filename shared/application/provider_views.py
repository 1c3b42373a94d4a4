"""Providers as the operations API shows them: what the code knows, what is set, and where it comes from. No secrets."""

from collections.abc import Mapping
from typing import Any

from shared.application.provider_desk import ProviderReach
from shared.configuration import Configuration
from shared.configuration.entries import plain
from shared.configuration.providers import ProviderInstance
from shared.domain.actions import Provider
from shared.providers.catalog import CATALOG


def provider_view(provider: Provider, configuration: Configuration, reach: ProviderReach) -> dict[str, Any]:
    """Definition, settings by name, instance, the values that count of what may be set, and the flows it is part of."""
    definition, instance = CATALOG[provider], configuration.providers.get(provider)
    return {
        "name": provider.value,
        "display_name": definition.display_name,
        "description": definition.description,
        "actions": [*definition.actions],
        "events": [*definition.events],
        "settings": {"prefix": reach.prefix(provider), "missing": [*reach.missing(provider)]},
        "installed": instance is not None,
        "active": instance is not None and instance.active,
        "parameters": _parameters(provider, instance, reach),
        "flows": [{"name": flow.name, "published": flow.published} for flow in configuration.flows_with(provider)],
    }


def _parameters(provider: Provider, instance: ProviderInstance | None, reach: ProviderReach) -> list[Mapping[str, Any]]:
    given = instance.parameters if instance else {}
    connection = reach.connection(provider, given)
    values = plain(connection, CATALOG[provider].parameters) if connection else {}
    return [{"name": name, "value": values.get(name), "set": name in given} for name in CATALOG[provider].parameters]
