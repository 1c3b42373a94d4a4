"""Settings that cannot work are refused at start, by name and without showing a secret."""

from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from shared.providers.flexe.statuses import WORDS, Status, further
from tests.providers.flexe.samples import a_connection


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("base_url", "flexe.example.com"),
        ("base_url", "https://flexe.example.com/?tenant=7"),
        ("api_token", ""),
        ("api_token", "two\nlines"),
        ("auth_header", "X Api Key"),
        ("auth_scheme", "Bearer token"),
        ("owner_id", ""),
        ("orders_path", "v1/outbound_orders"),
        ("orders_path", "/v1/outbound_orders/"),
        ("orders_path", "/v1/../orders"),
        ("orders_path", "/v1/orders?all=1"),
        ("webhook_name", ""),
        ("webhook_secret", ""),
        ("webhook_secret_header", ""),
        ("webhook_signing_secret", ""),
        ("status_words", {"on the moon": "far away"}),
        ("status_words", {" - ": "shipped"}),
        ("status_words", {"Sent Out": "shipped", "sent-out": "delivered"}),
        ("status_words", "shipped"),
        ("service_level", ""),
        ("timeout_seconds", 0),
        ("sweep_overlap_seconds", -1),
        ("first_sweep_days", 0),
        ("page_size", 0),
        ("api_key", "one setting too many"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_by_its_name(setting: str, value: Any):
    with pytest.raises(ValidationError, match=setting):
        a_connection(**{setting: value})


def test_secrets_stay_out_of_logs():
    shown = repr(a_connection(webhook_signing_secret="sign-0001"))

    assert not any(secret in shown for secret in ("sandbox-flexe-token", "whs-demo-0001", "sign-0001"))


@pytest.mark.parametrize(
    ("settings", "header"),
    [
        ({}, {"Authorization": "Bearer t-1"}),
        ({"auth_scheme": "Token"}, {"Authorization": "Token t-1"}),
        ({"auth_header": "X-Api-Key", "auth_scheme": ""}, {"X-Api-Key": "t-1"}),
    ],
)
def test_the_token_goes_in_the_header_that_is_set(settings: dict[str, str], header: dict[str, str]):
    assert a_connection(api_token=SecretStr("t-1"), **settings).credentials == header


@pytest.mark.parametrize(
    ("word", "status"), [*WORDS.items(), ("PARTIALLY-SHIPPED", "partially_shipped"), ("?", "unknown")]
)
def test_what_a_status_word_means(word: str, status: str):
    assert a_connection().status(word) == status
    assert a_connection().status(word.upper().replace("_", "  ")) == status


def test_words_of_an_account_are_added_and_overrule_ours():
    connection = a_connection(status_words={"Quality Check": "processing", "packed": "on_hold"})

    assert connection.status("quality-check") is Status.PROCESSING
    assert connection.status("Packed") is Status.ON_HOLD
    assert connection.status("picking") is Status.PROCESSING


@pytest.mark.parametrize(
    ("status", "said", "after"),
    [
        ("", Status.ACCEPTED, "accepted"),
        ("accepted", Status.PROCESSING, "processing"),
        ("shipped", Status.ACCEPTED, "shipped"),
        ("shipped", Status.DELIVERED, "delivered"),
        ("processing", Status.ON_HOLD, "on_hold"),
        ("on_hold", Status.ACCEPTED, "accepted"),
        ("cancel_requested", Status.SHIPPED, "shipped"),
        ("shipped", Status.ON_HOLD, "shipped"),
        ("delivered", Status.CANCELED, "delivered"),
        ("partially_shipped", Status.CANCELED, "canceled"),
        ("rejected", Status.ACCEPTED, "rejected"),
        ("processing", Status.UNKNOWN, "processing"),
    ],
)
def test_a_status_only_moves_forward(status: str, said: Status, after: str):
    assert further(status, said) == after
