"""Every app setting, typed, read once. A missing or malformed one stops the app at start with a line that names it.

An empty setting is a missing one.
"""

import os
import re
from collections.abc import Iterator
from typing import Annotated, TypeVar

from pydantic import BaseModel, Field, HttpUrl, PositiveFloat, PositiveInt, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as NotJson

from shared.message_transport import SPELLINGS as OF_TRANSPORT
from shared.message_transport import TransportSettings
from shared.providers.addresses import ServiceUrl
from shared.providers.bigcommerce.connection import BigCommerceConnection
from shared.providers.catalog import CATALOG
from shared.providers.circuit import CircuitLimits
from shared.providers.finops.connection import DataverseConnection
from shared.providers.flexe.connection import FlexeConnection
from shared.providers.inventory.connection import InventoryConnection
from shared.providers.sap.connection import SapConnection
from shared.storage_account import SPELLINGS as OF_STORAGE
from shared.storage_account import StorageSettings

_PREFIX = "ORDERS__"
_SPELLINGS = OF_STORAGE | OF_TRANSPORT
SettingsModel = TypeVar("SettingsModel", bound=BaseSettings)


class SettingsError(Exception):
    """One or more settings are missing or malformed; the message is one line and names each."""


class Settings(BaseSettings):
    """This app's own settings: `ORDERS__BIGCOMMERCE__BASE_URL` is `bigcommerce.base_url`, and so on."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    bigcommerce: BigCommerceConnection
    dataverse: DataverseConnection
    # Only needed when a published flow has them in it.
    flexe: FlexeConnection | None = None
    sap: SapConnection | None = None
    inventory: InventoryConnection | None = None
    # Where outside systems reach this app; without it nobody looks after the webhooks. The host's WEBSITE_HOSTNAME is
    # not taken for it: on a laptop it is localhost, in a staging slot the slot, and gateways have names of their own.
    public_url: ServiceUrl | None = None
    redelivery_attempts: PositiveInt = 8  # how often a message that meets a passing fault is tried
    redelivery_base_seconds: PositiveFloat = 2  # the first delay; each further one doubles
    redelivery_cap_seconds: PositiveFloat = 300
    # A provider that fails so many calls in a row is left in peace for so long, each further time twice as long.
    circuit_failures: PositiveInt = 5
    circuit_seconds: PositiveFloat = 15
    circuit_cap_seconds: PositiveFloat = 300
    circuit_drain_per_second: PositiveFloat = 10  # how fast what waited meanwhile comes back, per process
    # How long an action may take before another copy of its message may believe that its host has died.
    action_lease_seconds: PositiveFloat = 600
    configuration_seconds: PositiveFloat = 10  # how soon a new version of the configuration counts
    optimization_budget_seconds: PositiveFloat = 20  # how long a batch may look for a better plan
    trace_sampling_ratio: Annotated[float, Field(ge=0, le=1)] = 1  # of how many orders spans are exported

    @property
    def public_address(self) -> str | None:
        """`public_url` without a slash at its end; `/api/webhooks/...` follows."""
        return str(self.public_url).rstrip("/") if self.public_url else None

    @property
    def circuit(self) -> CircuitLimits:
        return CircuitLimits(
            failures=self.circuit_failures,
            seconds=self.circuit_seconds,
            cap_seconds=self.circuit_cap_seconds,
            drain_per_second=self.circuit_drain_per_second,
        )


class HostSettings(StorageSettings, TransportSettings):
    """Settings the Functions host reads too, by its names; checked here so that the app stops with a clear line."""

    bigcommerce_pull_schedule: str  # NCRONTAB or hh:mm:ss
    dataverse_sweep_schedule: str
    flexe_sweep_schedule: str
    sap_sweep_schedule: str
    backorder_schedule: str
    optimization_batch_schedule: str
    webhook_upkeep_schedule: str
    metrics_schedule: str
    # Where telemetry goes, if anywhere.
    applicationinsights_connection_string: SecretStr | None = None
    otel_exporter_otlp_endpoint: HttpUrl | None = None


# What App Service leaves in the place of a secret that it could not fetch. It is public: as the secret of a webhook it
# would let anybody in.
_UNRESOLVED = "@microsoft.keyvault("


def load_settings() -> tuple[Settings, HostSettings]:
    """Raises SettingsError."""
    wrong = [*_unresolved()]
    own, host = _load(Settings, wrong), _load(HostSettings, wrong)
    if wrong or own is None or host is None:
        raise SettingsError("; ".join(wrong))
    return own, host


def load_own_settings() -> Settings:
    """Those a command needs that is no host. Raises SettingsError."""
    wrong: list[str] = []
    own = _load(Settings, wrong)
    if own is None:
        raise SettingsError("; ".join(wrong))
    return own


def missing_group(name: str) -> str:
    """The complaint about an optional group of settings that is needed after all: `flexe` is ORDERS__FLEXE__..."""
    return "; ".join(f"setting {each} is missing" for each in names_needed(name))


def names_needed(group: str) -> tuple[str, ...]:
    """The settings that a group cannot do without."""
    (connection,) = (each.connection for each in CATALOG.values() if each.settings == group)
    required = (field for field, info in connection.model_fields.items() if info.is_required())
    return tuple(_name(Settings, [group, field]) for field in required)


def prefix_of(group: str) -> str:
    """What the names of its settings begin with: ORDERS__FLEXE__."""
    return _name(Settings, [group, ""])


def _unresolved() -> Iterator[str]:
    for name in sorted(name for name in os.environ if name.upper().startswith(_PREFIX)):
        if os.environ[name].lower().startswith(_UNRESOLVED):
            yield f"setting {name} is a Key Vault reference that was not resolved"


def _load(kind: type[SettingsModel], wrong: list[str]) -> SettingsModel | None:
    try:
        return kind()
    except ValidationError as invalid:
        for error in invalid.errors(include_input=False, include_url=False, include_context=False):
            wrong.extend(_complaints(kind, error))
    except NotJson as undecodable:  # it names the group, and its cause holds the value
        group = re.search(r'field "(\w+)"', str(undecodable))
        name = _name(kind, [group[1], "..."]) if group else "..."
        wrong.append(f"setting {name} is malformed: a list or a mapping is to be written as JSON")
    return None


def _complaints(kind: type[BaseSettings], error: ErrorDetails) -> Iterator[str]:
    """`setting ORDERS__X__Y is missing`; never a value, which may be a secret."""
    path = [str(part) for part in error["loc"]]
    if error["type"] != "missing":
        yield f"setting {_name(kind, path)} is malformed: {error['msg']}"
        return
    group = kind.model_fields[path[0]].annotation
    if len(path) == 1 and isinstance(group, type) and issubclass(group, BaseModel):
        required = [field for field, info in group.model_fields.items() if info.is_required()]
        yield from (f"setting {_name(kind, [*path, field])} is missing" for field in required)
        return
    yield f"setting {_name(kind, path)} is missing"


def _name(kind: type[BaseSettings], path: list[str]) -> str:
    name = "__".join(path)
    return _SPELLINGS.get(name, kind.model_config.get("env_prefix", "") + name.upper())
