"""Which providers are installed and active, and what an operator has set of each: checked by the types of its settings.

The one module of the configuration that knows the catalog of providers.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from shared.domain.actions import Provider
from shared.domain.orders import Value
from shared.providers.catalog import CATALOG, Definition

FILE = "providers.yaml"


class ProviderInstance(Value):
    """A provider that is installed. `parameters`: those that override the settings of the same name."""

    active: bool
    parameters: dict[str, Any] = {}


Instances = dict[Provider, ProviderInstance]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _shape_of(definition: Definition) -> type[BaseModel]:
    """An instance as it is written, each parameter of the type that the connection has it of."""
    fields = ((name, definition.connection.model_fields[name]) for name in definition.parameters)
    settable: dict[str, Any] = {
        name: (Annotated[info.annotation, Field(), *info.metadata], None) for name, info in fields
    }
    parameters = create_model("Parameters", __base__=_Strict, **settable)
    return create_model("Instance", __base__=_Strict, active=(bool, ...), parameters=(parameters, parameters()))


_SHAPES: dict[str, Any] = {provider.value: (_shape_of(definition), None) for provider, definition in CATALOG.items()}
ProvidersFile = create_model("ProvidersFile", __base__=_Strict, **_SHAPES)
"""The whole file: instances by the provider's name; what is not there is not installed."""


def instances_in(file: BaseModel) -> Instances:
    """From a `ProvidersFile`."""
    written = ((each, getattr(file, each)) for each in Provider if each in file.model_fields_set)
    return {
        provider: ProviderInstance(
            active=instance.active, parameters=instance.parameters.model_dump(exclude_unset=True)
        )
        for provider, instance in written
    }


# What a configuration from before there was the file stands for; nothing that ran comes to rest with a new release.
EVERYTHING_WRITTEN = "".join(f"{provider}:\n  active: true\n" for provider in Provider)
