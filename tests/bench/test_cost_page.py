"""`docs/cost.md` says what its inputs give, and its inputs are what `infra/`, `host.json` and the app have."""

import re
from pathlib import Path

import pytest

from sandbox.bench.scenarios import SCENARIOS
from sandbox.bench.service_bus_operations import EMPTY_RECEIVES
from sandbox.cli import main
from sandbox.cost.cli import with_tables
from sandbox.cost.counted import read_counts
from sandbox.cost.inputs import Environment, Inputs, ServiceBusBilled
from sandbox.cost.tables import all_tables
from sandbox.demo.scenarios import SCENARIOS as PLAYED
from sandbox.host.settings import host_settings
from sandbox.service_bus import Transport
from sandbox.systems.service_bus.operations import Operation
from shared.providers.bigcommerce.connection import BigCommerceConnection
from shared.providers.flexe.connection import FlexeConnection
from shared.providers.sap.connection import SapConnection
from tests.infra.bicep import keys_of, read

ROOT = Path(__file__).parents[2]
PAGE, PRICES = ROOT / "docs" / "cost.md", ROOT / "docs" / "prices.yaml"
REPORTS = [ROOT / "docs" / "bench.json", ROOT / "docs" / "bench-servicebus.json"]
INPUTS = Inputs.read(PRICES)
# The names that infra/main.bicep has for the jobs' schedules.
TIMERS = {
    "bigCommercePull": "pull_bigcommerce_orders",
    "dataverseSweep": "pull_dataverse_changes",
    "flexeSweep": "pull_flexe_orders",
    "sapSweep": "pull_sap_billing_documents",
    "optimizationBatch": "run_optimization_batches",
    "backorder": "release_backorders",
    "webhookUpkeep": "keep_webhooks",
    "metrics": "report_metrics",
}


def _default(file: str, name: str, pattern: str = r"(\S+)") -> str:
    (found,) = re.findall(rf"(?m)^param {name}\b.*?= {pattern}", read(file).code)
    return found


def _given(environment: str, name: str, default: str) -> str:
    """What the parameters of an environment say, else the template's default."""
    given = re.findall(rf"(?m)^param {name} = (\S+)", read(f"{environment}.bicepparam").code)
    return given[0] if given else default


def test_the_tables_of_the_page_follow_from_what_was_counted_and_the_prices():
    page = PAGE.read_text(encoding="utf-8")

    assert page == with_tables(page, all_tables(read_counts(REPORTS), INPUTS)), (
        "python -m sandbox cost docs/bench*.json --prices docs/prices.yaml --into docs/cost.md"
    )


def test_all_scenarios_are_counted_and_those_of_the_demo_are_all():
    counted = read_counts(REPORTS)

    assert set(counted) == set(Transport)
    assert all(set(report["scenarios"]) == set(SCENARIOS) == set(PLAYED) for report in counted.values())


def test_timers_run_as_they_do_in_azure():
    schedules = dict(
        re.findall(r"(\w+): '([^']+)'", re.findall(r"(?s)param timers .*?\{(.*?)\}", read("main.bicep").code)[0])
    )

    for environment in INPUTS.environments.values():
        assert environment.timers == {TIMERS[name]: schedule for name, schedule in schedules.items()}


@pytest.mark.parametrize("name", INPUTS.environments)
def test_an_environment_is_set_up_as_in_azure(name: str):
    environment: Environment = INPUTS.environments[name]
    alerts = read("modules/alerts.bicep").code
    frequency = int(re.findall(r"Frequency: (\d+)", alerts)[0])
    private = _given(name, "privateNetwork", _default("main.bicep", "privateNetwork")) == "true"

    assert environment.memory_mb == int(_given(name, "instanceMemoryMB", _default("main.bicep", "instanceMemoryMB")))
    assert environment.always_ready_http == int(
        _given(name, "alwaysReadyHttp", _default("main.bicep", "alwaysReadyHttp"))
    )
    assert environment.health_places == _default("main.bicep", "healthTestLocations", r"\[(.*)\]").count("'") / 2
    assert environment.health_every_seconds == frequency
    assert environment.log_alerts == sum(_rules(name) for name in ("logRules", "metricRules"))
    assert environment.metric_alerts == len(re.findall(r"metricAlerts@\S+ = \{", alerts))
    assert environment.service_bus_alerts == _rules("busRules")
    zones = keys_of(read("modules/network.bicep").variables["zones"])
    assert environment.private_endpoints == (len(zones) if private else 0)
    assert environment.polling_seconds == host_settings(ROOT).queues.max_polling_interval


def test_service_bus_is_premium_where_the_network_is_private_and_has_an_endpoint_there():
    assert re.search(r"sku: private \? \{\s+name: 'Premium'", read("modules/service-bus.bicep").code)
    assert read("modules/network.bicep").code.count("'privatelink.servicebus.") == 1


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_an_order_takes_the_same_messages_and_executions_whatever_carries_them(scenario: str):
    taken = []
    for report in read_counts(REPORTS).values():
        order = report["scenarios"][scenario]
        ran = order["executions_per_order"]
        by_message = ran.get("queue", 0) + ran.get("serviceBus", 0)
        taken.append((order["messages_per_order"], by_message, ran["http"], ran["activity"], ran["orchestration"]))

    assert taken[0] == taken[1]


def test_of_what_service_bus_is_asked_for_is_known_how_it_is_billed():
    assert set(ServiceBusBilled.model_fields) == {*Operation, EMPTY_RECEIVES}


def test_a_queue_is_waited_at_with_two_links_as_an_instance_of_one_core_does():
    idle = read_counts(REPORTS)[Transport.SERVICE_BUS]["idle"]

    timeouts = idle["service_bus_operations_per_minute"]["session_accept_timeouts"] / idle["queues"]

    assert timeouts * idle["accept_seconds"] / 60 == pytest.approx(2, rel=0.1)


def test_sweeps_look_back_as_far_as_the_app_does():
    defaults = {
        "pull_bigcommerce_orders": BigCommerceConnection.model_fields["pull_overlap_seconds"].default,
        "pull_dataverse_changes": 0,  # goes by what Dataverse says has changed
        "pull_flexe_orders": FlexeConnection.model_fields["sweep_overlap_seconds"].default,
        "pull_sap_billing_documents": SapConnection.model_fields["sweep_overlap_seconds"].default,
    }

    assert {job: sweep.overlap_seconds for job, sweep in INPUTS.sweeps.items()} == defaults


def test_tables_are_put_where_the_page_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    page = tmp_path / "cost.md"
    page.write_text("Before.\n\n<!-- tables: python -m sandbox cost -->\nold\n<!-- end of tables -->\n\nAfter.\n")
    command = ["cost", *map(str, REPORTS), "--prices", str(PRICES)]
    assert main(command) == 0
    shown = capsys.readouterr().out.strip()

    assert main([*command, "--into", str(page)]) == 0

    text = page.read_text()
    assert text.startswith("Before.")
    assert text.endswith("After.\n")
    assert shown in text
    assert "old" not in text


def test_a_page_without_a_place_for_tables_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    page = tmp_path / "cost.md"
    page.write_text("No tables here.\n")

    assert main(["cost", str(REPORTS[0]), "--prices", str(PRICES), "--into", str(page)]) == 1

    assert page.read_text() == "No tables here.\n"
    assert "has no lines" in capsys.readouterr().err


@pytest.mark.parametrize("reports", [REPORTS[1:], [REPORTS[0], REPORTS[0]]], ids=["no storage", "storage twice"])
def test_reports_that_cannot_be_compared_are_refused(reports: list[Path], capsys: pytest.CaptureFixture[str]):
    assert main(["cost", *map(str, reports), "--prices", str(PRICES)]) == 1

    assert "one report of a bench on Storage queues" in capsys.readouterr().err


def _rules(variable: str) -> int:
    """How many alerts are made of a list of rules."""
    return len(read("modules/alerts.bicep").variables[variable].named_children)
