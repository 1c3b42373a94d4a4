"""An operator looks at the configuration and changes it: by a draft that is reviewed, or by a single switch."""

import base64
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from random import Random
from types import SimpleNamespace
from typing import Any

import azure.functions as func
import pytest

from shared.application.configuration_desk import ConfigurationDesk
from shared.application.draft_desk import DraftDesk
from shared.application.flow_desk import FlowDesk
from shared.application.what_if import WhatIf
from shared.bootstrap import SHIPPED
from shared.configuration import Configuration
from shared.configuration.in_force import PublishedVersions, seed
from shared.configuration.loading import written_in
from shared.domain.orders import Problem
from shared.store.configuration import TableDraft, TableVersions
from shared.store.order_book import TableOrderBook
from shared.store.order_list import TableOrderList
from shared.store.tables import Tables
from tests.application.samples import taken_in
from tests.functions.conftest import Serve
from tests.functions.requests import a_request, assert_problem, assert_refused, json_of

FILES = written_in(SHIPPED).files
FLEXE = "bigcommerce_flexe_finops"


def clock() -> datetime:
    return datetime(2026, 3, 2, 9, tzinfo=UTC)


def needs_flexe(configuration: Configuration) -> Iterator[Problem]:
    """As in an app that has no settings for Flexe, if a flow of this name were there."""
    if "needs_flexe" in configuration.flows:
        complaint = "setting ORDERS__FLEXE__BASE_URL is missing"
        yield Problem(field="flows.yaml: published", value=None, problem=complaint)


@pytest.fixture
def told() -> list[str]:
    """What the app has been told of new versions."""
    return []


@pytest.fixture
def versions(versions: TableVersions) -> TableVersions:
    """With the shipped configuration as version 1."""
    seed(versions, SHIPPED, clock)
    return versions


@pytest.fixture(autouse=True)
def _served(serve: Serve, versions: TableVersions, empty: Tables, told: list[str], book: TableOrderBook) -> None:
    desk = ConfigurationDesk(versions, clock, needs_flexe, lambda: told.append("published"))
    in_force = PublishedVersions(versions).in_force(1)
    serve(
        configuration_desk=desk,
        draft_desk=DraftDesk(TableDraft(empty), desk, clock),
        flow_desk=FlowDesk(desk),
        configuration=in_force,
        what_if=WhatIf(TableOrderList(empty, book, clock), book, in_force.current),
        listing=SimpleNamespace(sources=("bigcommerce", "finops")),
    )


def edited(file: str, old: str, new: str) -> str:
    assert old in FILES[file]
    return FILES[file].replace(old, new)


def body_of(name: str, text: str | bytes, **headers: str) -> func.HttpRequest:
    content = text.encode() if isinstance(text, str) else text
    return a_request(method="PUT", route={"name": name}, body=content, headers=headers)


def seen(method: str, revision: str | None = "*", body: bytes = b"{}", **route: str) -> func.HttpRequest:
    headers = {} if revision is None else {"If-Match": revision}
    return a_request(method=method, route=route, body=body, headers=headers)


@pytest.fixture
def draft(call: Callable[..., Any]) -> Callable[..., str]:
    """Writes a file of the draft, in which `new` stands for `old`; the draft's new ETag."""

    def draft(file: str, old: str, new: str, **headers: str) -> str:
        response = call("write_draft", body_of(file, edited(file, old, new), **headers))
        assert response.status_code == 200
        return response.headers["ETag"]

    return draft


def test_the_current_version_is_shown_with_its_files_as_they_were_written(call):
    response = call("show_configuration", a_request())

    assert json_of(response)["files"] == FILES
    assert json_of(response)["version"]["by"] == "first start"
    assert response.headers["ETag"] == '"1"'


def test_every_version_can_be_looked_at_again(call, draft):
    draft("flows.yaml", "Order Shipped: 259200", "Order Shipped: 86400")
    call("publish_draft", seen("POST", body=b'{"by": "mara", "note": "ship within a day"}'))

    versions = json_of(call("list_versions", a_request()))["versions"]
    first, second = (json_of(call("show_version", a_request(route={"number": n}))) for n in "12")

    assert [(version["number"], version["by"], version["note"]) for version in versions] == [
        (2, "mara", "ship within a day"),
        (1, "first start", "what this release ships with"),
    ]
    assert first["files"]["flows.yaml"] == FILES["flows.yaml"]
    assert "Order Shipped: 86400" in second["files"]["flows.yaml"]


@pytest.mark.parametrize(("number", "status"), [("7", 404), ("0", 400), ("one", 400), ("1.0", 400)])
def test_a_version_that_there_is_not_is_refused(call, number: str, status: int):
    assert call("show_version", a_request(route={"number": number})).status_code == status


def test_what_is_doubtful_in_the_configuration_is_listed(call):
    found = json_of(call("lint_configuration", a_request()))

    assert found["version"] == 1
    assert {finding["kind"] for finding in found["findings"]} >= {"overlap"}


def test_a_draft_says_what_publishing_it_would_change_before_anything_is_changed(call, draft, versions: TableVersions):
    draft("flows.yaml", "Order Shipped: 259200", "Order Shipped: 86400")

    shown = json_of(call("show_draft", a_request()))

    assert (shown["compared_with"], shown["problems"], shown["outdated"]) == (1, [], [])
    assert len(shown["differences"]) == 6
    assert "Order Shipped" in shown["differences"][0]
    assert versions.current() == 1


def test_a_published_draft_is_the_current_version_and_no_draft_any_more(call, draft, told: list[str]):
    etag = draft("flows.yaml", "Order Shipped: 259200", "Order Shipped: 86400")

    done = json_of(call("publish_draft", seen("POST", etag)))

    assert (done["version"]["number"], done["is_new"], told) == (2, True, ["published"])
    assert_problem(call("show_draft", a_request()), 404, "no draft", "nothing is drafted")


def test_a_policy_that_names_an_unknown_field_can_be_drafted_but_not_published(call, draft, versions: TableVersions):
    etag = draft("policies.yaml", "field: currency, op: has_data", "field: curency, op: has_data")

    shown = json_of(call("show_draft", a_request()))
    response = call("publish_draft", seen("POST", etag))

    (problem,) = shown["problems"]
    assert problem["field"] == "policies.yaml: Validate order header.rules[2].when.rows[0]"
    assert problem["value"] == "'curency has_data'"
    assert problem["problem"].startswith("an order has no field 'curency'; it has addresses")
    assert_refused(response, (problem["field"], problem["value"], problem["problem"]))
    assert versions.current() == 1


def test_a_file_that_is_no_yaml_is_refused_with_the_place(call, draft):
    call("write_draft", body_of("flows.yaml", "a: [b"))

    (problem,) = json_of(call("publish_draft", seen("POST")))["errors"]

    assert problem["field"] == "flows.yaml: the whole file"
    assert "line 1, column 4" in problem["problem"]


def test_a_flow_that_the_app_has_no_settings_for_cannot_be_published(call, draft, versions: TableVersions):
    draft("flows.yaml", f"{FLEXE}:", "needs_flexe:")

    response = call("publish_draft", seen("POST"))

    assert_refused(response, ("flows.yaml: published", None, "setting ORDERS__FLEXE__BASE_URL is missing"))
    assert versions.current() == 1


def test_a_draft_that_somebody_has_changed_meanwhile_is_not_published_unseen(call, draft, versions: TableVersions):
    etag = draft("flows.yaml", "Order Shipped: 259200", "Order Shipped: 86400")
    draft("flows.yaml", "Order Shipped: 259200", "Order Shipped: 1", **{"If-Match": etag})

    response = call("publish_draft", seen("POST", etag))

    assert_problem(response, 412, "stale version", "the draft is at revision 2")
    assert versions.current() == 1


def test_publishing_needs_to_be_told_what_was_seen(call, draft):
    draft("flows.yaml", "Order Shipped: 259200", "Order Shipped: 86400")

    assert call("publish_draft", seen("POST", None)).status_code == 428
    assert call("drop_draft", seen("DELETE", None)).status_code == 428


def test_a_second_person_does_not_begin_over_the_draft_of_the_first(call, draft):
    draft("flows.yaml", "Order Shipped: 259200", "Order Shipped: 86400")

    response = call("write_draft", body_of("policies.yaml", FILES["policies.yaml"]))

    assert_problem(response, 412, "stale version", "the draft is at revision 1")


def test_a_version_published_meanwhile_is_taken_over_where_the_draft_has_other_files(call, draft):
    draft("policies.yaml", "message: An order without lines", "message: Without lines an order")
    call("unpublish_flow", a_request(method="POST", route={"name": FLEXE}, body=b"{}"))

    done = json_of(call("publish_draft", seen("POST")))

    files = json_of(call("show_configuration", a_request()))["files"]
    assert done["version"]["number"] == 3
    assert "message: Without lines" in files["policies.yaml"]
    assert f"{FLEXE}:\n  published: false" in files["flows.yaml"]


def test_a_file_that_a_version_has_changed_meanwhile_is_never_overwritten(call, draft, versions: TableVersions):
    draft("flows.yaml", "Order Shipped: 259200", "Order Shipped: 86400")
    call("unpublish_flow", a_request(method="POST", route={"name": FLEXE}, body=b"{}"))

    shown = json_of(call("show_draft", a_request()))
    response = call("publish_draft", seen("POST"))

    assert shown["outdated"] == ["flows.yaml"]
    detail = "changed by a version since, write anew: flows.yaml"
    assert_problem(response, 409, "changed meanwhile", detail)
    assert versions.current() == 2


def test_a_file_can_be_taken_out_of_the_draft_again(call, draft):
    draft("policies.yaml", "message: An order without lines", "message: Without lines an order")
    draft("flows.yaml", "Order Shipped: 259200", "Order Shipped: 86400", **{"If-Match": "*"})

    response = call("take_out_of_draft", seen("DELETE", '"2"', name="policies.yaml"))

    assert json_of(response) == {"revision": 3}
    assert [*json_of(call("show_draft", a_request()))["files"]] == ["flows.yaml"]


def test_a_draft_can_be_thrown_away(call, draft):
    etag = draft("flows.yaml", "Order Shipped: 259200", "Order Shipped: 86400")

    assert call("drop_draft", seen("DELETE", '"7"')).status_code == 412
    assert call("drop_draft", seen("DELETE", etag)).status_code == 204
    assert call("drop_draft", seen("DELETE")).status_code == 404


def test_a_file_that_the_configuration_does_not_have_is_refused(call):
    response = call("write_draft", body_of("secrets.yaml", "a: b"))

    known = ", ".join(sorted(FILES))
    assert_refused(response, ("name", "secrets.yaml", f"is no file of it; there are {known}"))


def test_a_body_that_is_no_text_is_refused(call):
    response = call("write_draft", body_of("flows.yaml", b"\xff"))

    (problem,) = json_of(response)["errors"]
    assert (response.status_code, problem["field"]) == (400, "body")


def test_a_file_that_is_too_large_to_keep_even_compressed_is_refused(call):
    random = base64.b64encode(Random(1).randbytes(750_000))

    response = call("write_draft", body_of("policies.yaml", random))

    (draft,) = re.findall("of ([0-9]+) characters", json_of(response)["detail"])
    assert int(draft) > 1_000_000
    detail = f"a text of {draft} characters does not fit into one row, compressed as it would be kept"
    assert_problem(response, 413, "too large", detail)
    assert call("show_draft", a_request()).status_code == 404


def test_flows_are_listed_with_who_ships_and_who_invoices(call):
    listed = json_of(call("list_flows", a_request()))

    flows = {flow["name"]: flow for flow in listed["flows"]}
    assert len(flows) == 6
    assert (flows["finops_flexe_sap"]["fulfillment"], flows["finops_flexe_sap"]["accounting"]) == ("flexe", "sap")


def switched(call: Callable[..., Any], what: str, name: str = FLEXE) -> func.HttpResponse:
    return call(what, a_request(method="POST", route={"name": name}, body=b'{"by": "mara"}'))


def test_a_flow_is_unpublished_and_nothing_else_changes(call, told: list[str]):
    done = json_of(switched(call, "unpublish_flow"))

    files = json_of(call("show_configuration", a_request()))["files"]
    was, is_ = (f"{FLEXE}:\n  published: {state}" for state in ("true", "false"))
    assert files == {**FILES, "flows.yaml": FILES["flows.yaml"].replace(was, is_)}
    assert (done["version"]["number"], done["version"]["by"], told) == (2, "mara", ["published"])


def test_unpublishing_twice_makes_one_version(call, told: list[str]):
    first, second = (json_of(switched(call, "unpublish_flow")) for _ in range(2))

    assert (first["is_new"], second["is_new"]) == (True, False)
    assert first["version"] == second["version"]
    assert told == ["published"]


def test_publishing_a_flow_says_which_other_could_take_the_same_orders(call, draft):
    switched(call, "unpublish_flow")
    current = json_of(call("show_configuration", a_request()))["files"]["policies.yaml"]
    wide = current.replace('field: origin, op: in, value: ["2"]', 'field: origin, op: in, value: ["1", "2"]')
    call("write_draft", body_of("policies.yaml", wide))
    call("publish_draft", seen("POST"))

    done = json_of(switched(call, "publish_flow"))

    (finding,) = done["findings"]
    assert (finding["kind"], finding["severity"]) == ("overlap", "warning")
    assert "'bigcommerce_finops_finops'" in finding["message"] or FLEXE in finding["message"]


def test_a_flow_that_there_is_not_cannot_be_published(call):
    response = switched(call, "publish_flow", "bigcommerce_amazon_finops")

    assert response.status_code == 404
    assert "there is no flow 'bigcommerce_amazon_finops'; there are bigcommerce_" in json_of(response)["detail"]


def test_what_a_change_says_for_the_history_is_checked(call):
    response = call("unpublish_flow", a_request(method="POST", route={"name": FLEXE}, body=b'{"why": "so"}'))

    (problem,) = json_of(response)["errors"]
    assert (response.status_code, problem["field"], problem["value"]) == (400, "why", "so")


@pytest.fixture
def placed(book: TableOrderBook) -> str:
    """The id of an order that has been taken in last."""
    return taken_in(book).order.order_id


def test_what_a_draft_would_have_decided_otherwise_is_told_order_by_order(call, draft, placed: str):
    to_north_america = 'US-007, shipping_site: "2", shipping_warehouse: "24"'
    draft("policies.yaml", to_north_america, to_north_america.replace("24", "25"))

    told = json_of(call("what_if", a_request(params={"orders": "1", "source": "bigcommerce"})))

    (order,) = told["differences"]
    assert (order["order_id"], order["flow"], order["validation"]) == (placed, None, None)
    (change,) = (each for each in order["assignment"]["changes"] if each["lines"] == [])
    assert change["field"] == "shipping_warehouse"
    assert (change["now"]["value"], change["draft"]["value"]) == ("24", "25")
    assert change["draft"]["rule"] == "Orders to North America belong to USMF"
    assert told["summary"]["differing"] == 1


def test_what_a_draft_that_cannot_be_used_would_change_is_not_guessed(call, draft, placed: str):
    draft("policies.yaml", "field: currency, op: has_data", "field: curency, op: has_data")

    response = call("what_if", a_request())

    (problem,) = json_of(response)["errors"]
    assert (response.status_code, problem["value"]) == (400, "'curency has_data'")


def test_without_a_draft_there_is_nothing_to_try(call, placed: str):
    assert_problem(call("what_if", a_request()), 404, "no draft", "nothing is drafted")


def test_a_policy_that_the_draft_does_not_have_cannot_be_tried(call, draft, placed: str):
    draft("flows.yaml", "Order Shipped: 259200", "Order Shipped: 86400")

    response = call("what_if", a_request(params={"policy": "Assign luck"}))

    assert response.status_code == 404
    assert json_of(response)["detail"].startswith("there is no policy 'Assign luck'")


@pytest.mark.parametrize("params", [{"orders": "0"}, {"orders": "1001"}, {"orders": "all"}, {"source": "amazon"}])
def test_how_many_orders_to_try_it_on_is_checked(call, draft, placed: str, params: dict[str, str]):
    draft("flows.yaml", "Order Shipped: 259200", "Order Shipped: 86400")

    response = call("what_if", a_request(params=params))

    ((field, value),) = params.items()
    (problem,) = json_of(response)["errors"]
    assert (response.status_code, problem["field"], problem["value"]) == (400, field, value)
