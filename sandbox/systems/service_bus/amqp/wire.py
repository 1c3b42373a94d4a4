"""Messages from and to their encoded form, with what Service Bus adds to them."""
# pyright: reportMissingImports=false

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import proton

from sandbox.systems.service_bus.amqp.sections import HEADER, NotAMessage, batched, sections
from sandbox.systems.service_bus.errors import Refusal, bad_argument, message_too_large
from sandbox.systems.service_bus.messages import Message

SCHEDULED_FOR = proton.symbol("x-opt-scheduled-enqueue-time")
ACTIVE, SCHEDULED = 0, 2
_DEFAULT_PRIORITY = 4


def read(content: bytes, limit: int) -> list[Message]:
    """What a client has sent, one message or a batch; raises `Refusal` for what the service does not take."""
    if len(content) > limit:
        raise message_too_large(len(content), limit)
    try:
        return [_message(each) for each in batched(content)]
    except NotAMessage as error:
        raise bad_argument(f"This is no message: {error}.") from error


def decoded(content: bytes) -> Any:
    """The encoded message as Proton's; raises `Refusal`."""
    message = proton.Message()
    try:
        message.decode(content)
    except proton.ProtonException as error:
        raise bad_argument(f"The message cannot be decoded: {error}") from error
    return message


def written(message: Message, *, locked_until: float | None = None, state: int = ACTIVE) -> bytes:
    """The message for a receiver, or for one who peeks."""
    content = decoded(message.content)
    annotations = {
        "x-opt-sequence-number": message.sequence_number,
        "x-opt-enqueued-time": timestamp(message.enqueued_at),
        "x-opt-message-state": proton.int32(state),
    }
    if locked_until is not None:
        annotations["x-opt-locked-until"] = timestamp(locked_until)
    content.annotations = {**(content.annotations or {}), **annotations}
    if message.dead_letter:
        given = {
            "DeadLetterReason": message.dead_letter.reason,
            "DeadLetterErrorDescription": message.dead_letter.description,
        }
        content.properties = {**(content.properties or {}), **{name: text for name, text in given.items() if text}}
    rest = b"".join(whole for code, whole, _ in sections(content.encode()) if code != HEADER)
    return _header(content, message.delivery_count) + rest


def condition(refusal: Refusal) -> Any:
    """With the id by which the service traces a failure: the Python client takes for granted that there is more."""
    info: Any = {proton.symbol("tracking-id"): str(uuid4())}
    return proton.Condition(refusal.condition, refusal.description, info)


def array(kind: int, values: Iterable[Any]) -> Any:
    undescribed: Any = proton.UNDESCRIBED
    return proton.Array(undescribed, kind, *values)


def timestamp(moment: float) -> Any:
    return proton.timestamp(round(moment * 1000))


def _message(content: bytes) -> Message:
    message = decoded(content)
    due = (message.annotations or {}).get(SCHEDULED_FOR)
    return Message(
        content=content,
        message_id=None if message.id is None else str(message.id),
        session_id=message.group_id or None,
        time_to_live=timedelta(seconds=message.ttl) if message.ttl else None,
        scheduled_for=None if due is None else due / 1000,
    )


def _header(content: Any, delivery_count: int) -> bytes:
    """The header section with a delivery count in any case, which Proton leaves out when it is 0."""
    data = proton.Data()
    data.put_described()
    data.enter()
    data.put_ulong(HEADER)
    data.put_list()
    data.enter()
    data.put_bool(content.durable)
    data.put_ubyte(_DEFAULT_PRIORITY)
    data.put_uint(round(content.ttl * 1000)) if content.ttl else data.put_null()
    data.put_bool(False)
    data.put_uint(delivery_count)
    return data.encode()
