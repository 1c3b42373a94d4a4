import pytest
from pydantic import SecretStr, ValidationError

from shared.domain.sources import Readiness
from tests.providers.bigcommerce.examples import a_connection


def test_a_store_without_any_webhook_secret_is_refused():
    with pytest.raises(ValidationError, match="needed to authenticate callbacks"):
        a_connection(webhook_client_secret=None)


@pytest.mark.parametrize("secret", ["", "line\nbreak", " padded ", "ümlaut"])
def test_a_secret_that_cannot_be_sent_as_a_header_is_refused_and_not_shown(secret: str):
    with pytest.raises(ValidationError) as refusal:
        a_connection(webhook_header_secret=SecretStr(secret))

    assert "webhook_header_secret" in str(refusal.value)
    assert secret.strip() not in str(refusal.value) or not secret


def test_an_empty_client_secret_is_refused():
    with pytest.raises(ValidationError, match="webhook_client_secret"):
        a_connection(webhook_client_secret=SecretStr(""))


def test_a_status_cannot_both_start_and_wait():
    with pytest.raises(ValidationError, match=r"\[7\] cannot be both"):
        a_connection(starting_statuses=frozenset({7, 11}))


def test_the_address_of_the_api_has_no_slash_at_its_end():
    assert a_connection().api == "https://api.example.com/stores/q7xk2demo"


def test_secrets_stay_out_of_logs():
    assert "sandbox-access-token" not in repr(a_connection())


@pytest.mark.parametrize(
    ("readiness", "statuses"),
    [
        (Readiness.READY, {8, 9, 11}),
        (Readiness.WAITING, {0, 1, 7, 12, 13}),
        (Readiness.CANCELED, {4, 5, 6}),
        (Readiness.ELSEWHERE, {2, 3, 10, 14, 15, None}),
    ],
)
def test_what_each_status_means_to_us(readiness: Readiness, statuses: set[int | None]):
    assert {status for status in [*range(16), None] if a_connection().readiness(status) is readiness} == statuses


def test_a_merchant_may_choose_where_orders_start():
    connection = a_connection(starting_statuses=frozenset({11, 7}), waiting_statuses=frozenset({0, 1}))

    assert connection.readiness(7) is Readiness.READY
    assert connection.readiness(12) is Readiness.ELSEWHERE
