"""Many independent writes in one call: writes a `$batch` and reads its answer (reference: dataverse.md section 4.1).

No changesets: one refused line must not undo the others.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Any
from uuid import uuid4

from requests.structures import CaseInsensitiveDict

from shared.domain.errors import TransientProviderError
from shared.providers.answers import Answer

_PART = b"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"


@dataclass(frozen=True)
class Write:
    """One PATCH of one row. `condition` is a header that guards it; without any it would create a row that is gone."""

    entity_set: str
    row_id: str
    body: Mapping[str, Any]
    condition: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"/{self.entity_set}({self.row_id})"


CREATE_ONLY: Mapping[str, str] = {"If-None-Match": "*"}
UPDATE_ONLY: Mapping[str, str] = {"If-Match": "*"}


def unless_changed(etag: str) -> Mapping[str, str]:
    return {"If-Match": etag}


def write_batch(writes: Sequence[Write], api_prefix: str) -> tuple[str, bytes]:
    """The content type and the body."""
    boundary = f"batch_{uuid4().hex}"
    parts = [b"--%s\r\n%s%s\r\n" % (boundary.encode(), _PART, _request(write, api_prefix)) for write in writes]
    return f'multipart/mixed; boundary="{boundary}"', b"".join([*parts, b"--%s--\r\n" % boundary.encode()])


def read_batch(answer: Answer, writes: Sequence[Write]) -> list[Answer]:
    """One answer for each write, in order.

    Raises TransientProviderError when there are fewer or more: which writes were done is then unknown.
    """
    head = f"Content-Type: {answer.headers.get('Content-Type', '')}\r\n\r\n".encode()
    parts = [part for part in message_from_bytes(head + answer.body).walk() if not part.is_multipart()]
    if [part.get_content_type() for part in parts] != ["application/http"] * len(writes):
        raise TransientProviderError(f"{answer} with {len(parts)} parts instead of {len(writes)}")
    return [_answer(part, write, answer) for part, write in zip(parts, writes, strict=True)]


def _request(write: Write, api_prefix: str) -> bytes:
    headers = {"Content-Type": "application/json; type=entry", **write.condition}
    lines = [f"PATCH {api_prefix}{write.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", json.dumps(write.body)]).encode()


def _answer(part: Message, write: Write, whole: Answer) -> Answer:
    """The HTTP answer inside a part: status line, headers, empty line, body."""
    content = part.get_payload(decode=True)
    head, _, rest = content.lstrip().partition(b"\n") if isinstance(content, bytes) else (b"", b"", b"")
    version, _, status = head.decode("ascii", "replace").partition(" ")
    if not version.startswith("HTTP/") or not status[:3].isdigit():
        raise TransientProviderError(f"{whole} with a part that is no HTTP answer")
    message = message_from_bytes(rest)
    # One with letters beyond ASCII is an object of its own kind, and no text.
    headers = {name: str(value) for name, value in message.items()}
    body = message.get_payload(decode=True)
    return Answer(
        provider=whole.provider,
        call=f"PATCH {write.path} in $batch",
        status=int(status[:3]),
        headers=CaseInsensitiveDict(headers),
        body=body if isinstance(body, bytes) else b"",
    )
