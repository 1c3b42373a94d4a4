"""Change tracking: a first full read, then only what has changed."""

import pytest

from tests.systems.finops.conftest import Organization

TRACK = "odata.track-changes"
SELECT = "salesorders?$select=name,statuscode"


def test_a_delta_link_brings_changed_rows_once_with_their_latest_values(finops: Organization) -> None:
    finops.place("BC-1")
    finops.place("BC-2")
    first = finops.read(SELECT, Prefer=TRACK)
    for action in ("confirm", "pick", "pack"):
        finops.post("BC-1", action)

    second = finops.read(first["@odata.deltaLink"])
    third = finops.read(second["@odata.deltaLink"])

    assert [row["name"] for row in first["value"]] == ["Order BC-1", "Order BC-2"]
    assert [(row["name"], row["statuscode"]) for row in second["value"]] == [("Order BC-1", 100001)]
    assert second["@odata.context"].endswith("$metadata#salesorders(name,statuscode)/$delta")
    assert third["value"] == []


def test_deleted_rows_come_after_the_changed_ones(finops: Organization) -> None:
    gone, kept = finops.place("BC-1"), finops.place("BC-2")
    link = finops.read(SELECT, Prefer=TRACK)["@odata.deltaLink"]
    finops.call("DELETE", f"salesorders({gone})")
    finops.call("PATCH", f"salesorders({kept})", {"description": "changed"})

    changed, removed = finops.read(link)["value"]

    assert changed["salesorderid"] == kept
    assert (removed["id"], removed["reason"]) == (gone, "deleted")
    assert removed["@odata.context"].endswith("$metadata#salesorders/$deletedEntity")


def test_a_row_rolled_back_is_no_change(finops: Organization) -> None:
    finops.place("BC-1")
    link = finops.read(SELECT, Prefer=TRACK)["@odata.deltaLink"]
    wrong = finops.reference("accounts", "accountnumber", "DE-001")
    refused = finops.refusal(
        "POST", "salesorders", finops.order_body("BC-2") | {"customerid_account@odata.bind": wrong}
    )

    assert refused[0] == 400
    assert finops.read(link)["value"] == []


def test_a_tracked_read_is_paged_and_misses_nothing_changed_meanwhile(finops: Organization) -> None:
    ids = [finops.place(f"BC-{number}", ()) for number in range(5)]
    prefer = f"{TRACK},odata.maxpagesize=2"

    pages = [finops.read(SELECT, Prefer=prefer)]
    finops.call("PATCH", f"salesorders({ids[0]})", {"name": "changed while reading"})
    while link := pages[-1].get("@odata.nextLink"):
        pages.append(finops.read(link, Prefer=prefer))

    names = [row["name"] for page in pages for row in page["value"]]
    assert [len(page["value"]) for page in pages] == [2, 2, 2]
    assert names == ["Order BC-0", "Order BC-1", "Order BC-2", "Order BC-3", "Order BC-4", "changed while reading"]
    assert "@odata.deltaLink" in pages[-1]


@pytest.mark.parametrize("option", ["$filter=statuscode eq 1", "$orderby=name", "$expand=order_details", "$top=1"])
def test_tracking_takes_no_other_options(finops: Organization, option: str) -> None:
    status, _, message = finops.refusal("GET", f"{SELECT}&{option}", Prefer=TRACK)

    assert status == 400
    assert "change tracking" in message


def test_an_expired_delta_link_is_refused_and_a_new_read_starts_over(finops: Organization) -> None:
    finops.place("BC-1")
    old = finops.read(SELECT, Prefer=TRACK)["@odata.deltaLink"]
    finops.control("POST", "/expire-delta-tokens")

    status, code, message = finops.refusal("GET", old)
    fresh = finops.read(SELECT, Prefer=TRACK)

    assert (status, code) == (400, "0x80044352")
    assert "expired" in message
    assert len(fresh["value"]) == 1
    assert finops.read(fresh["@odata.deltaLink"])["value"] == []


def test_an_altered_delta_link_is_refused(finops: Organization) -> None:
    link = finops.read(SELECT, Prefer=TRACK)["@odata.deltaLink"]

    assert finops.refusal("GET", link.partition("$deltatoken=")[0] + "$deltatoken=yesterday")[0] == 400
