"""Webhooks: what is sent, to whom, and what happens when it is not taken."""

import json
import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from sandbox.systems.finops import Config, create_app
from sandbox.systems.finops.webhooks import Webhook, WebhookAuth
from sandbox.systems.kit import serve
from tests.systems.conftest import wait_until
from tests.systems.finops.conftest import Organization

if TYPE_CHECKING:
    from tests.systems.conftest import Receiver

STATUS_COLUMNS = ["msdyn_processingstatus", "statecode", "statuscode"]


def register(finops: Organization, receiver: "Receiver", **wishes: Any) -> None:
    body = {"url": receiver.url, "entity": "salesorder", "columns": STATUS_COLUMNS} | wishes
    answer = finops.control("POST", "/webhooks", body)
    assert answer.status_code == 201, answer.text


def settle(finops: Organization) -> None:
    wait_until(lambda: finops.control("GET", "/callbacks").json()["pending"] == 0)


def attributes(context: dict[str, Any]) -> dict[str, Any]:
    (target,) = (item["value"] for item in context["InputParameters"] if item["key"] == "Target")
    return {item["key"]: item["value"] for item in target["Attributes"]}


def test_an_update_carries_the_submitted_columns_alone(finops: Organization, receiver: "Receiver") -> None:
    order_id = finops.place("BC-1")
    register(finops, receiver)

    finops.post("BC-1", "confirm")

    (received,) = receiver.wait_for(1)
    context = received.body
    assert (context["MessageName"], context["PrimaryEntityName"], context["PrimaryEntityId"]) == (
        "Update",
        "salesorder",
        order_id,
    )
    assert (context["Stage"], context["Mode"], context["Depth"]) == (40, 1, 1)
    sent = attributes(context)
    assert sent.keys() == {"msdyn_processingstatus", "statuscode", "salesorderid", "modifiedon"}
    assert sent["msdyn_processingstatus"] == {
        "__type": "OptionSetValue:http://schemas.microsoft.com/xrm/2011/Contracts",
        "Value": 192350001,
    }
    assert re.fullmatch(r"/Date\(\d{13}\)/", sent["modifiedon"])
    assert re.fullmatch(r"/Date\(\d{13}\+0000\)/", context["OperationCreatedOn"])
    assert b"http:\\/\\/schemas.microsoft.com" in received.raw


def test_a_create_carries_all_columns_in_the_platforms_own_types(finops: Organization, receiver: "Receiver") -> None:
    register(finops, receiver)

    order_id = finops.place("BC-1", (), ready=False, freightamount=4.5, requestdeliveryby="2024-05-03")

    (received,) = receiver.wait_for(1)
    context, sent = received.body, attributes(received.body)
    assert (context["MessageName"], context["OutputParameters"]) == ("Create", [{"key": "id", "value": order_id}])
    assert (sent["name"], sent["msdyn_isreadytosync"]) == ("Order BC-1", False)
    assert (sent["msdyn_company"]["LogicalName"], sent["freightamount"]["Value"]) == ("cdm_company", 4.5)
    assert sent["requestdeliveryby"] == "/Date(1714694400000)/"
    assert "description" not in sent
    assert not [name for name in sent if name.startswith("_")]


def test_a_delete_carries_a_reference(finops: Organization, receiver: "Receiver") -> None:
    order_id = finops.place("BC-1")
    register(finops, receiver, messages=["Delete"])

    finops.call("DELETE", f"salesorders({order_id})")

    target = receiver.wait_for(1)[0].body["InputParameters"][0]["value"]
    assert (target["Id"], "Attributes" in target) == (order_id, False)


def test_the_headers_name_organization_table_and_message(finops: Organization, receiver: "Receiver") -> None:
    register(finops, receiver, entity="salesorderdetail", columns=["msdyn_linestatus"], messages=["Update"])
    finops.place("BC-1")
    finops.post("BC-1", "pack")

    received = receiver.wait_for(2)[-1]

    headers = received.headers
    assert headers["x-ms-dynamics-organization"] == "contoso.crm.dynamics.com"
    assert headers["x-ms-dynamics-entity-name"] == "salesorderdetail"
    assert headers["x-ms-dynamics-request-name"] == "Update"
    assert headers["x-ms-correlation-request-id"] == received.body["CorrelationId"]
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert "x-ms-dynamics-msg-size-exceeded" not in headers


def test_a_filter_column_in_the_request_fires_even_when_its_value_is_the_same(
    finops: Organization, receiver: "Receiver"
) -> None:
    order_id = finops.place("BC-1")
    register(finops, receiver)

    finops.call("PATCH", f"salesorders({order_id})", {"description": "not watched"})
    finops.call("PATCH", f"salesorders({order_id})", {"statuscode": 1})

    settle(finops)
    (received,) = receiver.wait_for(1)
    assert attributes(received.body)["statuscode"]["Value"] == 1


def test_our_own_write_comes_back_as_an_echo(finops: Organization, receiver: "Receiver") -> None:
    order_id = finops.place("BC-1", (), ready=False)
    register(finops, receiver)

    finops.call("PATCH", f"salesorders({order_id})", {"msdyn_isreadytosync": True})

    (received,) = receiver.wait_for(1)
    assert attributes(received.body)["msdyn_processingstatus"]["Value"] == 192350000


def test_what_is_rolled_back_is_never_sent(finops: Organization, receiver: "Receiver") -> None:
    register(finops, receiver)
    german = finops.reference("accounts", "accountnumber", "DE-001")

    finops.call("POST", "salesorders", finops.order_body("BC-1") | {"customerid_account@odata.bind": german})
    finops.place("BC-2", (), ready=False)

    settle(finops)
    assert [attributes(received.body)["name"] for received in receiver.wait_for(1)] == ["Order BC-2"]


@pytest.mark.parametrize(
    ("auth", "query", "header"),
    [
        ({"kind": "key", "value": "k/1"}, "?code=k%2F1", None),
        ({"kind": "query", "name": "sig", "value": "secret"}, "?sig=secret", None),
        ({"kind": "header", "name": "x-api-key", "value": "secret"}, "", "secret"),
    ],
)
def test_each_kind_of_auth_is_sent(
    finops: Organization, receiver: "Receiver", auth: dict[str, str], query: str, header: str | None
) -> None:
    register(finops, receiver, auth=auth)

    finops.place("BC-1", (), ready=False)

    received = receiver.wait_for(1)[0]
    settle(finops)
    (attempt,) = finops.control("GET", "/callbacks").json()["attempts"]
    assert attempt["destination"] == receiver.url + query
    assert received.headers.get("x-api-key") == header
    assert auth["value"] not in json.dumps(finops.control("GET", "/webhooks").json())


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateway_error_is_retried_once_with_the_same_operation(
    finops: Organization, receiver: "Receiver", status: int
) -> None:
    register(finops, receiver)
    receiver.answers.extend([status, 200])

    finops.place("BC-1", (), ready=False)

    first, second = receiver.wait_for(2)
    settle(finops)
    assert first.body["OperationId"] == second.body["OperationId"]
    assert finops.control("GET", "/failed-jobs").json()["failed_jobs"] == []


@pytest.mark.parametrize(("answers", "attempts"), [([503, 503, 200], 2), ([500, 200], 1), ([429, 200], 1), ([401], 1)])
def test_what_is_not_taken_becomes_a_failed_job(
    finops: Organization, receiver: "Receiver", answers: list[int], attempts: int
) -> None:
    register(finops, receiver)
    receiver.answers.extend(answers)

    order_id = finops.place("BC-1", (), ready=False)

    settle(finops)
    assert len(receiver.wait_for(attempts)) == attempts
    (job,) = finops.control("GET", "/failed-jobs").json()["failed_jobs"]
    assert (job["id"], job["statuscode"], job["http_status"]) == (order_id, 31, answers[attempts - 1])


def test_two_registrations_of_one_step_send_twice(finops: Organization, receiver: "Receiver") -> None:
    register(finops, receiver)
    register(finops, receiver)

    finops.place("BC-1", (), ready=False)

    first, second = receiver.wait_for(2)
    assert first.body["OperationId"] != second.body["OperationId"]


def test_callbacks_can_be_lost_and_doubled(finops: Organization, receiver: "Receiver") -> None:
    register(finops, receiver)
    finops.control("POST", "/faults", {"callbacks": {"lose": 1}, "match": "salesorder/*"})
    finops.control("POST", "/faults", {"callbacks": {"duplicate": 2}, "match": "salesorder/Create"})

    for number in ("BC-lost", "BC-twice"):
        finops.place(number, (), ready=False)

    settle(finops)
    names = [attributes(received.body)["name"] for received in receiver.wait_for(2)]
    assert names == ["Order BC-twice", "Order BC-twice"]


def test_a_replay_after_a_pause_sends_every_step_again(finops: Organization, receiver: "Receiver") -> None:
    finops.place("BC-1")
    register(finops, receiver)
    finops.control("POST", "/maps/headers/pause")
    for action in ("confirm", "pick"):
        finops.post("BC-1", action)

    finops.control("POST", "/maps/headers/run", {"replay_twice": True})

    received = receiver.wait_for(4)
    statuses = sorted(attributes(one.body)["msdyn_processingstatus"]["Value"] for one in received)
    assert statuses == [192350001, 192350001, 192350002, 192350002]


def test_registrations_survive_a_plain_reset_and_can_be_removed(finops: Organization, receiver: "Receiver") -> None:
    register(finops, receiver)

    finops.control("POST", "/reset")
    (webhook,) = finops.control("GET", "/webhooks").json()["webhooks"]
    removed = finops.control("DELETE", f"/webhooks/{webhook['id']}")

    assert removed.status_code == 204
    assert finops.control("GET", "/webhooks").json()["webhooks"] == []
    assert finops.control("DELETE", f"/webhooks/{webhook['id']}").status_code == 404


def test_a_wrong_registration_is_refused_by_name(finops: Organization) -> None:
    answer = finops.control("POST", "/webhooks", {"url": "http://127.0.0.1:1/", "mesages": ["Update"]})

    assert answer.status_code == 400
    assert "mesages" in answer.json()["error"]


def test_a_body_too_large_is_stripped_and_says_so(receiver: "Receiver") -> None:
    webhook = Webhook(receiver.url, auth=WebhookAuth("key", "k"))
    config = Config(webhooks=(webhook,), webhook_size_limit=2000)
    with serve(create_app(config)) as url:
        finops = Organization(url, config)
        finops.sign_in()

        order_id = finops.place("BC-1", (), ready=False)

        (received,) = receiver.wait_for(1)
        finops.http.close()
    assert received.headers["x-ms-dynamics-msg-size-exceeded"]
    assert received.body["PrimaryEntityId"] == order_id
    assert not {"InputParameters", "PreEntityImages", "PostEntityImages", "ParentContext"} & received.body.keys()


def register_step(finops: Organization, receiver: "Receiver", **differs: Any) -> str:
    """By the Web API, for updates of an order's status; the step's id."""
    [message] = finops.read("sdkmessages?$select=name&$filter=name eq 'Update'")["value"]
    of_orders = f"primaryobjecttypecode eq 'salesorder' and _sdkmessageid_value eq {message['sdkmessageid']}"
    [occasion] = finops.read(f"sdkmessagefilters?$select=primaryobjecttypecode&$filter={of_orders}")["value"]
    endpoint, step = str(uuid4()), str(uuid4())
    hook = {"name": "Hook", "url": receiver.url, "contract": 8, "authtype": 4, "authvalue": "k3y"}
    assert finops.call("PATCH", f"serviceendpoints({endpoint})", hook).status_code == 204
    body = {
        "name": "Status",
        **{"stage": 40, "mode": 1, "rank": 1, "supporteddeployment": 0},
        "filteringattributes": ",".join(STATUS_COLUMNS),
        "sdkmessageid@odata.bind": f"/sdkmessages({message['sdkmessageid']})",
        "sdkmessagefilterid@odata.bind": f"/sdkmessagefilters({occasion['sdkmessagefilterid']})",
        "eventhandler_serviceendpoint@odata.bind": f"/serviceendpoints({endpoint})",
    }
    answer = finops.call("PATCH", f"sdkmessageprocessingsteps({step})", body | differs)
    assert answer.status_code == 204, answer.text
    return step


def test_a_step_registered_by_the_web_api_sends_with_its_key_also_after_a_reset(
    finops: Organization, receiver: "Receiver"
) -> None:
    step = register_step(finops, receiver)
    finops.control("POST", "/reset")

    finops.place("BC-1", (), ready=False, msdyn_processingstatus=192350000)
    [order] = finops.read("salesorders?$select=salesorderid")["value"]
    finops.call("PATCH", f"salesorders({order['salesorderid']})", {"name": "Not watched"})
    finops.call("PATCH", f"salesorders({order['salesorderid']})", {"msdyn_processingstatus": 192350001})

    (received,) = receiver.wait_for(1)
    settle(finops)
    (attempt,) = finops.control("GET", "/callbacks").json()["attempts"]
    assert attempt["destination"] == f"{receiver.url}?code=k3y"
    assert received.body["OwningExtension"]["Id"] == step


def test_a_disabled_step_sends_nothing_and_the_key_cannot_be_read_back(
    finops: Organization, receiver: "Receiver"
) -> None:
    register_step(finops, receiver, statecode=1, statuscode=2)

    finops.place("BC-1")
    finops.post("BC-1", "confirm")

    settle(finops)
    assert finops.control("GET", "/webhooks").json()["webhooks"] == []
    assert "authvalue" not in finops.read("serviceendpoints")["value"][0]
    assert finops.call("GET", "serviceendpoints?$select=authvalue").status_code == 400
