"""Why an order is not in F&O, asked over HTTP."""

from types import SimpleNamespace
from typing import Any

import azure.functions as func

from shared.domain.errors import RejectedByProvider, TransientProviderError, UnknownOrder
from tests.functions.conftest import Serve
from tests.functions.requests import a_request, json_of

TOLD = {"order_id": "0b6f", "summary": "not in F&O: line 3 waits for stock", "header": {}, "lines": []}


def asked(call: Any, serve: Serve, told: dict[str, Any] | Exception) -> func.HttpResponse:
    def of(order_id: str) -> dict[str, Any]:
        assert order_id == "0b6f"
        if isinstance(told, Exception):
            raise told
        return told

    serve(sync_explanation=SimpleNamespace(of=of))
    return call("explain_sync", a_request(route={"order_id": "0b6f"}))


def test_the_explanation_of_an_order_is_shown(call, serve: Serve):
    response = asked(call, serve, TOLD)

    assert (response.status_code, response.mimetype, json_of(response)) == (200, "application/json", TOLD)


def test_an_unknown_order_is_a_problem(call, serve: Serve):
    response = asked(call, serve, UnknownOrder("no order 0b6f"))

    assert (response.status_code, response.mimetype) == (404, "application/problem+json")
    assert json_of(response)["detail"] == "no order 0b6f"


def test_a_dataverse_that_does_not_answer_is_not_available(call, serve: Serve):
    response = asked(call, serve, TransientProviderError("Dataverse answered 503"))

    assert (response.status_code, response.mimetype) == (503, "application/problem+json")
    assert json_of(response)["detail"] == "Dataverse answered 503"


def test_a_dataverse_that_refuses_is_a_problem_of_its_own(call, serve: Serve):
    response = asked(call, serve, RejectedByProvider("principal user is missing prvReadSalesOrder"))

    assert (response.status_code, json_of(response)["title"]) == (502, "an outside system refused")
