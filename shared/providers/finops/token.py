"""The access token for Dataverse."""

from shared.domain.ports import Clock
from shared.providers.cached_token import CachedToken
from shared.providers.circuit import Circuit
from shared.providers.entra import EntraApplication
from shared.providers.finops.connection import DataverseConnection


class AccessToken(CachedToken):
    """The bearer token of the application user."""

    def __init__(self, connection: DataverseConnection, now: Clock, circuit: Circuit | None = None) -> None:
        scope = f"{connection.environment}/.default"
        client = (connection.client_id, connection.client_secret)
        application = EntraApplication(connection.token_url, *client, scope, circuit)
        super().__init__(application, now)
