"""What a function is told of a Service Bus message, by the names and in the forms of the real extension."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from azure.functions.meta import Datum
from azure.servicebus import ServiceBusReceivedMessage


def body_of(message: ServiceBusReceivedMessage) -> Datum:
    """Text where it is text: functions get bytes of it in any case."""
    content = b"".join(message.body) if not isinstance(message.body, bytes) else message.body
    try:
        return Datum(content.decode(), "string")
    except UnicodeDecodeError:
        return Datum(content, "bytes")


def metadata_of(message: ServiceBusReceivedMessage) -> dict[str, Datum]:
    """Only what the message has. The first delivery has the number 1 here, while AMQP counts those that failed."""
    properties = _texts(message.application_properties or {})
    texts = {
        "MessageId": message.message_id,
        "SessionId": message.session_id,
        "ContentType": message.content_type,
        "CorrelationId": message.correlation_id,
        "Subject": message.subject,
        "Label": message.subject,
        "To": message.to,
        "ReplyTo": message.reply_to,
        "ReplyToSessionId": message.reply_to_session_id,
        "PartitionKey": message.partition_key,
        "LockToken": str(message.lock_token) if message.lock_token else None,
        "DeadLetterReason": message.dead_letter_reason,
        "DeadLetterErrorDescription": message.dead_letter_error_description,
        "DeadLetterSource": message.dead_letter_source,
    }
    values = {
        "DeliveryCount": (message.delivery_count or 0) + 1,
        "SequenceNumber": message.sequence_number,
        "EnqueuedSequenceNumber": message.enqueued_sequence_number,
        "EnqueuedTimeUtc": _moment(message.enqueued_time_utc),
        "ExpiresAtUtc": _moment(message.expires_at_utc),
        "LockedUntil": _moment(message.locked_until_utc),
        "ApplicationProperties": properties,
        "UserProperties": properties,
    }
    return {
        **{name: Datum(text, "string") for name, text in texts.items() if text is not None},
        **{name: Datum(json.dumps(value), "json") for name, value in values.items() if value is not None},
    }


def metadata_by_hand() -> dict[str, Datum]:
    """Of a message that never was in a queue."""
    return {
        "MessageId": Datum("", "string"),
        "DeliveryCount": Datum("1", "json"),
        "UserProperties": Datum("{}", "json"),
    }


def _texts(properties: Mapping[str | bytes, Any]) -> dict[str, Any]:
    """As JSON knows them: the client leaves strings as bytes."""
    return {_text(name): _text(value) for name, value in properties.items()}


def _text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value if isinstance(value, int | float) else str(value)


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
