"""Versions of the configuration: one after the other, each kept as it was, however many apply at once or die."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.configuration import ConfigurationError
from shared.configuration.loading import Written, written_as, written_in
from shared.configuration.versions import Applied, Signature, apply, read_version
from shared.domain.configuration_versions import NONE, Outrun, UnknownVersion, Version, VersionHeader
from shared.domain.errors import TransientProviderError
from shared.store.configuration import TableVersions
from tests.store.wire import Crash, When, Wire

SHIPPED = written_in(Path(__file__).parents[2] / "config")
SOMEBODY = Signature(by="mara", note="as reviewed")
ADD = 2  # the calls of `TableVersions.add`: it reads where the pointer stands, then writes


def edited(old: str, new: str, file: str = "policies.yaml") -> Written:
    assert old in SHIPPED.files[file]
    return written_as({**SHIPPED.files, file: SHIPPED.files[file].replace(old, new)})


def applied(versions: TableVersions, written: Written, *, expect: int | None = None) -> Applied:
    return apply(written, versions, SOMEBODY, lambda: datetime(2026, 3, 2, tzinfo=UTC), expect=expect)


def a_version(number: int, **files: str) -> Version:
    return Version(header=VersionHeader(number=number, digest="d", by="mara", at="2026-03-02"), files=files)


def test_an_empty_store_has_no_version(versions: TableVersions):
    assert versions.current() == NONE
    assert versions.history() == []
    with pytest.raises(UnknownVersion, match="no version 1"):
        versions.read(1)


def test_what_was_applied_is_read_as_it_was_written(versions: TableVersions):
    written = edited("# Policies by name.", "# Réglages «ö» 倉庫")

    done = applied(versions, written, expect=NONE)

    assert (done.is_new, done.header.number, versions.current()) == (True, 1, 1)
    assert versions.read(1).files == written.files
    assert read_version(versions, 1).configuration == written.configuration
    assert (done.header.by, done.header.note, done.header.at) == (
        "mara",
        "as reviewed",
        "2026-03-02T00:00:00.000+00:00",
    )


def test_the_same_files_again_make_no_version(versions: TableVersions):
    first = applied(versions, SHIPPED)

    again = applied(versions, SHIPPED, expect=NONE)

    assert (again.is_new, again.header) == (False, first.header)
    assert [header.number for header in versions.history()] == [1]


def test_earlier_versions_stay_as_they_were_and_can_come_back(versions: TableVersions):
    applied(versions, SHIPPED)
    applied(versions, edited("DEMF", "GBSI"))

    applied(versions, written_as(versions.read(1).files), expect=2)

    assert [header.number for header in versions.history()] == [3, 2, 1]
    assert versions.read(3).files == versions.read(1).files == SHIPPED.files
    assert "GBSI" in versions.read(2).files["policies.yaml"]


def test_what_was_compared_with_an_older_version_is_refused(versions: TableVersions):
    applied(versions, SHIPPED)
    applied(versions, edited("DEMF", "GBSI"))

    with pytest.raises(Outrun, match="version 1 was expected, but the current version is 2"):
        applied(versions, edited("DEMF", "FRRT"), expect=1)

    assert versions.current() == 2


def test_of_many_who_apply_at_once_one_is_in_time(versions: TableVersions):
    applied(versions, SHIPPED)

    def try_it(company: str) -> int | None:
        try:
            return applied(versions, edited("DEMF", company), expect=1).header.number
        except Outrun:
            return None

    with ThreadPoolExecutor(6) as people:
        numbers = [*people.map(try_it, [f"DEM{n}" for n in range(6)])]

    assert sorted(filter(None, numbers)) == [2]
    assert [header.number for header in versions.history()] == [2, 1]


def test_two_that_start_on_an_empty_store_make_one_version(versions: TableVersions):
    def start(_: int) -> int:
        try:
            return applied(versions, SHIPPED, expect=NONE).header.number
        except Outrun:
            return versions.current()

    with ThreadPoolExecutor(6) as instances:
        assert {*instances.map(start, range(6))} == {1}

    assert [header.number for header in versions.history()] == [1]


@pytest.mark.parametrize(("call", "when", "current"), [(1, "before", 1), (1, "after", 1), (ADD, "before", 1),
                                                       (ADD, "after", 2)])  # fmt: skip
def test_whoever_dies_on_the_way_has_changed_nothing_or_all(
    versions: TableVersions, wire: Wire, call: int, when: When, current: int
):
    versions.add(a_version(1, a="1"))

    with pytest.raises(Crash), wire.dying(call, when):
        versions.add(a_version(2, a="2"))

    assert versions.current() == len(versions.history()) == current
    assert versions.read(current).files == {"a": str(current)}


def test_a_connection_that_breaks_after_the_write_is_no_refusal(versions: TableVersions, wire: Wire):
    versions.add(a_version(1, a="one"))

    with wire.losing(ADD, "after"):
        versions.add(a_version(2, a="two"))

    assert versions.read(versions.current()).files == {"a": "two"}


def test_a_store_out_of_reach_is_said_to_be_so(versions: TableVersions, wire: Wire):
    with wire.out_of_reach(), pytest.raises(TransientProviderError):
        versions.current()


def test_a_version_of_a_merchant_with_many_products_fits(versions: TableVersions):
    products = "".join(f"    SKU-{n:06d}: {{product: P{n * 7919 % 1_000_003:06d}, unit: ea}}\n" for n in range(50_000))

    versions.add(a_version(1, **{"id_mappings.yaml": products}))

    assert versions.read(1).files == {"id_mappings.yaml": products}


def test_a_version_that_this_release_cannot_use_says_why(versions: TableVersions):
    versions.add(a_version(1, **{**SHIPPED.files, "flows.yaml": "a: {published: perhaps}"}))
    versions.add(a_version(2, **{name: text for name, text in SHIPPED.files.items() if name != "fulfillment.yaml"}))

    with pytest.raises(ConfigurationError, match=r"flows\.yaml: a\.published"):
        read_version(versions, 1)
    with pytest.raises(ConfigurationError, match=r"fulfillment\.yaml: the whole file: the file is missing"):
        read_version(versions, 2)
