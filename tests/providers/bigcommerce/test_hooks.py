"""The hooks that lead to us, in the stand-in store."""

from typing import Any

import pytest

from sandbox.systems.bigcommerce import Config, create_app
from sandbox.systems.kit import serve
from shared.domain.errors import RejectedByProvider
from shared.providers.bigcommerce.client import PAGE_SIZE, BigCommerceClient
from shared.providers.bigcommerce.hooks import ORDER_SCOPES, BigCommerceHooks
from tests.providers.bigcommerce.conftest import Store
from tests.providers.bigcommerce.examples import a_connection

APP = "https://orders.example.com"
HERE = f"{APP}/api/webhooks/bigcommerce"
OTHERS = {"scope": "store/order/created", "destination": "https://crm.example.com/hooks", "is_active": False}


@pytest.fixture
def store(store: Store) -> Store:
    store.control("POST", "/reset", {"registrations": True})
    return store


@pytest.fixture
def hooks(store: Store, client: BigCommerceClient) -> BigCommerceHooks:
    connection = store.connection.model_validate(
        {**dict(store.connection), "webhook_header_secret": "hook-secret", "webhook_header_name": "X-Webhook-Key"}
    )
    return BigCommerceHooks(client, connection, APP)


def ours(client: BigCommerceClient) -> list[tuple[Any, ...]]:
    return [
        (hook["scope"], hook["headers"], hook["is_active"]) for hook in client.hooks() if hook["destination"] == HERE
    ]


def test_hooks_are_created_with_our_secret_and_a_second_time_nothing_is_done(
    store: Store, client: BigCommerceClient, hooks: BigCommerceHooks
):
    first, second = hooks.restore(), hooks.restore()

    assert ours(client) == [(scope, {"X-Webhook-Key": "hook-secret"}, True) for scope in ORDER_SCOPES]
    assert [each.exists for each in first] == [False, False]
    assert [each.in_place for each in second] == [True, True]
    assert len(store.effects("hook_created")) == 2
    assert store.effects("hook_updated") == []


def test_a_hook_that_was_switched_off_is_active_again_and_those_of_others_are_as_they_were(
    client: BigCommerceClient, hooks: BigCommerceHooks
):
    client.create_hook(OTHERS)
    hooks.restore()
    switched_off = next(hook for hook in client.hooks() if hook["destination"] == HERE)
    client.update_hook(switched_off["id"], {"is_active": False})

    seen = hooks.look()
    hooks.restore()

    assert [each.wrong for each in seen] == [("is_active",), ()]
    assert [active for _, _, active in ours(client)] == [True, True]
    assert {**client.hooks()[0], **OTHERS} == client.hooks()[0]


def test_looking_changes_nothing(store: Store, hooks: BigCommerceHooks):
    seen = hooks.look()

    assert [each.exists for each in seen] == [False, False]
    assert store.effects("hook_created") == []


def test_hooks_are_read_to_the_last_page(store: Store, client: BigCommerceClient):
    rows = [{"id": number, "scope": "x", "destination": "https://example.com"} for number in range(PAGE_SIZE)]
    store.arm("GET /v3/hooks", status=200, body={"data": rows, "meta": {}})
    client.create_hook(OTHERS)

    assert client.hooks() == rows
    assert store.calls[-2:] == [f"GET {call}" for call in ["/v3/hooks"] * 2]


def test_a_store_that_will_not_have_another_hook_says_so(store: Store, hooks: BigCommerceHooks):
    store.arm("POST /v3/hooks", status=422, body={"status": 422, "title": "There are already 10 webhooks."})

    with pytest.raises(RejectedByProvider, match="There are already 10 webhooks"):
        hooks.restore()


def test_hooks_of_another_account_are_not_seen_and_ours_are_created_beside_them():
    with serve(create_app(Config(other_accounts={"token of a colleague": "colleague"}))) as url:
        ours, theirs = (
            Store(url, a_connection(url, access_token=token))
            for token in (Config().access_token, "token of a colleague")
        )
        registered = {}
        for name, store in (("theirs", theirs), ("ours", ours), ("ours again", ours)):
            with store.session() as http:
                client = BigCommerceClient(http)
                found = BigCommerceHooks(client, store.connection, APP).restore()
                registered[name] = ([each.exists for each in found], [hook["client_id"] for hook in client.hooks()])

    assert registered == {
        "theirs": ([False, False], ["colleague"] * 2),
        "ours": ([False, False], ["sandbox-client-id"] * 2),
        "ours again": ([True, True], ["sandbox-client-id"] * 2),
    }
