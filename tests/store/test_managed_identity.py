"""In Azure there is no key: an account's URL is used with the identity of the app."""

from time import time
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError
from azure.core.pipeline.transport import HttpTransport

from shared.domain.errors import TransientProviderError
from shared.messaging.queues import open_queues
from shared.store.tables import open_tables

BEARER = "Bearer token for https://storage.azure.com/.default"


class Identity:
    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        return AccessToken(f"token for {scopes[0]}", int(time()) + 3_600)


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
        open_queues("https://orders.queue.core.windows.net", recorder).send("intake", "x")

    assert recorder.sent[0] == ("https://orders.queue.core.windows.net/intake/messages", BEARER)
