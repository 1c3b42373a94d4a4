"""Ids in messages become parts of addresses and filters: nobody who edits a dead letter can lead them elsewhere."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.application.queue_messages import MESSAGES, problems_of
from shared.messaging.names import CHANGES_QUEUE, INTAKE_QUEUE
from shared.providers.sap.odata import key, text

ROW = "1b0a6c3e-0d0e-4d53-9a55-0c7f6f0f1a01"
HOSTILE = [
    *("../../customers", "1/../../v3/hooks", "1?x=1", "1#", "1%2f..", "..", ".", "", " 1", "1\n", "1\x00"),
    *("' or 1 eq 1", "1) or (1 eq 1", "@evil.example", "//evil.example", "\\", "x" * 101, "\u0661"),
]


def mistakes(queue: str, **message: Any) -> list[str]:
    return [problem.field for problem in problems_of(queue, json.dumps(message))]


@pytest.mark.parametrize("odd", HOSTILE)
def test_an_order_of_no_possible_name_is_no_message(odd: str):
    assert mistakes(INTAKE_QUEUE, source="bigcommerce", external_id=odd) == ["external_id"]


@pytest.mark.parametrize("odd", [*HOSTILE, "10427", ROW + "0", "{" + ROW + "}"])
def test_a_row_of_no_possible_id_is_no_message(odd: str):
    assert mistakes(CHANGES_QUEUE, entity="salesorder", row_id=odd) == ["row_id"]
    assert mistakes(CHANGES_QUEUE, entity="salesorder", row_id=ROW, order_row_id=odd) == ["order_row_id"]


def test_orders_and_rows_as_there_are_are_messages():
    assert mistakes(INTAKE_QUEUE, source="bigcommerce", external_id="10427") == []
    assert mistakes(INTAKE_QUEUE, source="finops", external_id=ROW) == []
    assert mistakes(CHANGES_QUEUE, entity="salesorder", row_id=ROW, order_row_id=None) == []


@pytest.mark.parametrize("queue", MESSAGES)
@given(body=st.text())
def test_any_text_is_a_message_or_has_problems(queue: str, body: str):
    json.dumps([problem.model_dump() for problem in problems_of(queue, body)]).encode()


@given(name=st.text())
def test_a_literal_of_odata_ends_where_it_should(name: str):
    literal = text(name)

    assert literal[0] == literal[-1] == "'"
    assert literal[1:-1].replace("''", "") == name.replace("'", "")
    path = key("A_SalesOrder", name.encode("utf-8", "replace").decode())
    assert not set(path) & set("/?# ")
