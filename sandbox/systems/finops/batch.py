"""`$batch`: multipart in, multipart out; a changeset is one transaction (reference: dataverse.md section 4.1)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from uuid import uuid4

from sandbox.systems.finops.errors import BadRequest, DataverseError
from sandbox.systems.finops.journal import Journal
from sandbox.systems.finops.payload import API_ROOT
from sandbox.systems.finops.web_api import JSON_TYPE, ApiAnswer, ApiRequest, WebApi

LARGEST_BATCH = 1000
LONGEST_URL_IN_BATCH = 64 * 1024
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
_BOUND_REFERENCE = re.compile(rb'(@odata\.(?:bind|id)"\s*:\s*"/?)\$(\w+)')
CRLF = b"\r\n"


@dataclass(frozen=True)
class Part:
    """One request of the batch; `content_id` names its result for later parts of its changeset."""

    request: ApiRequest
    content_id: str


@dataclass(frozen=True)
class Changeset:
    """Writes that happen together or not at all."""

    parts: tuple[Part, ...]


class Batch:
    """Runs batches against the Web API."""

    def __init__(self, api: WebApi, journal: Journal) -> None:
        self._api = api
        self._journal = journal

    def run(self, content_type: str, body: bytes, base: str, continue_on_error: bool) -> tuple[int, bytes, str]:
        """The outer status, body and content type; raises `DataverseError` when the batch itself is malformed."""
        items = list(parse_batch(content_type, body, base))
        count = sum(len(item.parts) if isinstance(item, Changeset) else 1 for item in items)
        if count > LARGEST_BATCH:
            raise BadRequest(f"The batch has {count} operations, more than the {LARGEST_BATCH} allowed.")
        boundary = f"batchresponse_{uuid4()}"
        written: list[bytes] = []
        status = 200
        for item in items:
            failed, part = self._changeset(item) if isinstance(item, Changeset) else self._single(item)
            written.append(part)
            if failed and not continue_on_error:
                status = failed
                break
        return status, _joined(boundary, written), f'multipart/mixed; boundary="{boundary}"'

    def _single(self, part: Part) -> tuple[int, bytes]:
        answer = self._api.answer(part.request)
        return _failure(answer), _written(answer, part.content_id)

    def _changeset(self, changeset: Changeset) -> tuple[int, bytes]:
        results: dict[str, str] = {}
        written: list[bytes] = []
        content_id = ""
        try:
            with self._journal.transaction():
                for part in changeset.parts:
                    content_id = part.content_id
                    answer = self._api.do(_resolved(part.request, results))
                    results[content_id] = answer.headers.get("OData-EntityId", "").removeprefix(part.request.base)
                    written.append(_written(answer, content_id))
        except DataverseError as error:
            return error.status, _written(ApiAnswer(error.status, error.body()), content_id)
        boundary = f"changesetresponse_{uuid4()}"
        head = f'Content-Type: multipart/mixed; boundary="{boundary}"'.encode()
        return 0, head + CRLF + CRLF + _joined(boundary, written)


def parse_batch(content_type: str, body: bytes, base: str) -> Iterator[Part | Changeset]:
    """The batch's requests in order.

    Raises `BadRequest` on anything not to the letter: CRLF, blank lines, Content-IDs, no GET in a changeset.
    """
    for headers, content in _parts(content_type, body):
        if headers.get("content-type", "").startswith("multipart/mixed"):
            parts = tuple(_part(inner, text, base) for inner, text in _parts(headers["content-type"], content))
            yield Changeset(_checked(parts))
        else:
            yield _part(headers, content, base)


def _checked(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    ids = [part.content_id for part in parts]
    if "" in ids or len(set(ids)) < len(ids):
        raise BadRequest("Each operation of a change set needs a Content-ID of its own.")
    if any(part.request.method == "GET" for part in parts):
        raise BadRequest("GET requests are not allowed inside a change set.")
    return parts


def _parts(content_type: str, body: bytes) -> Iterator[tuple[Mapping[str, str], bytes]]:
    match = _BOUNDARY.search(content_type)
    if not content_type.startswith("multipart/mixed") or match is None:
        raise BadRequest("A batch needs the content type multipart/mixed with a boundary.")
    delimiter = b"--" + match[1].encode()
    pieces = (CRLF + body).split(CRLF + delimiter)
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise BadRequest("The batch ends without its closing boundary; lines must end with CRLF.")
    for piece in pieces[1:-1]:
        head, blank, content = piece.removeprefix(CRLF).partition(CRLF + CRLF)
        if not blank:
            raise BadRequest("A part of the batch lacks the blank line between headers and body.")
        yield _headers(head), content


def _headers(head: bytes) -> dict[str, str]:
    lines = (line.decode("latin-1").partition(":") for line in head.split(CRLF) if line)
    return {name.strip().lower(): value.strip() for name, _, value in lines}


def _part(headers: Mapping[str, str], content: bytes, base: str) -> Part:
    if headers.get("content-type", "").partition(";")[0] != "application/http":
        raise BadRequest("An operation of a batch needs the content type application/http.")
    head, _, body = content.partition(CRLF + CRLF)
    request_line, _, header_lines = head.partition(CRLF)
    words = request_line.decode("latin-1").split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/"):
        raise BadRequest(f"'{request_line.decode('latin-1')}' is no request line.")
    method, address, _ = words
    target = address.partition(API_ROOT)[2] if API_ROOT in address else address.lstrip("/")
    request = ApiRequest(method, target, _headers(header_lines), body, base, LONGEST_URL_IN_BATCH)
    return Part(request, headers.get("content-id", ""))


def _resolved(request: ApiRequest, results: Mapping[str, str]) -> ApiRequest:
    """The request with each `$<Content-ID>` replaced by the row that operation has written."""

    def result_of(content_id: str) -> str:
        if content_id not in results:
            raise BadRequest(f"The Content-ID '${content_id}' refers to no earlier operation of the change set.")
        return results[content_id]

    target = re.sub(r"^\$(\w+)", lambda match: result_of(match[1]), request.target)
    body = _BOUND_REFERENCE.sub(lambda match: match[1] + result_of(match[2].decode()).encode(), request.body)
    return ApiRequest(request.method, target, request.headers, body, request.base, request.longest_url)


def _failure(answer: ApiAnswer) -> int:
    return answer.status if answer.status >= 400 else 0


def _written(answer: ApiAnswer, content_id: str) -> bytes:
    body = answer.encoded()
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    lines += [f"Content-ID: {content_id}"] if content_id else []
    lines += ["", f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"Content-Type: {JSON_TYPE}"] if body else []
    lines += ["OData-Version: 4.0", *(f"{name}: {value}" for name, value in answer.headers.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def _joined(boundary: str, parts: list[bytes]) -> bytes:
    delimiter = b"--" + boundary.encode()
    return b"".join(delimiter + CRLF + part + CRLF for part in parts) + delimiter + b"--" + CRLF
