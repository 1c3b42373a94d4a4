from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from tests.providers.inventory.samples import connection


def test_the_api_is_below_the_environment():
    for base_url in ("https://inventory.example.com", "https://inventory.example.com/"):
        assert connection(base_url).api == "https://inventory.example.com/api/environment/d2b7c6e1"


def test_a_measure_is_read_without_regard_to_case():
    assert connection(measure="Iv.AvailableToReserve").measure == "iv.availabletoreserve"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("measure", "availabletoreserve"),
        ("measure", "iv."),
        ("environment_id", ""),
        ("environment_id", "../other"),
        ("regional_domain", "com"),
        ("regional_domain", "*.powerapps.com"),
        ("client_secret", SecretStr("")),
        ("places_per_query", 0),
        ("rows_per_bulk", -1),
        ("reserve_sorce", "iv"),
    ],
)
def test_a_setting_that_cannot_work_is_named(setting: str, value: Any):
    with pytest.raises(ValidationError, match=setting):
        connection(**{setting: value})


@pytest.mark.parametrize(
    ("places", "products"),
    [(1, 5000), (4, 5000), (50, 400), (100, 200)],
)
def test_a_query_asks_for_no_more_than_an_answer_may_hold(places: int, products: int):
    assert connection().products_at(places) == products


def test_secrets_stay_out_of_logs():
    assert "s3cret" not in repr(connection())
