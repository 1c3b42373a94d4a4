"""What a configuration needs of the settings."""

from collections.abc import Iterator

from shared.bootstrap.effective import UnusableParameters, effective
from shared.configuration import Configuration
from shared.domain.orders import Problem
from shared.providers.catalog import CATALOG
from shared.settings import Settings, missing_group


def missing_settings(settings: Settings, configuration: Configuration) -> Iterator[str]:
    """What published flows need of providers that have no settings, a complaint each."""
    published = [flow for flow in configuration.flows.values() if flow.published]
    for provider, definition in CATALOG.items():
        is_needed = any(provider in flow.providers for flow in published)
        if is_needed and getattr(settings, definition.settings) is None:
            yield missing_group(definition.settings)


def lacking(settings: Settings, configuration: Configuration) -> Iterator[Problem]:
    """Why a configuration cannot be used with these settings: what they lack, parameters that do not go with them."""
    for complaint in missing_settings(settings, configuration):
        yield Problem(field="flows.yaml: published", value=None, problem=complaint)
    try:
        effective(settings, configuration.providers)
    except UnusableParameters as unusable:
        yield unusable.problem
