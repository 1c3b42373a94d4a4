"""Whatever is asked of the running app, it answers as its OpenAPI document says.

Requests are made up from the document, right ones and wrong ones; those that read also ask about an order that exists.
"""

import os
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, settings
from schemathesis import checks

from tests.e2e.town import ROOT, Town

DOCUMENT: dict[str, Any] = yaml.safe_load((ROOT / "functions" / "openapi.yaml").read_text(encoding="utf-8"))
schema = schemathesis.openapi.from_dict(DOCUMENT)

# The Functions host, not the app, knows methods and keys: it answers 404 to the one and wants the other when deployed.
TRUE_TO_ITSELF = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
GIVEN_OUT = {"cursor", "If-Match", "WebHook-Request-Origin"}  # made up, they are refused, which no schema can say
# What the configuration or its draft does not have is refused, whatever the schema allows.
BY_WHAT_IS_THERE = {"write_draft", "put_id_mapping", "remove_id_mapping"}
EXAMPLES = int(os.environ.get("FUZZ_API_EXAMPLES", "8"))


@pytest.fixture(scope="package")
def known_order(running: Town) -> str:
    """Ours of an order that has gone all its way."""
    return running.place().completes().order_id


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much),
    derandomize="FUZZ_API_EXAMPLES" not in os.environ,
)
def test_every_answer_is_as_documented(case: schemathesis.Case, running: Town):
    wanted = [*TRUE_TO_ITSELF]
    if not any(map(vanishes, case.query.values())):
        wanted.append("negative_data_rejection")
    if not GIVEN_OUT & {*case.query, *case.headers} and operation_id(case) not in BY_WHAT_IS_THERE:
        wanted.append("positive_data_acceptance")
    ask(case, running, *wanted)


def vanishes(value: Any) -> bool:
    """The host hands no empty parameters over, and of an empty list or object nothing is sent."""
    if isinstance(value, list | dict):
        return all(map(vanishes, value))
    return value in ("", None)


def operation_id(case: schemathesis.Case) -> str:
    return case.operation.definition.raw["operationId"]


READING = [path for path, item in DOCUMENT["paths"].items() if "get" in item and path.startswith("/orders/{order_id}")]


@pytest.mark.parametrize("path", READING)
def test_what_is_shown_of_an_order_is_as_documented(path: str, running: Town, known_order: str):
    case = schema[path]["GET"].Case(path_parameters={"order_id": known_order})

    answer = ask(case, running, *TRUE_TO_ITSELF)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "path", ["/orders", "/errors", "/dead-letters", "/jobs", "/providers", "/health", "/openapi.json"]
)
def test_what_is_listed_is_as_documented(path: str, running: Town, known_order: str):
    answer = ask(schema[path]["GET"].Case(), running, *TRUE_TO_ITSELF)

    assert answer.status_code == 200
    assert known_order in answer.text or path != "/orders"


def ask(case: schemathesis.Case, town: Town, *wanted: str) -> schemathesis.Response:
    """Fails unless the answer passes the wanted checks."""
    chosen: list[Any] = [checks.CHECKS.get_one(name) for name in wanted]
    return case.call_and_validate(base_url=f"{town.sandbox.app_url}/api", checks=chosen, timeout=30)
