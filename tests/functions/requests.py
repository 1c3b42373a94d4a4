"""What the host hands to triggers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import azure.functions as func
from azure.functions.queue import QueueMessage
from azure.functions.servicebus import ServiceBusMessage
from pydantic import BaseModel


def a_request(
    path: str = "",
    *,
    method: str = "GET",
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    route: Mapping[str, str] | None = None,
) -> func.HttpRequest:
    url = f"http://127.0.0.1/api/{path}"
    return func.HttpRequest(method, url, headers=headers, params=params, route_params=route, body=body)


@dataclass(frozen=True)
class Arriving:
    """A message on its way to a function, whatever carries it."""

    body: bytes
    delivery: int

    def by(self, trigger: str) -> func.QueueMessage | func.ServiceBusMessage:
        """As that kind of trigger hands it over; both count deliveries from 1."""
        if trigger == "queueTrigger":
            return QueueMessage(id="1", body=self.body, dequeue_count=self.delivery)
        return ServiceBusMessage(
            body=self.body,
            message_id="1",
            delivery_count=self.delivery,
            application_properties={},
            user_properties={},
        )


def a_message(content: BaseModel | bytes, *, delivery: int = 1) -> Arriving:
    return Arriving(content if isinstance(content, bytes) else content.model_dump_json().encode(), delivery)


def json_of(response: func.HttpResponse) -> Any:
    return json.loads(response.get_body())


def assert_problem(response: func.HttpResponse, status: int, title: str, detail: str) -> None:
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    assert json_of(response) == {"type": "about:blank", "status": status, "title": title, "detail": detail}


def assert_refused(response: func.HttpResponse, *mistakes: tuple[str, str | None, str]) -> None:
    """Because of exactly these (field, value, what is wrong)."""
    assert (response.status_code, response.mimetype) == (400, "application/problem+json")
    found = [(mistake["field"], mistake["value"], mistake["problem"]) for mistake in json_of(response)["errors"]]
    assert found == [*mistakes]
