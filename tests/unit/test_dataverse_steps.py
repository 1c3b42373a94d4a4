"""Which service endpoint and steps of Dataverse are created, corrected and left alone."""

from typing import Any

import pytest

from shared.providers.finops.batch import UPDATE_ONLY, Write
from shared.providers.finops.webhook_steps import (
    HTTP_HEADER,
    WATCHED_COLUMNS,
    WEBHOOK_KEY,
    Occasion,
    decide_endpoint,
    decide_step,
)

HERE = "https://orders.example.com/api/webhooks/dataverse"
UPDATE, CREATE = Occasion("Update", "message-u", "filter-u"), Occasion("Create", "message-c", "filter-c")


def an_endpoint(**differs: Any) -> dict[str, Any]:
    return {"serviceendpointid": "e", "name": "Hook", "url": HERE, "authtype": WEBHOOK_KEY} | differs


def a_step(**differs: Any) -> dict[str, Any]:
    usual = {"stage": 40, "mode": 1, "statecode": 0, "filteringattributes": ",".join(WATCHED_COLUMNS)}
    bound = {"_sdkmessageid_value": "message-u", "_sdkmessagefilterid_value": "filter-u"}
    return {"sdkmessageprocessingstepid": "s", **usual, **bound} | differs


def written(write: Write | None) -> dict[str, Any]:
    return dict(write.body) if write else {}


def test_an_environment_without_our_endpoint_gets_one_with_the_key():
    others = an_endpoint(url="https://crm.example.com/hook")

    found = decide_endpoint([others], HERE, "k3y")

    assert not found.registration.exists
    assert found.row_id != "e"
    assert {"url": HERE, "contract": 8, "authtype": 4, "authvalue": "k3y"}.items() <= written(found.write).items()


def test_a_second_look_means_the_same_new_rows():
    first, second = (decide_endpoint([], HERE, "k3y") for _ in range(2))

    assert first.row_id == second.row_id
    assert decide_step([], "e", UPDATE).row_id == decide_step([], "e", UPDATE).row_id
    assert decide_step([], "e", UPDATE).row_id != decide_step([], "e", CREATE).row_id


@pytest.mark.parametrize("auth", [WEBHOOK_KEY, HTTP_HEADER])
def test_an_endpoint_that_leads_here_is_left_alone_whether_the_key_comes_in_the_address_or_a_header(auth: int):
    assert decide_endpoint([an_endpoint(authtype=auth)], HERE, "k3y").write is None


def test_an_endpoint_of_the_app_s_former_address_is_led_here_and_keeps_its_key():
    found = decide_endpoint([an_endpoint(url="https://old.example.com/api/webhooks/dataverse")], HERE, "k3y")

    assert found.write == Write("serviceendpoints", "e", {"url": HERE}, UPDATE_ONLY)
    assert found.registration.wrong == ("url",)


def test_a_step_for_changes_is_asynchronous_and_hears_of_status_alone():
    made = written(decide_step([], "e", UPDATE).write)

    assert (made["mode"], made["stage"]) == (1, 40)
    assert made["filteringattributes"] == "msdyn_processingstatus,statecode,statuscode"
    assert made["eventhandler_serviceendpoint@odata.bind"] == "/serviceendpoints(e)"
    assert "filteringattributes" not in written(decide_step([], "e", CREATE).write)


@pytest.mark.parametrize(
    ("differs", "correction"),
    [
        ({"statecode": 1}, {"statecode": 0, "statuscode": 1}),
        ({"mode": 0}, {"mode": 1}),
        ({"stage": 20}, {"stage": 40}),
        ({"filteringattributes": "name,statecode"},
         {"filteringattributes": "name,statecode,msdyn_processingstatus,statuscode"}),
    ],
)  # fmt: skip
def test_of_a_step_that_differs_only_what_differs_is_corrected(differs: dict[str, Any], correction: dict[str, Any]):
    found = decide_step([a_step(**differs)], "e", UPDATE)

    assert (found.row_id, written(found.write)) == ("s", correction)


@pytest.mark.parametrize("heard", [None, "", "name," + ",".join(WATCHED_COLUMNS)])
def test_a_step_that_hears_more_than_it_need_is_left_alone(heard: str | None):
    assert decide_step([a_step(filteringattributes=heard)], "e", UPDATE).write is None


def test_the_step_of_another_message_is_none_of_this_one():
    assert not decide_step([a_step()], "e", CREATE).registration.exists
