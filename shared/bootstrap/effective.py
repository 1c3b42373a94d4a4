"""The settings that count: those of the app, with the parameters of its provider instances in their place."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from shared.configuration.providers import Instances
from shared.domain.actions import Provider
from shared.domain.orders import Problem
from shared.providers.catalog import CATALOG, Connection
from shared.settings import Settings, SettingsError


class UnusableParameters(SettingsError):
    """Each parameter is well-formed, but not together with the settings."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.field}: {problem.problem}")
        self.problem = problem


def effective(settings: Settings, instances: Instances) -> Settings:
    """Raises UnusableParameters."""
    changed = {
        CATALOG[provider].settings: connection
        for provider, instance in instances.items()
        if instance.parameters and (connection := connection_of(settings, provider, instance.parameters))
    }
    return settings.model_copy(update=changed)


def connection_of(settings: Settings, provider: Provider, parameters: Mapping[str, Any]) -> Connection | None:
    """How to reach a provider with these parameters; None where it has no settings. Raises UnusableParameters."""
    given: Connection | None = getattr(settings, CATALOG[provider].settings)
    if given is None or not parameters:
        return given
    try:
        return type(given).model_validate({**dict(given), **parameters})
    except ValidationError as invalid:
        reasons = "; ".join(each["msg"].removeprefix("Value error, ") for each in invalid.errors(include_input=False))
        field, value = f"providers.yaml: {provider}.parameters", ", ".join(sorted(parameters))
        raise UnusableParameters(Problem(field=field, value=value, problem=reasons)) from None
