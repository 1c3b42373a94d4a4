"""The service endpoint and the steps that make Dataverse call us, in the stand-in."""

import pytest

from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.webhooks import MayNotRegister
from shared.providers.finops.client import DataverseClient
from shared.providers.finops.webhook_steps import DataverseSteps
from tests.providers.finops.conftest import Finops

APP = "https://orders.example.com"


@pytest.fixture
def steps(finops: Finops, client: DataverseClient) -> DataverseSteps:
    return DataverseSteps(client, finops.connection(), APP)


def test_an_order_s_creation_and_status_are_sent_to_us_with_the_key_and_nothing_is_registered_twice(
    finops: Finops, steps: DataverseSteps
):
    before, first, second = steps.look(), steps.restore(), steps.restore()

    registered = finops.control("GET", "/webhooks")["webhooks"]
    assert [(each["url"], each["entity"], each["messages"], each["auth"]) for each in registered] == [
        (f"{APP}/api/webhooks/dataverse", "salesorder", [message], "key") for message in ("Create", "Update")
    ]
    assert registered[1]["columns"] == ["msdyn_processingstatus", "statecode", "statuscode"]
    assert [each.exists for each in before] == [each.exists for each in first] == [False] * 3
    assert [each.in_place for each in second] == [True] * 3
    assert len(finops.effects("row_created")) == 3
    assert finops.effects("row_updated") == []


def test_a_step_that_somebody_has_disabled_is_enabled_again(finops: Finops, steps: DataverseSteps):
    steps.restore()
    step = finops.rows("sdkmessageprocessingsteps")[0]
    disabled = {"sdkmessageprocessingstepid": step["sdkmessageprocessingstepid"], "statecode": 1, "statuscode": 2}
    finops.control("POST", "/rows/sdkmessageprocessingsteps", disabled)
    heard = finops.control("GET", "/webhooks")["webhooks"]

    found = steps.restore()

    assert len(heard) == 1
    assert [each.wrong for each in found] == [(), ("statecode", "statuscode"), ()]
    assert len(finops.control("GET", "/webhooks")["webhooks"]) == 2


def test_a_webhook_of_somebody_else_stays_as_it_is(finops: Finops, steps: DataverseSteps):
    theirs = {"name": "CRM", "url": "https://crm.example.com/hook", "contract": 8, "authtype": 4, "authvalue": "x"}
    finops.control("POST", "/rows/serviceendpoints", theirs)
    before = finops.rows("serviceendpoints")[0]

    steps.restore()

    assert finops.rows("serviceendpoints")[0] == before


@pytest.mark.parametrize("call", ["GET /api/data/v9.2/serviceendpoints*", "PATCH /api/data/v9.2/serviceendpoints*"])
def test_an_environment_that_lets_people_alone_register_says_so(finops: Finops, steps: DataverseSteps, call: str):
    finops.break_call(call, status=403, body={"error": {"code": "0x80040220", "message": "missing prvCreate"}})

    with pytest.raises(MayNotRegister, match=r"a person must .*missing prvCreate"):
        steps.restore()


@pytest.mark.parametrize(("status", "problem"), [(400, RejectedByProvider), (503, TransientProviderError)])
def test_what_else_goes_wrong_is_a_refusal_or_passes(
    finops: Finops, steps: DataverseSteps, status: int, problem: type[Exception]
):
    finops.break_call("GET /api/data/v9.2/sdkmessages*", status=status)

    with pytest.raises(problem) as met:
        steps.look()

    assert not isinstance(met.value, MayNotRegister)
