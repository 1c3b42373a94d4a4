"""The storage account of the app, by the names that the Functions host reads, too: one setting means both.

A connection string where keys are allowed (Azurite); else the account, and the identity it is opened with:

    AzureWebJobsStorage                                  a connection string; it counts before all others
    AzureWebJobsStorage__accountName                     an account of global Azure
    AzureWebJobsStorage__tableServiceUri, ...__queueServiceUri   likewise, in any cloud; they count before the name
    AzureWebJobsStorage__clientId                        the user-assigned identity; without it AZURE_CLIENT_ID, and
                                                         without both the app's own one, or a developer's login
"""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, HttpUrl, SecretStr, StringConstraints, UrlConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

SETTING = "AzureWebJobsStorage"
# As the host spells them; a field's name is the same in lower case.
SPELLINGS = {
    name.lower(): name
    for name in (
        SETTING,
        *(f"{SETTING}__{part}" for part in ("accountName", "tableServiceUri", "queueServiceUri", "clientId")),
    )
}

AccountName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{3,24}$")]
ServiceUri = Annotated[HttpUrl, UrlConstraints(allowed_schemes=["https"])]


@dataclass(frozen=True)
class StorageAccount:
    """What its services are opened with: a connection string, or the https URL of each."""

    tables: str
    queues: str
    client_id: str | None = None


class StorageSettings(BaseSettings):
    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True, extra="ignore", hide_input_in_errors=True)

    azurewebjobsstorage__accountname: AccountName | None = None
    azurewebjobsstorage__tableserviceuri: ServiceUri | None = None
    azurewebjobsstorage__queueserviceuri: ServiceUri | None = None
    azurewebjobsstorage__clientid: Annotated[str, StringConstraints(min_length=1)] | None = None
    # The last, for its validator sees those before it.
    azurewebjobsstorage: Annotated[SecretStr | None, Field(validate_default=True)] = None

    @field_validator("azurewebjobsstorage")
    @classmethod
    def _or_an_account(cls, connection: SecretStr | None, others: ValidationInfo) -> SecretStr | None:
        """A malformed setting is not among `others`: it is complained of already."""
        account, tables, queues = (
            others.data.get(f"azurewebjobsstorage__{part}", "malformed")
            for part in ("accountname", "tableserviceuri", "queueserviceuri")
        )
        if connection or account or (tables and queues):
            return connection
        if tables or queues:
            other = "queue" if tables else "table"
            raise PydanticCustomError("half_an_account", f"{SETTING}__{other}ServiceUri is needed, too")
        raise PydanticCustomError("missing", "a connection string, or an account")

    @property
    def account(self) -> StorageAccount:
        if self.azurewebjobsstorage:
            connection = self.azurewebjobsstorage.get_secret_value()
            return StorageAccount(connection, connection)
        return StorageAccount(self._service("table"), self._service("queue"), self.azurewebjobsstorage__clientid)

    def _service(self, kind: str) -> str:
        uri = getattr(self, f"azurewebjobsstorage__{kind}serviceuri")
        return (
            str(uri).rstrip("/") if uri else f"https://{self.azurewebjobsstorage__accountname}.{kind}.core.windows.net"
        )


def credential(client_id: str | None) -> Any:
    """The identity that services are opened with: the managed one in Azure, a developer's login on a laptop."""
    from azure.identity import DefaultAzureCredential  # noqa: PLC0415 - a slow import that only the cloud needs

    # None would also stand in for AZURE_CLIENT_ID.
    return DefaultAzureCredential(managed_identity_client_id=client_id) if client_id else DefaultAzureCredential()
