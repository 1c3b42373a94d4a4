"""Talking to the orchestrations: each order's flow starts once, and a raise that is needed is never swallowed."""

from dataclasses import replace

import azure.durable_functions as df
import pytest

from functions import orchestrations
from functions.flow_client import raise_events, start_once, tell
from shared.application.intake import FlowStart
from shared.domain.flow_input import FlowInput
from shared.domain.results import EventMark
from tests.functions.recording_client import RecordingClient

Status = df.OrchestrationRuntimeStatus
INPUT = FlowInput(order_id="1", validation_policies=[], assignment_policies=[], deadline_seconds={"*": 1})
START = FlowStart("bigcommerce_finops_finops", "order-1", INPUT, is_new=False)
FIRST_START = replace(START, is_new=True)
GONE = Exception("Instance with ID order-1 is gone: either completed or failed")


async def test_a_flow_is_started_under_its_order_s_id(client: RecordingClient):
    await start_once(client, START)

    assert client.started == [("bigcommerce_finops_finops", "order-1", INPUT)]


async def test_a_flow_that_has_a_newer_version_is_started_on_it(
    client: RecordingClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(orchestrations.NEWEST, START.flow, f"{START.flow}_v2")

    await start_once(client, START)

    assert client.started == [("bigcommerce_finops_finops_v2", "order-1", INPUT)]


@pytest.mark.parametrize("status", list(Status))
async def test_a_flow_that_is_or_was_there_is_not_started_again(client: RecordingClient, status: Status):
    client.statuses["order-1"] = status

    await start_once(client, START)

    assert client.started == []


async def test_the_first_start_of_a_flow_asks_nothing_beforehand(client: RecordingClient):
    await start_once(client, FIRST_START)

    assert (len(client.started), client.asked) == (1, 0)


@pytest.mark.parametrize("start", [START, FIRST_START])
async def test_a_flow_that_a_twin_has_started_meanwhile_is_as_good(client: RecordingClient, start: FlowStart):
    client.fault, client.overtaken_by = Exception("already exists"), Status.Running

    await start_once(client, start)

    assert client.started == []


async def test_a_flow_that_could_not_be_started_is_tried_again_by_its_message(client: RecordingClient):
    client.fault = Exception("the task hub is out of reach")

    with pytest.raises(Exception, match="out of reach"):
        await start_once(client, START)


async def test_events_are_raised_in_order_under_their_numbers(client: RecordingClient):
    marks = [EventMark(number=4, name="Order Picked"), EventMark(number=5, name="Order Shipped")]

    await raise_events(client, "1", marks)

    assert client.raised == [
        ("order-1", "event-4", {"number": 4, "name": "Order Picked"}),
        ("order-1", "event-5", {"number": 5, "name": "Order Shipped"}),
    ]


@pytest.mark.parametrize("status", [None, Status.Completed, Status.Terminated, Status.Canceled])
async def test_a_flow_that_has_not_begun_or_is_over_needs_no_event(client: RecordingClient, status: Status | None):
    client.fault = GONE
    client.statuses |= {"order-1": status} if status else {}

    await tell(client, "1", "event-4", {})

    assert client.raised == []


async def test_a_flow_that_begins_just_as_an_event_is_raised_gets_it_at_once(client: RecordingClient):
    client.begins_after = Exception("No instance with ID order-1 found.")

    await tell(client, "1", "event-4", {})

    assert client.raised == [("order-1", "event-4", {})]


@pytest.mark.parametrize("status", [Status.Running, Status.Pending, Status.Suspended, Status.ContinuedAsNew])
async def test_an_event_that_a_running_flow_did_not_get_is_raised_again_by_its_message(
    client: RecordingClient, status: Status
):
    client.fault, client.statuses = Exception("connection reset"), {"order-1": status}

    with pytest.raises(Exception, match="connection reset"):
        await tell(client, "1", "event-4", {})
