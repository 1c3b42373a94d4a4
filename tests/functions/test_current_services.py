"""A version of the configuration that is applied counts soon, without a restart, and never half."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.bootstrap import SHIPPED
from shared.bootstrap.current import CurrentServices
from shared.bootstrap.services import Services
from shared.bootstrap.storage import Storage
from shared.configuration import ConfigurationError
from shared.configuration.in_force import ConfigurationInForce
from shared.configuration.loading import written_as, written_in
from shared.configuration.versions import Signature, apply
from shared.domain.configuration_versions import Version, VersionHeader
from shared.domain.errors import TransientProviderError
from shared.settings import SettingsError, load_settings
from shared.storage_account import StorageAccount
from shared.store.configuration import TableVersions
from shared.store.tables import Tables
from tests.functions.circuits import NO_CIRCUITS

SECONDS = 10.0
NO_FLEXE = ("bigcommerce_flexe_finops:\n  published: true", "bigcommerce_flexe_finops:\n  published: false")


@dataclass
class Watch:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def storage(versions: TableVersions) -> Storage:
    storage = Storage(StorageAccount("", ""))
    storage.__dict__["versions"] = versions
    return storage


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def current(
    storage: Storage, watch: Watch, sample_settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> CurrentServices:
    for name, value in sample_settings.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()

    def build(configuration: ConfigurationInForce) -> Services:
        return Services(*settings, storage, configuration, circuits=NO_CIRCUITS)

    return CurrentServices(storage, SHIPPED, build, SECONDS, watch)


def applied(versions: TableVersions, old: str, new: str) -> int:
    """The number of the version that has `new` for `old` in flows.yaml."""
    files = dict(written_in(SHIPPED).files)
    assert old in files["flows.yaml"]
    written = written_as({**files, "flows.yaml": files["flows.yaml"].replace(old, new, 1)})
    return apply(written, versions, Signature("mara"), lambda: datetime.now(UTC), expect=None).header.number


def test_an_empty_store_gets_the_configuration_of_the_release(current: CurrentServices, versions: TableVersions):
    services = current()

    assert (services.configuration.number, versions.current()) == (1, 1)
    assert versions.read(1).files == written_in(SHIPPED).files


def test_what_an_operator_has_applied_is_left_alone_at_a_start(current: CurrentServices, versions: TableVersions):
    number = applied(versions, *NO_FLEXE)

    assert current().configuration.number == number == 1
    assert not current().configuration.current.flow("bigcommerce_flexe_finops").published


def test_a_new_version_counts_once_it_is_looked_for_again(
    current: CurrentServices, versions: TableVersions, watch: Watch
):
    before = current()
    applied(versions, *NO_FLEXE)

    watch.seconds = SECONDS - 1
    meanwhile = current()
    watch.seconds = SECONDS
    after = current()

    assert meanwhile is before
    assert (before.configuration.number, after.configuration.number) == (1, 2)


def test_who_has_applied_it_here_need_not_wait(current: CurrentServices, versions: TableVersions):
    current()
    number = applied(versions, *NO_FLEXE)

    current.look_again()

    assert current().configuration.number == number


def test_services_are_kept_as_long_as_nothing_new_is_applied(current: CurrentServices, watch: Watch):
    before = current()
    watch.seconds = 5 * SECONDS

    assert current() is before


def test_an_order_s_own_version_can_still_be_read(current: CurrentServices, versions: TableVersions, watch: Watch):
    current()
    applied(versions, *NO_FLEXE)
    watch.seconds = SECONDS

    configuration = current().configuration

    assert configuration.at(1).flow("bigcommerce_flexe_finops").published
    assert not configuration.at(2).flow("bigcommerce_flexe_finops").published
    assert configuration.at(0) is configuration.current


class OutOfReach(TableVersions):
    def current(self) -> int:
        raise TransientProviderError("no storage")


def test_a_store_out_of_reach_leaves_what_counted_before(
    current: CurrentServices, storage: Storage, tables: Tables, watch: Watch, caplog: pytest.LogCaptureFixture
):
    before = current()
    storage.published.current_number = OutOfReach(tables).current
    watch.seconds = SECONDS

    with caplog.at_level(logging.WARNING, "shared.bootstrap.current"):
        assert current() is before

    assert "cannot be told: no storage" in caplog.text


def test_a_store_out_of_reach_at_the_start_is_a_passing_fault(
    current: CurrentServices, storage: Storage, tables: Tables
):
    storage.__dict__["versions"] = OutOfReach(tables)

    with pytest.raises(TransientProviderError, match="no storage"):
        current()


def unusable(versions: TableVersions, number: int) -> None:
    header = VersionHeader(number=number, digest="d", by="a later release", at="2026-03-02")
    versions.add(Version(header=header, files={"flows.yaml": "a: [later, layout]"}))


def test_a_version_that_this_release_cannot_use_leaves_what_counted_before(
    current: CurrentServices, versions: TableVersions, watch: Watch, caplog: pytest.LogCaptureFixture
):
    before = current()
    unusable(versions, 2)
    watch.seconds = SECONDS

    assert current() is before
    assert "cannot be used, the one before it counts" in caplog.text
    assert "policies.yaml" in caplog.text


def test_a_release_that_cannot_use_the_current_version_says_so_and_takes_no_other(
    current: CurrentServices, versions: TableVersions
):
    unusable(versions, 1)

    with pytest.raises(ConfigurationError, match=r"policies\.yaml"):
        current()

    assert versions.current() == 1


def test_a_version_whose_flows_want_settings_that_are_missing_leaves_what_counted_before(
    storage: Storage, versions: TableVersions, watch: Watch, current: CurrentServices, caplog: pytest.LogCaptureFixture
):
    first = current()

    def build(configuration: ConfigurationInForce) -> Services:
        if configuration.number == 1:
            return first
        raise SettingsError("setting ORDERS__FLEXE__BASE_URL is missing")

    choosy = CurrentServices(storage, Path(SHIPPED), build, SECONDS, watch)
    assert choosy() is first
    applied(versions, *NO_FLEXE)
    watch.seconds = SECONDS

    assert choosy() is first
    assert "setting ORDERS__FLEXE__BASE_URL is missing" in caplog.text
