"""The OpenAPI document says what the app has, no more and no less, and who may use it."""

import re

import pytest

from sandbox.host.functions import Function
from shared.application.background_jobs import SCHEDULES
from shared.application.queue_messages import MESSAGES
from shared.domain.actions import Provider
from shared.domain.states import STATES
from tests.functions.openapi import DOCUMENT, Operation, operations
from tests.functions.requests import a_request, json_of

BY_NAME = {operation.name: operation for operation in operations()}
every_operation = pytest.mark.parametrize("operation", operations(), ids=lambda each: each.name)
FOR_PEOPLE = ("read", "operate", "configure")
CALLERS = ("bigcommerce", "dataverse", "flexe", "sap")


def routes(app: dict[str, Function]) -> set[tuple[str, str, str]]:
    """Function, method, path, as OpenAPI writes it."""
    return {
        (name, method, "/" + re.sub(r":\w+}", "}", function.trigger.options["route"]))
        for name, function in app.items()
        if function.trigger.type == "httpTrigger"
        for method in function.trigger.options["methods"]
    }


def test_every_route_is_documented_and_nothing_else(app: dict[str, Function]):
    assert routes(app) == {(each.function, each.method, each.path) for each in operations()}


@every_operation
def test_the_documented_key_is_the_one_that_is_needed(app: dict[str, Function], operation: Operation):
    level = app[operation.function].trigger.options["authLevel"]

    needs_function_key = "security" not in operation.what

    assert (level == "FUNCTION") == needs_function_key


@every_operation
def test_every_route_has_one_role_and_a_function_serves_no_two(operation: Operation):
    role = operation.what["x-role"]

    assert role in ("anyone", *FOR_PEOPLE, *CALLERS)
    assert {each.what["x-role"] for each in operations() if each.function == operation.function} == {role}
    assert (role in FOR_PEOPLE) == ("security" not in operation.what)


@every_operation
def test_who_may_only_read_changes_nothing(operation: Operation):
    if operation.what["x-role"] in FOR_PEOPLE:
        assert (operation.method == "GET") == (operation.what["x-role"] == "read")


@every_operation
def test_every_parameter_of_a_path_is_documented(operation: Operation):
    wanted = set(re.findall(r"{(\w+)}", operation.path))
    given = DOCUMENT["paths"][operation.path].get("parameters", ())

    named = {each["$ref"].rsplit("/", 1)[1] if "$ref" in each else each["name"] for each in given}

    assert named == wanted


def test_what_can_be_chosen_from_is_what_the_app_knows():
    orders, letters = BY_NAME["GET /orders"].what["parameters"], BY_NAME["GET /dead-letters"].what["parameters"]

    assert orders[0]["schema"]["enum"] == ["open", *STATES]
    assert set(letters[0]["schema"]["enum"]) == set(MESSAGES)
    assert DOCUMENT["components"]["schemas"]["JobName"]["enum"] == [*SCHEDULES]
    assert DOCUMENT["components"]["schemas"]["ProviderName"]["enum"] == [*Provider]


def test_the_document_is_served(call):
    response = call("openapi_document", a_request())

    assert (response.status_code, json_of(response)) == (200, DOCUMENT)
