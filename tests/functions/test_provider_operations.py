"""An operator installs, tests, activates, deactivates and deletes providers, and sees what uses them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import azure.functions as func
import pytest

from shared.application.configuration_desk import ConfigurationDesk
from shared.application.flow_desk import FlowDesk
from shared.application.provider_desk import ProviderDesk
from shared.bootstrap import SHIPPED
from shared.bootstrap.needs import lacking
from shared.bootstrap.reach import Reach
from shared.configuration.in_force import PublishedVersions, seed
from shared.configuration.loading import written_as, written_in
from shared.configuration.versions import Signature, apply
from shared.domain.actions import Provider
from shared.domain.configuration_versions import Version, VersionHeader
from shared.domain.errors import RejectedByProvider
from shared.settings import Settings, load_settings
from shared.store.configuration import TableVersions
from tests.functions.conftest import Serve
from tests.functions.requests import a_request, assert_problem, assert_refused, json_of

BY_MARA = b'{"by": "mara"}'
FILES = written_in(SHIPPED).files


def clock() -> datetime:
    return datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass(frozen=True)
class RecordedReach(Reach):
    """The app's settings; a test of a connection meets `fault`, if there is one."""

    tested: list[tuple[Provider, Mapping[str, Any]]] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)

    def test(self, provider: Provider, parameters: Mapping[str, Any]) -> None:
        self.tested.append((provider, parameters))
        if self.faults:
            raise self.faults[-1]


@pytest.fixture
def settings(sample_settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in sample_settings.items():
        monkeypatch.setenv(name, value)
    return load_settings()[0]


@pytest.fixture
def reach(settings: Settings) -> RecordedReach:
    return RecordedReach(settings)


@pytest.fixture
def versions(versions: TableVersions) -> TableVersions:
    """With the shipped configuration as version 1."""
    seed(versions, SHIPPED, clock)
    return versions


Ask = Callable[..., func.HttpResponse]


@pytest.fixture
def ask(call: Callable[..., Any], serve: Serve, versions: TableVersions, reach: RecordedReach) -> Ask:
    """`ask(function, provider, body)`, of an app that goes by the current version."""
    desk = ConfigurationDesk(versions, clock, lambda files: lacking(reach.settings, files), lambda: None)

    def ask(function: str, name: str = "flexe", body: bytes = BY_MARA, **params: str) -> func.HttpResponse:
        in_force = PublishedVersions(versions).in_force(versions.current())
        serve(configuration=in_force, provider_desk=ProviderDesk(desk, reach), flow_desk=FlowDesk(desk))
        method = {"list": "GET", "show": "GET", "install": "PUT", "delete": "DELETE"}.get(
            function.partition("_")[0], "POST"
        )
        sent = b"" if method in ("GET", "DELETE") else body
        return call(function, a_request(method=method, route={"name": name}, body=sent, params=params))

    return ask


def shown(ask: Ask, name: str = "flexe") -> dict[str, Any]:
    return json_of(ask("show_provider", name))


def parameter(ask: Ask, parameter: str, provider: str = "flexe") -> tuple[Any, bool]:
    """The value that counts, and whether it is the instance's."""
    (found,) = (each for each in shown(ask, provider)["parameters"] if each["name"] == parameter)
    return found["value"], found["set"]


def test_every_provider_is_listed_with_what_it_does_and_the_flows_that_use_it(ask: Ask):
    listed = json_of(ask("list_providers"))

    flexe = next(each for each in listed["providers"] if each["name"] == "flexe")
    assert [each["name"] for each in listed["providers"]] == [*Provider]
    assert (listed["version"], flexe["installed"], flexe["active"]) == (1, True, True)
    assert flexe["actions"] == ["send_fulfillment_order", "cancel_order"]
    assert "Order Shipped" in flexe["events"]
    assert flexe["flows"] == [
        {"name": name, "published": True}
        for name in ("bigcommerce_flexe_finops", "finops_flexe_finops", "finops_flexe_sap")
    ]


def test_no_secret_and_no_address_is_shown(ask: Ask, sample_settings: dict[str, str]):
    told = ask("list_providers").get_body().decode()

    kept = [
        value for name, value in sample_settings.items() if name.endswith(("TOKEN", "SECRET", "KEY", "URL", "PASSWORD"))
    ]
    assert len(kept) > 10
    assert not [value for value in kept if value in told]


def test_the_settings_that_are_missing_are_named(ask: Ask, reach: RecordedReach):
    object.__setattr__(reach, "settings", reach.settings.model_copy(update={"flexe": None}))

    flexe = shown(ask)

    assert flexe["settings"]["prefix"] == "ORDERS__FLEXE__"
    assert flexe["settings"]["missing"] == [
        f"ORDERS__FLEXE__{name}" for name in ("BASE_URL", "API_TOKEN", "OWNER_ID", "WEBHOOK_NAME", "WEBHOOK_SECRET")
    ]
    assert parameter(ask, "owner_id") == (None, False)


def test_a_provider_that_there_is_not_is_unknown(ask: Ask):
    for function in (
        "show_provider",
        "test_provider",
        "install_provider",
        "activate_provider",
        "deactivate_provider",
        "delete_provider",
    ):
        response = ask(function, "amazon")

        detail = "there is no provider 'amazon'; there are bigcommerce, finops, flexe, sap, optimization"
        assert_problem(response, 404, "unknown provider", detail)


def test_a_parameter_takes_the_place_of_the_setting_of_its_name(ask: Ask):
    before = parameter(ask, "owner_id")

    done = json_of(
        ask("install_provider", body=b'{"parameters": {"owner_id": "own_2"}, "by": "mara", "note": "moved"}')
    )

    assert before == ("own_7741", False)
    assert parameter(ask, "owner_id") == ("own_2", True)
    assert shown(ask)["active"]
    assert (done["version"]["number"], done["version"]["by"], done["version"]["note"]) == (2, "mara", "moved")
    assert done["differences"] == ["providers.yaml: provider 'flexe': parameters: owner_id: added own_2"]


def test_the_same_parameters_again_make_no_second_version(ask: Ask, versions: TableVersions):
    body = b'{"parameters": {"waiting_statuses": [7, 1], "starting_statuses": [11]}}'

    first, second = (json_of(ask("install_provider", "bigcommerce", body)) for _ in range(2))

    assert (first["is_new"], second["is_new"], versions.current()) == (True, False, 2)
    assert parameter(ask, "waiting_statuses", "bigcommerce") == ([1, 7], True)


@pytest.mark.parametrize(
    ("name", "parameters", "refusal"),
    [
        ("flexe", b'{"page_size": 0}',
         ("providers.yaml: flexe.parameters.page_size", "0", "Input should be greater than 0")),
        ("flexe", b'{"api_token": "abc"}',
         ("providers.yaml: flexe.parameters.api_token", None, "Extra inputs are not permitted")),
        ("finops", b'{"base_url": "https://x.example"}',
         ("providers.yaml: finops.parameters.base_url", None, "Extra inputs are not permitted")),
        ("bigcommerce", b'{"waiting_statuses": [11], "starting_statuses": [11]}',
         ("providers.yaml: bigcommerce.parameters", "starting_statuses, waiting_statuses",
          "[11] cannot be both waiting_statuses and starting_statuses")),
    ],
)  # fmt: skip
def test_a_parameter_that_cannot_be_is_refused_with_its_place(
    ask: Ask, versions: TableVersions, name: str, parameters: bytes, refusal: tuple[str, str | None, str]
):
    response = ask("install_provider", name, b'{"parameters": ' + parameters + b"}")

    assert_refused(response, refusal)
    assert versions.current() == 1


def test_parameters_that_are_nested_too_deep_for_the_file_are_refused(ask: Ask, versions: TableVersions):
    nested = b'{"a": ' * 60 + b"1" + b"}" * 60

    response = ask("install_provider", body=b'{"parameters": ' + nested + b"}")

    detail = "flexe.parameters cannot be written: this is nested deeper than 50 levels"
    assert_problem(response, 409, "not to be changed this way", detail)
    assert versions.current() == 1


def test_a_provider_that_can_be_reached_passes_its_test(ask: Ask, reach: RecordedReach):
    response = ask("test_provider")

    assert json_of(response) == {"name": "flexe", "ok": True, "reason": None}
    assert reach.tested == [(Provider.FLEXE, {})]


def test_a_test_says_why_a_provider_cannot_be_reached(ask: Ask, reach: RecordedReach, versions: TableVersions):
    reach.faults.append(RejectedByProvider("Flexe answered GET /v1/outbound_orders with 401"))

    response = ask("test_provider")

    assert json_of(response) == {"name": "flexe", "ok": False, "reason": str(reach.faults[0])}
    assert versions.current() == 1


def test_a_deactivated_provider_is_tested_before_it_is_active_again(ask: Ask, reach: RecordedReach):
    off = json_of(ask("deactivate_provider"))
    was_active = shown(ask)["active"]

    on = json_of(ask("activate_provider"))

    assert (off["version"]["number"], was_active) == (2, False)
    assert (on["version"]["number"], shown(ask)["active"]) == (3, True)
    assert reach.tested == [(Provider.FLEXE, {})]


def test_deactivating_a_provider_of_published_flows_says_what_will_fail(ask: Ask):
    done = json_of(ask("deactivate_provider"))

    assert {(each["where"], each["message"]) for each in done["findings"]} >= {
        (f"flows.yaml: {flow}.published", "provider flexe is not active: what the flow asks of it fails")
        for flow in ("bigcommerce_flexe_finops", "finops_flexe_finops", "finops_flexe_sap")
    }


@pytest.mark.parametrize(("function", "number"), [("activate_provider", 1), ("deactivate_provider", 2)])
def test_what_is_done_twice_is_one_version(ask: Ask, reach: RecordedReach, function: str, number: int):
    first, second = (json_of(ask(function)) for _ in range(2))

    assert second["is_new"] is False
    assert first["version"] == second["version"]
    assert first["version"]["number"] == number
    assert reach.tested == []


def test_a_provider_that_cannot_be_reached_stays_inactive(ask: Ask, reach: RecordedReach, versions: TableVersions):
    ask("deactivate_provider")
    reach.faults.append(RejectedByProvider("token is wrong"))

    response = ask("activate_provider")

    assert_problem(response, 409, "connection test failed", "provider flexe stays inactive: token is wrong")
    assert (versions.current(), shown(ask)["active"]) == (2, False)


def test_a_provider_that_flows_use_is_not_deleted_and_they_are_listed(ask: Ask, versions: TableVersions):
    response = ask("delete_provider", "sap")

    told = json_of(response)
    assert (response.status_code, told["title"]) == (409, "in use")
    assert told["detail"] == "flows.yaml: finops_flexe_sap uses provider sap"
    assert told["errors"] == [
        {"field": "flows.yaml: finops_flexe_sap", "value": "published", "problem": "uses provider sap"}
    ]
    assert versions.current() == 1


def test_a_flow_that_is_not_published_keeps_its_provider_too(ask: Ask, call: Callable[..., Any]):
    ask("list_providers")
    call("unpublish_flow", a_request(method="POST", route={"name": "finops_flexe_sap"}, body=BY_MARA))

    response = ask("delete_provider", "sap")

    assert response.status_code == 409
    assert [each["value"] for each in json_of(response)["errors"]] == ["unpublished"]


def test_a_provider_that_no_flow_uses_is_deleted_and_installed_again_inactive(ask: Ask, versions: TableVersions):
    text = FILES["flows.yaml"].split("bigcommerce_optimized_finops:")
    left = text[0] + "finops_finops_finops:" + text[1].split("finops_finops_finops:")[1]
    apply(written_as({**FILES, "flows.yaml": left}), versions, Signature("mara"), clock, expect=None)

    deleted = json_of(ask("delete_provider", "optimization", by="mara", note="stock is elsewhere"))
    again = json_of(ask("delete_provider", "optimization"))
    gone = shown(ask, "optimization")
    refused = ask("activate_provider", "optimization")
    ask("install_provider", "optimization", b'{"parameters": {"rows_per_bulk": 100}}')

    assert (deleted["version"]["number"], deleted["version"]["note"]) == (3, "stock is elsewhere")
    assert (again["is_new"], gone["installed"], gone["active"]) == (False, False, False)
    detail = "provider optimization is not installed: install it first"
    assert_problem(refused, 409, "not installed", detail)
    assert (shown(ask, "optimization")["installed"], shown(ask, "optimization")["active"]) == (True, False)


def test_a_flow_whose_provider_is_not_installed_cannot_be_published(ask: Ask, versions: TableVersions):
    files = {**FILES, "providers.yaml": FILES["providers.yaml"].replace("sap:\n  active: true\n", "")}
    unpublished = FILES["flows.yaml"].replace(
        "finops_flexe_sap:\n  published: true", "finops_flexe_sap:\n  published: false"
    )
    apply(written_as({**files, "flows.yaml": unpublished}), versions, Signature("mara"), clock, expect=None)

    response = ask("publish_flow", "finops_flexe_sap")

    problem = "provider sap is not installed (providers.yaml)"
    assert_refused(response, ("flows.yaml: finops_flexe_sap.published", None, problem))


def test_a_configuration_from_before_there_were_instances_has_all_of_them_active(ask: Ask, versions: TableVersions):
    before = {name: text for name, text in FILES.items() if name != "providers.yaml"}
    versions.add(
        Version(header=VersionHeader(number=2, digest="d", by="a release before", at="2026-03-02"), files=before)
    )

    active = [each["active"] for each in json_of(ask("list_providers"))["providers"]]
    ask("deactivate_provider")

    assert active == [True] * len(Provider)
    assert [each["active"] for each in json_of(ask("list_providers"))["providers"]].count(False) == 1


@pytest.mark.parametrize("function", ["install_provider", "activate_provider", "deactivate_provider"])
def test_what_a_change_says_for_the_history_is_checked(ask: Ask, function: str):
    response = ask(function, body=b'{"why": "so"}')

    (problem,) = json_of(response)["errors"]
    assert (response.status_code, problem["field"], problem["value"]) == (400, "why", "so")


def test_who_deletes_a_provider_is_named_shortly(ask: Ask):
    response = ask("delete_provider", by="m" * 101)

    (problem,) = json_of(response)["errors"]
    assert (response.status_code, problem["field"]) == (400, "by")
