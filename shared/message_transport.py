"""What carries the messages: Storage queues, or Service Bus, by the names that the Functions host reads, too.

MESSAGING__TRANSPORT                                 storage (also when it is not set) or servicebus
ServiceBusConnection                                 a connection string where keys are allowed (the emulator); it
                                                     counts before the others
ServiceBusConnection__fullyQualifiedNamespace        orders.servicebus.windows.net, to be opened with an identity
ServiceBusConnection__clientId                       the user-assigned identity; without it AZURE_CLIENT_ID, and
                                                     without both the app's own one, or a developer's login
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

SETTING = "ServiceBusConnection"
# As the host spells them; a field's name is the same in lower case.
SPELLINGS = {name.lower(): name for name in (SETTING, f"{SETTING}__fullyQualifiedNamespace", f"{SETTING}__clientId")}
_PARTS = frozenset({"endpoint", "sharedaccesskeyname", "sharedaccesskey"})

Namespace = Annotated[str, StringConstraints(pattern=r"^(?i:[a-z0-9-]+(\.[a-z0-9-]+)+)$")]


class Transport(StrEnum):
    STORAGE = "storage"
    SERVICE_BUS = "servicebus"


@dataclass(frozen=True)
class ServiceBusNamespace:
    """What it is opened with: a connection string, or its name and an identity."""

    address: str = field(repr=False)
    client_id: str | None = None

    @property
    def has_keys(self) -> bool:
        """Whether `address` is a connection string."""
        return "=" in self.address


class TransportSettings(BaseSettings):
    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True, extra="ignore")

    messaging__transport: Transport = Transport.STORAGE
    servicebusconnection__fullyqualifiednamespace: Namespace | None = None
    servicebusconnection__clientid: Annotated[str, StringConstraints(min_length=1)] | None = None
    # The last, for its validator sees those before it.
    servicebusconnection: Annotated[SecretStr | None, Field(validate_default=True)] = None

    @field_validator("servicebusconnection")
    @classmethod
    def _or_a_namespace(cls, connection: SecretStr | None, others: ValidationInfo) -> SecretStr | None:
        """A malformed setting is not among `others`: it is complained of already."""
        if connection:
            _check(connection.get_secret_value())
        transport = others.data.get("messaging__transport")
        namespace = others.data.get("servicebusconnection__fullyqualifiednamespace", "malformed")
        if transport is Transport.SERVICE_BUS and not connection and not namespace:
            raise PydanticCustomError("missing", "a connection string, or a namespace")
        return connection

    @property
    def transport(self) -> Transport:
        return self.messaging__transport

    @property
    def service_bus(self) -> ServiceBusNamespace | None:
        """Where messages go; None when Storage queues carry them."""
        if self.transport is Transport.STORAGE:
            return None
        if self.servicebusconnection:
            return ServiceBusNamespace(self.servicebusconnection.get_secret_value())
        return ServiceBusNamespace(
            str(self.servicebusconnection__fullyqualifiednamespace), self.servicebusconnection__clientid
        )


def _check(connection: str) -> None:
    """Raises ValueError, without a word of the key."""
    given = {part.partition("=")[0].strip().lower() for part in connection.split(";")}
    if missing := _PARTS - given:
        raise ValueError(f"a connection string has {', '.join(sorted(missing))}, too")
    if "entitypath" in given:
        raise ValueError("it must open the whole namespace: leave EntityPath out")
