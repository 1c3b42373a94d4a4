"""What the host hands to triggers."""

import json
from collections.abc import Mapping
from typing import Any

import azure.functions as func
from azure.functions.queue import QueueMessage
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


def a_message(content: BaseModel | bytes, *, dequeue_count: int = 1, message_id: str = "1") -> func.QueueMessage:
    body = content if isinstance(content, bytes) else content.model_dump_json().encode()
    return QueueMessage(id=message_id, body=body, dequeue_count=dequeue_count)


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
