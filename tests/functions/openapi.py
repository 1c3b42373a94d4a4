"""The OpenAPI document, and whether a response is one that it promises."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import azure.functions as func
import jsonschema_rs
import yaml

DOCUMENT: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent.parent.parent / "functions" / "openapi.yaml").read_text(encoding="utf-8")
)
_METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


@dataclass(frozen=True)
class Operation:
    function: str
    path: str
    method: str  # in upper case
    what: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


@cache
def operations() -> tuple[Operation, ...]:
    return tuple(
        Operation(what.get("x-function", what["operationId"]), path, method.upper(), what)
        for path, item in DOCUMENT["paths"].items()
        for method, what in item.items()
        if method in _METHODS
    )


def as_documented(function: str, trigger: Any, response: Any) -> Any:
    """The response, if the document has it; whatever else a function returns as it is."""
    if isinstance(response, func.HttpResponse):
        (operation,) = (o for o in operations() if (o.function, o.method) == (function, trigger.method))
        promised = resolved(operation.what["responses"]).get(str(response.status_code))
        assert promised is not None, f"{operation.name} does not promise {response.status_code}"
        _check(operation, resolved(promised).get("content"), response)
    return response


def resolved(schema: Any) -> Any:
    """What a $ref leads to."""
    while isinstance(schema, Mapping) and "$ref" in schema:
        found: Any = DOCUMENT
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


def _check(operation: Operation, content: Mapping[str, Any] | None, response: func.HttpResponse) -> None:
    where = f"{operation.name} {response.status_code}"
    body = response.get_body()
    if content is None:
        assert body == b"", f"{where} promises no body"
        return
    assert response.mimetype in content, f"{where} does not promise {response.mimetype}"
    if response.mimetype.endswith("json"):
        problems = [*_problems(content[response.mimetype]["schema"], body)]
        assert not problems, f"{where}: {problems}"


def _problems(schema: Mapping[str, Any], body: bytes) -> Iterator[str]:
    validator = jsonschema_rs.Draft202012Validator({**schema, "components": DOCUMENT["components"]})
    for error in validator.iter_errors(json.loads(body)):
        yield f"{'/'.join(map(str, error.instance_path))}: {error.message}"
