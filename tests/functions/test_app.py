"""The app as a whole: every function is there, and every name that one part uses is known to the other."""

import ast
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions import orchestrations
from sandbox.host.functions import Function
from shared import flows
from shared.configuration import Configuration
from shared.domain.actions import Provider
from shared.messaging import names
from tests.infra.bicep import read

ROOT = Path(__file__).parent.parent.parent

EXPECTED = {
    "httpTrigger": {
        "bigcommerce_webhook", "dataverse_webhook", "flexe_webhook", "sap_webhook", "health", "list_orders",
        "show_configuration", "list_versions", "show_version", "lint_configuration", "show_draft", "write_draft",
        "take_out_of_draft", "drop_draft", "publish_draft", "list_flows", "publish_flow", "unpublish_flow", "what_if",
        "list_id_mappings", "put_id_mapping", "remove_id_mapping",
        "show_order", "show_timeline", "show_plans", "list_errors", "reprocess_order", "cancel_order", "cancel_line",
        "source_again", "explain_sync", "show_steps", "reprocess_orders", "resolve_error", "hold_order", "resume_order",
        "openapi_document",
        "list_providers", "show_provider", "install_provider", "delete_provider", "test_provider", "activate_provider",
        "deactivate_provider",
        "list_jobs", "run_job", "release_line", "resend_line",
        "list_dead_letters", "show_dead_letter", "edit_dead_letter", "replay_dead_letter", "delete_dead_letter",
    },
    "timerTrigger": {
        "pull_bigcommerce_orders", "pull_dataverse_changes", "pull_flexe_orders", "pull_sap_billing_documents",
        "run_optimization_batches", "release_backorders", "keep_webhooks", "report_metrics",
    },
    "queueTrigger": {
        "order_intake", "give_up_order_intake", "finops_status_events", "give_up_dataverse_change",
        *(f"{verb}_{provider}_action" for verb in ("run", "give_up") for provider in Provider),
        "flexe_events", "give_up_flexe_event", "sap_events", "give_up_sap_event",
    },
    "activityTrigger": {
        "events_so_far", "catch_up_with_finops", "report_delay",
        "validate_order", "assign_by_policy", "fail_step", "request_provider_action", "conclude_cancellation",
    },
    "orchestrationTrigger": {
        "bigcommerce_finops_finops", "bigcommerce_flexe_finops", "bigcommerce_optimized_finops",
        "finops_finops_finops", "finops_flexe_finops", "finops_flexe_sap",
    },
}  # fmt: skip


def of_type(app: dict[str, Function], trigger: str) -> dict[str, Function]:
    return {name: function for name, function in app.items() if function.trigger.type == trigger}


@pytest.mark.parametrize("trigger", sorted(EXPECTED))
def test_every_function_is_registered_with_its_trigger(app: dict[str, Function], trigger: str):
    assert set(of_type(app, trigger)) == EXPECTED[trigger]


def test_no_function_is_left_over(app: dict[str, Function]):
    assert set(app) == set().union(*EXPECTED.values())


def test_azure_has_every_queue_that_is_read_with_its_poison_queue_and_no_other(app: dict[str, Function]):
    declared = read("modules/storage.bicep").strings("queues")

    read_from = {function.trigger.options["queueName"] for function in of_type(app, "queueTrigger").values()}

    assert {*declared, *map(names.poison, declared)} == read_from


def test_no_two_functions_share_a_route_and_a_method(app: dict[str, Function]):
    served = [
        (method, re.sub(r"\{.*?\}", "{}", function.trigger.options["route"]))
        for function in of_type(app, "httpTrigger").values()
        for method in function.trigger.options["methods"]
    ]

    assert len(served) == len(set(served))


def test_only_callbacks_and_what_is_no_secret_need_no_key(app: dict[str, Function]):
    levels = {name: f.trigger.options["authLevel"] for name, f in of_type(app, "httpTrigger").items()}

    anonymous = {name for name, level in levels.items() if level == "ANONYMOUS"}

    callbacks = {"bigcommerce_webhook", "dataverse_webhook", "flexe_webhook", "sap_webhook"}
    assert anonymous == {*callbacks, "health", "openapi_document"}
    assert {level for name, level in levels.items() if name not in anonymous} == {"FUNCTION"}


def test_no_library_writes_whole_addresses_into_the_log(app: dict[str, Function]):
    """Signatures of storage and keys of webhooks are parts of some."""
    assert app
    for library in ("urllib3.connectionpool", "azure.core.pipeline.policies.http_logging_policy"):
        assert not logging.getLogger(library).isEnabledFor(logging.DEBUG)


def test_every_scenario_has_its_orchestration(app: dict[str, Function]):
    assert set(of_type(app, "orchestrationTrigger")) == set(flows.__all__)


def test_every_flow_of_the_configuration_can_be_started(app: dict[str, Function], configuration: Configuration):
    assert set(map(orchestrations.newest, configuration.flows)) <= set(of_type(app, "orchestrationTrigger"))


def test_only_flows_of_the_configuration_have_a_newest_version(configuration: Configuration):
    assert set(orchestrations.NEWEST) <= set(configuration.flows)


def test_every_activity_a_flow_calls_is_registered_and_none_is_idle(app: dict[str, Function]):
    assert set(_activities_called()) == set(of_type(app, "activityTrigger"))


def test_queue_names_are_what_azure_storage_allows(app: dict[str, Function]):
    for function in of_type(app, "queueTrigger").values():
        assert re.fullmatch(r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*", function.trigger.options["queueName"])


def _activities_called() -> Iterator[str]:
    """The names that flows hand to the words for activities; each must be written out where it is used."""
    words = {"_activity": 0, "_surely": 0, "_step": 1, "call_activity_with_retry": 0, "call_activity": 0}
    for path in (ROOT / "shared" / "flows").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in words:
                name = node.args[words[node.func.attr]]
                if isinstance(name, ast.Constant):
                    yield str(name.value)
