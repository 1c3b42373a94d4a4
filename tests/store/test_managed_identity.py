"""In Azure there is no key: an account's URL is used with the identity of the app."""

from time import time
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError
from azure.core.pipeline.transport import HttpTransport

from shared.bootstrap.storage import Storage
from shared.configuration.__main__ import main
from shared.domain.errors import TransientProviderError
from shared.messaging.storage_queues import open_queues
from shared.storage_account import StorageSettings, credential
from shared.store.tables import open_tables
from tests.store.notes import Note

BEARER = "Bearer token of the app for https://storage.azure.com/.default"
BEARER_OF_ORDERS = "Bearer token of id-orders for https://storage.azure.com/.default"


class Identity:
    def __init__(self, managed_identity_client_id: str = "the app") -> None:
        self._who = managed_identity_client_id

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        return AccessToken(f"token of {self._who} for {scopes[0]}", int(time()) + 3_600)


class Recorder(HttpTransport):
    """Notes what would go to Azure, and lets none of it go."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def send(self, request: Any, **_: Any) -> Any:
        self.sent.append((request.url.split("?")[0], request.headers["Authorization"]))
        raise AzureError("recorded")

    def open(self) -> None: ...

    def close(self) -> None: ...

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *_: object) -> None: ...


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    monkeypatch.setattr("azure.identity.DefaultAzureCredential", Identity)
    monkeypatch.setattr("time.sleep", lambda _: None)
    return Recorder()


def test_tables_of_an_account_url_are_opened_with_the_identity_of_the_app(recorder: Recorder):
    with pytest.raises(AzureError, match="recorded"):
        open_tables("https://orders.table.core.windows.net", recorder)

    assert recorder.sent[0] == ("https://orders.table.core.windows.net/Tables", BEARER)


def test_queues_of_an_account_url_are_used_with_the_identity_of_the_app(recorder: Recorder):
    with pytest.raises(TransientProviderError, match="recorded"):
        open_queues("https://orders.queue.core.windows.net", recorder).send("intake", Note(text="x"))

    assert recorder.sent[0] == ("https://orders.queue.core.windows.net/intake/messages", BEARER)


@pytest.fixture
def identity_settings(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """As `infra/` sets them: no key anywhere."""
    monkeypatch.delenv("AzureWebJobsStorage", raising=False)
    monkeypatch.setenv("AzureWebJobsStorage__accountName", "orders")
    monkeypatch.setenv("AzureWebJobsStorage__credential", "managedidentity")
    monkeypatch.setenv("AzureWebJobsStorage__clientId", "id-orders")
    return monkeypatch


def test_the_settings_of_the_host_open_tables_and_queues_as_the_user_assigned_identity(
    recorder: Recorder, identity_settings: pytest.MonkeyPatch
):
    identity_settings.setattr("shared.bootstrap.storage.pooled_transport", lambda: recorder)
    storage = Storage(StorageSettings().account)

    with pytest.raises(AzureError, match="recorded"):
        _ = storage.tables
    with pytest.raises(TransientProviderError, match="recorded"):
        storage.queues.send("intake", Note(text="x"))

    assert recorder.sent[0] == ("https://orders.table.core.windows.net/Tables", BEARER_OF_ORDERS)
    assert recorder.sent[-1] == ("https://orders.queue.core.windows.net/intake/messages", BEARER_OF_ORDERS)


def test_commands_come_to_the_same_account_as_whoever_is_signed_in(
    recorder: Recorder, identity_settings: pytest.MonkeyPatch
):
    identity_settings.delenv("AzureWebJobsStorage__clientId")
    identity_settings.setattr("shared.store.tables.pooled_transport", lambda: recorder)

    with pytest.raises(AzureError, match="recorded"):
        main(["history"])

    assert recorder.sent[0] == ("https://orders.table.core.windows.net/Tables", BEARER)


def test_the_identity_of_azure_client_id_is_left_to_the_sdk(monkeypatch: pytest.MonkeyPatch):
    given: list[dict[str, str]] = []
    monkeypatch.setattr("azure.identity.DefaultAzureCredential", lambda **options: given.append(options))

    credential(None)
    credential("id-orders")

    assert given == [{}, {"managed_identity_client_id": "id-orders"}]
