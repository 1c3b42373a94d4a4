"""The store switches a hook off that it could not deliver to for too long; the app has it switched on again."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.followed import SENDING
from tests.e2e.town import Town, running_town
from tests.e2e.waiting import until

HURRIED_STORE = {"bigcommerce": {"retry_time_scale": 0.000_01}}  # it gives up after 48 hours, here two seconds


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """No timer runs by itself: what arrives, arrives by callback."""
    with running_town(tmp_path_factory.mktemp("app"), systems=HURRIED_STORE) as town:
        yield town


def test_a_hook_that_the_store_has_switched_off_is_restored_and_new_orders_arrive_again(town: Town):
    town.sandbox.stop_app()
    missed = town.place()
    until(lambda: active(town) == ["store/order/statusUpdated"], "the store gives up", seen=lambda: active(town))
    town.sandbox.start_app()

    restored = runs(town, "keep_webhooks")
    order = town.place().succeeds(SENDING)
    again = runs(town, "keep_webhooks")

    assert restored == {"webhooks_created": 0, "webhooks_corrected": 1}
    assert again == {"webhooks_created": 0, "webhooks_corrected": 0}
    assert active(town) == ["store/order/created", "store/order/statusUpdated"]
    assert order.errors() == []
    # The store sends nothing anew that it had given up: the puller finds it.
    assert missed.position() == "unknown"
    runs(town, "pull_bigcommerce_orders")
    missed.succeeds(SENDING)


def active(town: Town) -> list[str]:
    """The scopes of the hooks that the store calls."""
    known, store = town.sandbox.credentials, town.sandbox.bigcommerce_url
    headers = {"X-Auth-Token": known.access_token, "Accept": "application/json"}
    answer = httpx.get(f"{known.store_url(store)}/v3/hooks", headers=headers).raise_for_status()
    hooks: list[dict[str, Any]] = answer.json()["data"]
    return [hook["scope"] for hook in hooks if hook["is_active"]]


def runs(town: Town, job: str) -> dict[str, int]:
    """An operator has the job run; what it counted."""
    return town.operator.asks("POST", f"jobs/{job}/run").raise_for_status().json()["run"]["counts"]
