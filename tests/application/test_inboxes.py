"""Calls from outside: genuine and well-formed ones are queued, nothing else is."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from shared.application.finops_changes import ChangeMessage
from shared.application.inboxes import BigCommerceInbox, DataverseInbox
from shared.domain.errors import Malformed, NotAuthentic
from shared.domain.sources import IntakeMessage
from shared.messaging.names import CHANGES_QUEUE, INTAKE_QUEUE
from shared.providers.bigcommerce.connection import BigCommerceConnection
from shared.providers.bigcommerce.webhooks import BigCommerceCallbacks
from shared.providers.finops.connection import DataverseConnection
from shared.providers.finops.messages import RowChange
from tests.application.samples import RecordingQueues

ROW_ID = "0a8fb2b0-7d5c-5f0e-9a55-3d0f2c1f8a11"
KEYED = {"x-webhook-key": "header-secret"}
CANCELED, PENDING = 5, 1


@pytest.fixture
def queues() -> RecordingQueues:
    return RecordingQueues()


@pytest.fixture
def bigcommerce(queues: RecordingQueues) -> BigCommerceInbox:
    connection = BigCommerceConnection.model_validate(
        {
            "base_url": "https://api.example.com/stores/q7xk2demo",
            "store_hash": "q7xk2demo",
            "access_token": "token",
            "webhook_header_secret": "header-secret",
        }
    )
    return BigCommerceInbox(connection, BigCommerceCallbacks(connection, lambda: datetime.now(UTC)), queues)


@pytest.fixture
def dataverse(queues: RecordingQueues) -> DataverseInbox:
    connection = DataverseConnection.model_validate(
        {
            "base_url": "https://contoso.example.com",
            "token_url": "https://login.example.com/token",
            "client_id": "app",
            "client_secret": SecretStr("secret"),
            "webhook_key": SecretStr("key"),
        }
    )
    return DataverseInbox(connection, queues)


def a_callback(scope: str = "store/order/created", **data: Any) -> bytes:
    return json.dumps({"scope": scope, "producer": "stores/q7xk2demo", "data": {"id": 10427, **data}}).encode()


def a_change(message: str = "Update", entity: str = "salesorder", row_id: str = ROW_ID) -> bytes:
    return json.dumps({"PrimaryEntityName": entity, "MessageName": message, "PrimaryEntityId": row_id}).encode()


def test_a_genuine_callback_is_queued_for_intake(bigcommerce: BigCommerceInbox, queues: RecordingQueues):
    assert bigcommerce.receive(KEYED, a_callback()) is None

    (message,) = queues.messages(INTAKE_QUEUE)
    assert IntakeMessage.model_validate_json(message) == IntakeMessage(source="bigcommerce", external_id="10427")


@pytest.mark.parametrize(("status", "canceled"), [(CANCELED, True), (PENDING, False)])
def test_a_callback_about_a_status_says_whether_it_was_canceled(
    bigcommerce: BigCommerceInbox, queues: RecordingQueues, status: int, canceled: bool
):
    bigcommerce.receive(KEYED, a_callback("store/order/statusUpdated", status={"new_status_id": status}))

    (message,) = queues.messages(INTAKE_QUEUE)
    assert IntakeMessage.model_validate_json(message).canceled is canceled


def test_a_callback_that_is_not_ours_is_not_queued_and_says_why(bigcommerce: BigCommerceInbox, queues: RecordingQueues):
    why = bigcommerce.receive(KEYED, a_callback("store/product/updated"))

    assert why == "store/product/updated is not about what happens to an order"
    assert queues.sent == []


def test_a_forged_callback_is_refused(bigcommerce: BigCommerceInbox, queues: RecordingQueues):
    with pytest.raises(NotAuthentic):
        bigcommerce.receive({"x-webhook-key": "guess"}, a_callback())

    assert queues.sent == []


@pytest.mark.parametrize("message", ["Create", "Update"])
def test_a_genuine_change_is_queued(dataverse: DataverseInbox, queues: RecordingQueues, message: str):
    assert dataverse.receive({"code": "key"}, {}, a_change(message)) is None

    (queued,) = queues.messages(CHANGES_QUEUE)
    assert ChangeMessage.model_validate_json(queued) == ChangeMessage(
        entity="salesorder", row_id=ROW_ID, order_row_id=ROW_ID
    )


def test_a_deleted_row_leaves_nothing_to_look_at(dataverse: DataverseInbox, queues: RecordingQueues):
    dataverse.receive({"code": "key"}, {}, a_change("Delete"))
    dataverse.look_at(RowChange("salesorder", ROW_ID, "Delete"))

    assert queues.sent == []


def test_a_change_of_another_table_is_not_queued_and_says_why(dataverse: DataverseInbox, queues: RecordingQueues):
    assert dataverse.receive({"code": "key"}, {}, a_change(entity="account")) == "table account is not watched"
    assert queues.sent == []


@pytest.mark.parametrize("query", [{}, {"code": "guess"}])
def test_a_change_without_the_right_key_is_refused(
    dataverse: DataverseInbox, queues: RecordingQueues, query: dict[str, str]
):
    with pytest.raises(NotAuthentic):
        dataverse.receive(query, {}, a_change())

    assert queues.sent == []


def test_a_change_that_is_none_is_refused(dataverse: DataverseInbox, queues: RecordingQueues):
    with pytest.raises(Malformed):
        dataverse.receive({"code": "key"}, {}, b"{}")

    assert queues.sent == []
