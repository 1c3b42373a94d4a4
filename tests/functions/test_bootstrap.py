"""The composition root: every service can be built from the settings, and nothing is built before it is asked for."""

import ast
from collections.abc import Iterator
from functools import cached_property
from inspect import getmembers_static
from pathlib import Path

import pytest

from shared.application.mistakes import NotActive
from shared.bootstrap import Services, current, missing_settings, services
from shared.bootstrap.storage import Storage
from shared.configuration import Configuration
from shared.configuration.in_force import only
from shared.configuration.providers import ProviderInstance
from shared.domain.actions import CANCEL_ORDER, Provider
from shared.flows.order_flow import NEVER_ASKED_TO_STOP
from shared.providers.catalog import CATALOG
from shared.settings import load_settings
from shared.storage_account import StorageAccount
from tests.functions.circuits import NO_CIRCUITS

FLOWS = Path(__file__).parents[2] / "shared" / "flows"

SERVICES = sorted(
    name
    for name, value in getmembers_static(Services)
    if isinstance(value, cached_property) and not name.startswith("_")
)


def services_of(configuration: Configuration, connection: str) -> Services:
    storage = Storage(StorageAccount(connection, connection))
    return Services(*load_settings(), storage, only(configuration), circuits=NO_CIRCUITS)


@pytest.fixture
def built(
    connection: str, sample_settings: dict[str, str], configuration: Configuration, monkeypatch: pytest.MonkeyPatch
) -> Services:
    """From the sample's settings, on a storage that is there."""
    for name, value in {**sample_settings, "AzureWebJobsStorage": connection}.items():
        monkeypatch.setenv(name, value)
    return Services(
        *load_settings(), Storage(StorageAccount(connection, connection)), only(configuration), circuits=NO_CIRCUITS
    )


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_built_once(built: Services, name: str):
    assert getattr(built, name) is getattr(built, name)


def test_nothing_is_built_before_it_is_asked_for(built: Services):
    assert not {name for name in vars(built) if isinstance(getattr(Services, name, None), cached_property)}


def test_triggers_share_one_set_of_services(built: Services, request: pytest.FixtureRequest):
    request.addfinalizer(current.cache_clear)
    current.cache_clear()

    assert services() is services()


def test_the_catalog_has_every_action_that_is_performed(built: Services):
    told = {(provider, name) for provider, definition in CATALOG.items() for name in definition.actions}

    assert told == set(built.provider_actions.actions)


def test_every_action_a_flow_asks_for_is_known_and_none_is_idle(built: Services):
    who_may_have_to_stop = {(provider, CANCEL_ORDER) for provider in Provider if provider not in NEVER_ASKED_TO_STOP}

    assert {*_actions_asked_for(), *who_may_have_to_stop} == set(built.provider_actions.actions)


def test_parameters_count_wherever_settings_do(built: Services, configuration: Configuration, connection: str):
    changed = {Provider.FINOPS: ProviderInstance(active=True, parameters={"status_handlers": False})}
    other = configuration.with_(providers=configuration.providers | changed)

    services = Services(
        *load_settings(), Storage(StorageAccount(connection, connection)), only(other), circuits=NO_CIRCUITS
    )

    assert (built.finops_changes.listening, services.finops_changes.listening) == (True, False)


def test_nothing_is_asked_of_a_provider_that_is_not_active(
    configuration: Configuration, connection: str, built: Services
):
    idle = {provider: ProviderInstance(active=False) for provider in Provider}
    services = services_of(configuration.with_(providers=idle), connection)

    with pytest.raises(NotActive, match="provider optimization is not active; activate it first"):
        services.look_for_stock("order")
    of_providers = {name: job for name, job in services.jobs.jobs.items() if name != "report_metrics"}
    rests = [job.work() for job in of_providers.values() if job.work]

    assert all("is not active: the job rests" in done.message for done in rests)
    assert len(rests) == len(built.jobs.jobs) - 1
    assert all(services.provider_actions.why_idle(provider) for provider in Provider)


@pytest.mark.parametrize(("group", "flow"), [("flexe", "finops_flexe_finops"), ("sap", "finops_flexe_sap"),
                                             ("inventory", "bigcommerce_optimized_finops")])  # fmt: skip
def test_a_published_flow_whose_provider_has_no_settings_stops_the_app_by_name(
    sample_settings: dict[str, str],
    configuration: Configuration,
    monkeypatch: pytest.MonkeyPatch,
    group: str,
    flow: str,
):
    prefix = f"ORDERS__{group.upper()}__"
    for name, value in sample_settings.items():
        if name.startswith(prefix):
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    settings, _ = load_settings()
    only = configuration.with_(flows={flow: configuration.flow(flow)})
    none = configuration.with_(flows={flow: configuration.flow(flow).with_(published=False)})

    assert f"setting {prefix}BASE_URL is missing" in "; ".join(missing_settings(settings, only))
    assert [*missing_settings(settings, none)] == []


def _actions_asked_for() -> Iterator[tuple[Provider, str]]:
    """From `flow.send(Provider.FINOPS, "send_order_to_fulfillment", ...)`."""
    for path in FLOWS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="send"), args=[ast.Attribute(attr=provider), ast.Constant(value=str(name))]
                ):
                    yield Provider[provider], name
