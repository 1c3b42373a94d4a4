"""providers.yaml: which providers are installed, what is set of them, and what follows for flows and settings."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.application.mistakes import NoSettings
from shared.bootstrap.effective import UnusableParameters, effective
from shared.bootstrap.reach import Reach
from shared.configuration import Configuration, ConfigurationError
from shared.configuration.diffing import differences
from shared.configuration.findings import findings
from shared.configuration.loading import written_as, written_in
from shared.configuration.providers import EVERYTHING_WRITTEN
from shared.domain import events
from shared.domain.actions import Provider
from shared.domain.errors import TransientProviderError
from shared.providers.catalog import CATALOG, Definition
from shared.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
SHIPPED = written_in(ROOT / "config")
SAMPLE = json.loads((ROOT / "local.settings.sample.json").read_text(encoding="utf-8"))["Values"]
SECRETS = ("secret", "token", "password", "key", "url", "user", "client", "header", "path", "environment", "hash")

every_definition = pytest.mark.parametrize("definition", CATALOG.values(), ids=lambda each: each.provider.value)


def with_file(text: str, flows: str = "") -> Configuration:
    files = {**SHIPPED.files, "providers.yaml": text}
    return written_as(files | ({"flows.yaml": flows} if flows else {})).configuration


def set_to(provider: str, parameters: str) -> Configuration:
    """The shipped configuration, with these parameters of a provider."""
    line = f"{provider}:\n  active: true\n"
    return with_file(EVERYTHING_WRITTEN.replace(line, f"{line}  parameters: {parameters}\n"))


def mistakes_of(text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as refused:
        with_file(text)
    return refused.value.mistakes


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in SAMPLE.items():
        monkeypatch.setenv(name, value)
    return load_settings()[0]


def test_every_provider_is_shipped_active_and_with_no_parameters():
    shipped = SHIPPED.configuration.providers

    assert [*shipped] == [*Provider]
    assert all(instance.active and instance.parameters == {} for instance in shipped.values())


def test_a_configuration_without_the_file_means_what_it_meant_before_there_was_one():
    files = {name: text for name, text in SHIPPED.files.items() if name != "providers.yaml"}

    written = written_as(files)

    assert written.configuration == SHIPPED.configuration
    assert written.files == files


@pytest.mark.parametrize(
    ("flow", "providers"),
    [
        ("bigcommerce_finops_finops", {"bigcommerce", "finops"}),
        ("bigcommerce_flexe_finops", {"bigcommerce", "finops", "flexe"}),
        ("bigcommerce_optimized_finops", {"bigcommerce", "finops", "optimization"}),
        ("finops_finops_finops", {"finops"}),
        ("finops_flexe_finops", {"finops", "flexe"}),
        ("finops_flexe_sap", {"finops", "flexe", "sap"}),
    ],
)
def test_a_flow_tells_which_providers_have_a_part_in_it(flow: str, providers: set[str]):
    assert set(SHIPPED.configuration.flow(flow).providers) == providers


def test_a_published_flow_needs_its_providers_installed():
    mistakes = mistakes_of(EVERYTHING_WRITTEN.replace("sap:\n  active: true\n", ""))

    assert mistakes == ["flows.yaml: finops_flexe_sap.published: provider sap is not installed (providers.yaml)"]


def test_a_flow_that_is_not_published_needs_no_provider():
    published = "finops_flexe_sap:\n  published: true"
    flows = SHIPPED.files["flows.yaml"].replace(published, published.replace("true", "false"))

    configuration = with_file(EVERYTHING_WRITTEN.replace("sap:\n  active: true\n", ""), flows)

    assert configuration.why_idle(Provider.SAP) == "provider sap is not installed"


def test_a_published_flow_whose_provider_is_inactive_is_doubtful_but_can_be_used():
    configuration = with_file(EVERYTHING_WRITTEN.replace("sap:\n  active: true", "sap:\n  active: false"))

    (found,) = (each for each in findings(configuration) if each.kind == "inactive_provider")
    assert str(found) == (
        "warning: flows.yaml: finops_flexe_sap.published: provider sap is not active: what the flow asks of it fails"
    )


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("amazon: {active: true}", "amazon: Extra inputs are not permitted (value: {'active': True})"),
        ("sap: {}", "sap.active: Field required (value: {})"),
        ("sap: {active: perhaps}", "sap.active: Input should be a valid boolean"),
        ("flexe: {active: true, parameters: {page_size: 0}}",
         "flexe.parameters.page_size: Input should be greater than 0 (value: 0)"),
        ("flexe: {active: true, parameters: {status_words: {Gone: shipped, gone: canceled}}}",
         "flexe.parameters.status_words: 'gone' is given two meanings"),
        ("sap: {active: true, parameters: {sales_areas: {'*': {channel: '10'}}}}",
         "sap.parameters.sales_areas.*.organization: Field required"),
        ("bigcommerce: {active: true, parameters: {waiting_statuses: paid}}",
         "bigcommerce.parameters.waiting_statuses: Input should be a valid"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_path_and_value(text: str, mistake: str):
    mistakes = mistakes_of(text)

    assert any(each.startswith(f"providers.yaml: {mistake}") for each in mistakes), mistakes


def test_what_is_taken_for_a_parameter_and_may_be_a_secret_is_not_repeated():
    mistakes = mistakes_of("flexe: {active: true, parameters: {api_token: hunter2}}")

    assert mistakes == ["providers.yaml: flexe.parameters.api_token: Extra inputs are not permitted"]


@every_definition
def test_no_secret_address_or_credential_is_a_parameter(definition: Definition):
    assert set(definition.parameters) <= set(definition.connection.model_fields)
    assert not [name for name in definition.parameters if any(word in name for word in SECRETS)]


def test_parameters_take_the_place_of_settings_of_the_same_name_and_leave_all_others(settings: Settings):
    configuration = set_to("flexe", "{owner_id: own_2, lookup_lag_seconds: 1}")

    changed = effective(settings, configuration.providers)

    assert changed.flexe
    assert settings.flexe
    assert (changed.flexe.owner_id, changed.flexe.lookup_lag_seconds) == ("own_2", 1)
    assert changed.flexe.api_token == settings.flexe.api_token
    assert changed.model_copy(update={"flexe": settings.flexe}) == settings


def test_parameters_of_a_provider_without_settings_are_kept_for_when_it_has_some(settings: Settings):
    without = settings.model_copy(update={"flexe": None})

    changed = effective(without, set_to("flexe", "{owner_id: own_2}").providers)

    assert changed.flexe is None


def test_parameters_that_do_not_go_with_the_settings_are_refused_by_name(settings: Settings):
    configuration = set_to("bigcommerce", "{waiting_statuses: [11]}")

    with pytest.raises(UnusableParameters) as refused:
        effective(settings, configuration.providers)

    assert str(refused.value) == (
        "providers.yaml: bigcommerce.parameters: [11] cannot be both waiting_statuses and starting_statuses"
    )


def test_a_changed_parameter_is_told_by_provider_and_name():
    before, after = set_to("flexe", "{owner_id: own_2}"), set_to("flexe", "{owner_id: own_3}")

    told = [str(each) for each in differences(before, after)]

    assert told == ["providers.yaml: provider 'flexe': parameters: owner_id: own_2 -> own_3"]


def test_the_order_of_statuses_changes_nothing():
    before, after = (set_to("bigcommerce", f"{{waiting_statuses: {ids}}}") for ids in ("[1, 7]", "[7, 1]"))

    assert differences(before, after) == ()


@every_definition
def test_every_event_that_the_provider_s_code_names_is_in_the_catalog(definition: Definition):
    folder = ROOT / "shared" / "providers" / definition.provider

    named = {name for path in folder.glob("*.py") for name in _events_imported(path)}

    assert named <= set(definition.events)


def _events_imported(path: Path) -> Iterator[Any]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == events.__name__:
            yield from (getattr(events, each.name) for each in node.names if each.name.isupper())


def test_a_provider_without_settings_cannot_be_tested_and_they_are_named(settings: Settings):
    reach = Reach(settings.model_copy(update={"sap": None}))

    with pytest.raises(NoSettings, match="setting ORDERS__SAP__BASE_URL is missing"):
        reach.test(Provider.SAP, {})

    assert reach.missing(Provider.SAP) == ("ORDERS__SAP__BASE_URL", "ORDERS__SAP__WEBHOOK_SECRET")


def test_a_provider_where_nobody_listens_fails_its_test(settings: Settings):
    assert settings.flexe
    nowhere = type(settings.flexe).model_validate({**dict(settings.flexe), "base_url": "http://127.0.0.1:1"})
    reach = Reach(settings.model_copy(update={"flexe": nowhere}))

    with pytest.raises(TransientProviderError, match="Flexe cannot be reached"):
        reach.test(Provider.FLEXE, {"page_size": 5})
