import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.errors import Malformed, NotAuthentic
from shared.providers.finops.messages import Ignored, RowChange, authenticate, parse, read_date
from tests.providers.finops.samples import connection

ORDER = "1b0a6c3e-0d0e-4d53-9a55-0c7f6f0f1a01"
LINE = "2c0b6c3e-0d0e-4d53-9a55-0c7f6f0f1a02"
CONTRACTS = "http://schemas.microsoft.com/xrm/2011/Contracts"


def entity(**columns: Any) -> dict[str, Any]:
    return {
        "__type": f"Entity:{CONTRACTS}",
        "Attributes": [{"key": name, "value": value} for name, value in columns.items()],
        "KeyAttributes": [],
    }


def reference(table: str, row_id: str) -> dict[str, Any]:
    return {"__type": f"EntityReference:{CONTRACTS}", "Id": row_id, "KeyAttributes": [], "LogicalName": table}


def context(table: str = "salesorder", row_id: str = ORDER, message: str = "Update", **members: Any) -> dict[str, Any]:
    return {
        "InputParameters": [{"key": "Target", "value": entity(statuscode=1)}],
        "MessageName": message,
        "OperationCreatedOn": "/Date(1714737601000+0000)/",
        "PrimaryEntityId": row_id,
        "PrimaryEntityName": table,
        **members,
    }


def body(**changes: Any) -> bytes:
    return json.dumps(context(**changes)).replace("/", r"\/").encode()


@pytest.mark.parametrize("message", ["Create", "Update"])
def test_a_changed_order_is_named(message):
    change = parse(body(message=message))

    assert change == RowChange("salesorder", ORDER, message, ORDER, datetime(2024, 5, 3, 12, 0, 1, tzinfo=UTC))


def test_a_changed_line_names_its_order_when_the_message_holds_it():
    target = [{"key": "Target", "value": entity(salesorderid=reference("salesorder", ORDER))}]

    change = parse(body(table="salesorderdetail", row_id=LINE, message="Create", InputParameters=target))

    assert isinstance(change, RowChange)
    assert (change.row_id, change.order_row_id) == (LINE, ORDER)


def test_an_image_names_the_order_too():
    images = [{"key": "line", "value": entity(salesorderid=reference("salesorder", ORDER))}]

    change = parse(body(table="salesorderdetail", row_id=LINE, PreEntityImages=images))

    assert isinstance(change, RowChange)
    assert change.order_row_id == ORDER


def test_an_update_that_does_not_hold_the_order_leaves_it_open():
    change = parse(body(table="salesorderdetail", row_id=LINE))

    assert isinstance(change, RowChange)
    assert change.order_row_id is None


@pytest.mark.parametrize(("table", "order"), [("salesorder", ORDER), ("salesorderdetail", None)])
def test_a_large_message_still_says_where_to_look(table, order):
    stripped = {name: value for name, value in context(table).items() if name != "InputParameters"}

    change = parse(json.dumps(stripped).encode())

    assert isinstance(change, RowChange)
    assert (change.row_id, change.order_row_id) == (ORDER, order)


def test_a_deleted_row_has_a_reference_for_its_target():
    target = [{"key": "Target", "value": reference("salesorderdetail", LINE)}]

    change = parse(body(table="salesorderdetail", row_id=LINE, message="Delete", InputParameters=target))

    assert isinstance(change, RowChange)
    assert (change.message, change.row_id) == ("Delete", LINE)


@pytest.mark.parametrize("changes", [{"table": "account"}, {"message": "Assign"}])
def test_what_is_not_watched_is_ignored_with_a_reason(changes):
    ignored = parse(body(**changes))

    assert isinstance(ignored, Ignored)
    assert next(iter(changes.values())) in ignored.reason


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "not a RemoteExecutionContext"),
        (b"{", "not a RemoteExecutionContext"),
        (b"[]", "not a RemoteExecutionContext"),
        (b"null", "not a RemoteExecutionContext"),
        (b'{"PrimaryEntityName": "salesorder"}', "MessageName is missing"),
        (json.dumps(context(row_id="../accounts")).encode(), "not a RemoteExecutionContext"),
        (json.dumps(context(row_id=7)).encode(), "not a RemoteExecutionContext"),  # pyright: ignore[reportArgumentType]
        (json.dumps(context(OperationCreatedOn="yesterday")).encode(), "not a RemoteExecutionContext"),
        (body(OperationCreatedOn="/Date(100000000000000000000)/"), "not a RemoteExecutionContext"),
        (json.dumps(context("salesorderdetail", InputParameters=["Target"])).encode(), "not a RemoteExecutionContext"),
    ],
)
def test_a_malformed_message_is_refused_with_a_reason(raw, why):
    with pytest.raises(Malformed, match=why):
        parse(raw)


@pytest.mark.parametrize(
    "text",
    ["/Date(1714737600000)/", "/Date(1714737600000+0200)/", "2024-05-03T12:00:00Z", "2024-05-03T14:00:00+02:00"],
)
def test_dates_in_every_notation_are_the_same_instant(text):
    assert read_date(text) == datetime(2024, 5, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "headers"), [({"code": "kéy"}, {}), ({}, {"X-Webhook-Key": "kéy"}), ({}, {"x-webhook-key": "kéy"})]
)
def test_the_key_opens_the_door(query, headers):
    authenticate(query, headers, connection())


@pytest.mark.parametrize(
    ("query", "headers"), [({}, {}), ({"code": ""}, {}), ({"code": "key"}, {}), ({}, {"x-webhook-key": "no"})]
)
def test_without_the_key_the_door_stays_shut(query, headers):
    with pytest.raises(NotAuthentic, match="missing or wrong"):
        authenticate(query, headers, connection())


def test_an_empty_key_in_the_settings_opens_nothing():
    with pytest.raises(NotAuthentic):
        authenticate({"code": ""}, {}, connection(webhook_key=""))
