"""A person takes a provider out of service and back: nothing is asked of it meanwhile, and nothing is lost."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.followed import BILLING, COMPLETED, FLEXE_SENDING, held_at, once
from tests.e2e.town import Town, running_town

WHY = {"by": "mara", "note": "new token at Flexe"}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Where a new version of the configuration counts at once."""
    with running_town(tmp_path_factory.mktemp("app"), settings={"ORDERS__CONFIGURATION_SECONDS": "0.01"}) as town:
        yield town


@pytest.fixture(autouse=True)
def _everything_is_active_again(town: Town) -> Iterator[None]:
    yield
    town.is_mended()
    assert town.operator.asks("POST", "providers/flexe/activate", json=WHY).status_code == 200


def _does(town: Town, what: str, provider: str = "flexe") -> dict[str, Any]:
    answer = town.operator.asks("POST", f"providers/{provider}/{what}", json=WHY)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("provider", ["bigcommerce", "finops", "flexe", "sap", "optimization"])
def test_every_provider_passes_the_test_of_its_connection(town: Town, provider: str):
    tested = _does(town, "test", provider)

    assert tested == {"name": provider, "ok": True, "reason": None}


def test_an_order_for_an_inactive_provider_waits_on_hold_and_completes_once_it_is_active(town: Town):
    _does(town, "deactivate")
    order = town.place_for_flexe().reaches(held_at(FLEXE_SENDING))
    town.falls_quiet()
    told, received = order.told(), order.received()

    _does(town, "activate")
    clicks = town.operator.reprocess(order.order_id, times=2)

    order.succeeds(FLEXE_SENDING).is_shipped_by_flexe().succeeds(BILLING).is_invoiced().reaches(COMPLETED)
    town.falls_quiet()
    assert told == ["provider flexe is not active; activate it, then reprocess"]
    assert received["flexe_orders"] == 0
    assert clicks == [202, 202]
    assert order.received() == once(flexe_orders=1)
    assert order.errors() == []


def test_a_provider_that_refuses_us_stays_inactive_until_that_is_mended(town: Town):
    before = _does(town, "deactivate")["version"]["number"]
    town.warehouse.fails("GET /v1/outbound_orders", times=1, status=401)

    refused = town.operator.asks("POST", "providers/flexe/activate", json=WHY)
    activated = [_does(town, "activate") for _ in range(2)]

    assert (refused.status_code, refused.json()["title"]) == (409, "connection test failed")
    assert "401" in refused.json()["detail"]
    assert [each["version"]["number"] for each in activated] == [before + 1, before + 1]
    assert [each["is_new"] for each in activated] == [True, False]


def test_the_jobs_of_an_inactive_provider_rest_and_say_so(town: Town):
    _does(town, "deactivate")

    answer = town.operator.asks("POST", "jobs/pull_flexe_orders/run")

    run = answer.json()["run"]
    assert (run["outcome"], run["counts"]) == ("succeeded", {})
    assert run["message"] == "provider flexe is not active: the job rests"


def test_what_an_inactive_provider_says_is_taken_in(town: Town):
    order = town.place_for_flexe().succeeds(FLEXE_SENDING)
    _does(town, "deactivate")

    order.is_shipped_by_flexe()

    order.succeeds(BILLING).is_invoiced().reaches(COMPLETED)
    town.falls_quiet()
    assert order.received() == once(flexe_orders=1)
