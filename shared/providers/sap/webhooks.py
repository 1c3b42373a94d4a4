"""SAP's business events, which come as CloudEvents (reference: sap.md section 5).

They hold keys alone, and come twice, late and in any order: nothing is taken from one but which document it speaks of.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings.http import HTTPMessage, from_binary
from cloudevents.core.exceptions import BaseCloudEventException
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from shared.providers.inbound import check_header, json_body, without_case
from shared.providers.sap.connection import SapConnection
from shared.providers.sap.odata import plain_number

_BILLING = re.compile(r"sap\.s4\.beh\.billingdocument\.v1\.BillingDocument\.(Created|Changed|Canceled)\.v1")
_DOCUMENT_NUMBER = re.compile(r"[0-9A-Za-z]{1,10}")
_REQUIRED = ("id", "source", "type", "specversion")
_SHOWN_CHARACTERS = 100


@dataclass(frozen=True)
class Delivery:
    """What one call brought: billing documents to look at, each once, and why events of it are not for us, or wrong."""

    documents: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    malformed: tuple[str, ...] = ()


def handshake(headers: Mapping[str, str], connection: SapConnection) -> dict[str, str] | None:
    """The headers by which we let a broker send to us, None when we do not (CloudEvents webhook specification)."""
    asked = without_case(headers)
    origin, allowed = asked.get("webhook-request-origin", ""), connection.webhook_allowed_origins
    if not origin or not ("*" in allowed or origin in allowed):
        return None
    rate = {"WebHook-Allowed-Rate": "*"} if "webhook-request-rate" in asked else {}
    return {"WebHook-Allowed-Origin": "*" if "*" in allowed else origin, **rate}


def authenticate(headers: Mapping[str, str], connection: SapConnection) -> None:
    """Raises NotAuthentic."""
    secret = connection.webhook_secret.get_secret_value()
    check_header(without_case(headers), connection.webhook_secret_header, secret)


def parse(headers: Mapping[str, str], body: bytes) -> Delivery:
    """One event in structured or binary mode, or a batch. Raises Malformed when the body cannot be read at all."""
    given = without_case(headers)
    if _is_binary(given):
        return _read(lambda: from_binary(HTTPMessage(given, body), JSONFormat(), _event))
    events = json_body(body)
    return _joined(_structured(event) for event in (events if isinstance(events, list) else [events]))


def _is_binary(headers: Mapping[str, str]) -> bool:
    """The content type of the other modes outranks any `ce-` header."""
    structured = headers.get("content-type", "").lower().startswith("application/cloudevents")
    return not structured and any(name.startswith("ce-") for name in headers)


def _joined(deliveries: Iterable[Delivery]) -> Delivery:
    all_of = [*deliveries]
    return Delivery(
        tuple(dict.fromkeys(document for each in all_of for document in each.documents)),
        tuple(reason for each in all_of for reason in each.ignored),
        tuple(problem for each in all_of for problem in each.malformed),
    )


def _structured(given: Any) -> Delivery:
    """An attribute that is null is one that is not set."""
    if not isinstance(given, dict):
        return Delivery(malformed=("not a CloudEvent: no JSON object",))
    attributes = {name: value for name, value in given.items() if value is not None}
    return _read(lambda: JSONFormat().read(_event, json.dumps(attributes)))


def _read(event: Callable[[], BaseCloudEvent]) -> Delivery:
    try:
        return _about(event())
    except (BaseCloudEventException, ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        return Delivery(malformed=(f"not a CloudEvent: {error}",))


def _event(attributes: dict[str, Any], data: dict[str, Any] | str | bytes | None) -> BaseCloudEvent:
    """The library would make up an id, a version and a time where they are missing."""
    if missing := [name for name in _REQUIRED if name not in attributes]:
        raise ValueError(f"{', '.join(missing)} is missing")
    return CloudEvent(attributes, data)


def _about(event: BaseCloudEvent) -> Delivery:
    if not _BILLING.fullmatch(event.get_type()):
        return Delivery(ignored=(f"{event.get_type()[:_SHOWN_CHARACTERS]} is not about a billing document",))
    data = event.get_data()
    number = data.get("BillingDocument") if isinstance(data, dict) else None
    if not isinstance(number, str) or not _DOCUMENT_NUMBER.fullmatch(number):
        return Delivery(malformed=("data.BillingDocument is not the number of a document",))
    return Delivery(documents=(plain_number(number),))
