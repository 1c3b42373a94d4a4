"""Every parser of what others write, each as a function of bytes: it reads them, or says what is wrong by name.

What a target returns is what would be stored or queued: it must survive being written and shown.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from functions.etags import seen_revision
from functions.query import Query
from shared.application.finops_changes import ChangeMessage
from shared.application.provider_events import ProviderEvent
from shared.application.queue_messages import MESSAGES, first_attempt, problems_of
from shared.configuration.loading import FILES, written_as
from shared.domain.actions import Provider
from shared.domain.errors import OrderProblem
from shared.domain.sources import IntakeMessage
from shared.dual_write import parse_filter
from shared.providers import entra
from shared.providers.answers import Answer, retry_after
from shared.providers.bigcommerce import errors as bigcommerce_errors
from shared.providers.bigcommerce import webhooks as bigcommerce
from shared.providers.bigcommerce.orders import from_bigcommerce_order
from shared.providers.cached_token import Grant
from shared.providers.finops import errors as finops_errors
from shared.providers.finops import messages as dataverse
from shared.providers.flexe import errors as flexe_errors
from shared.providers.flexe import webhooks as flexe
from shared.providers.flexe.client import FlexeClient
from shared.providers.inventory import rows as inventory
from shared.providers.sap import errors as sap_errors
from shared.providers.sap import webhooks as sap
from shared.providers.sap.client import SapClient
from shared.providers.sap.session import SapSession
from shared.providers.sap.sign_in import BasicSignIn
from tests.fuzz.seeds import (
    BIGCOMMERCE,
    DATAVERSE,
    FILTERS,
    FLEXE,
    ON_HAND,
    ROW,
    SAP_BILLING,
    SAP_ORDER,
    an_order,
    as_json,
)
from tests.providers.bigcommerce.examples import MAPPINGS, a_connection
from tests.providers.flexe.samples import a_connection as flexe_connection
from tests.providers.flexe.samples import raw_order
from tests.providers.sap.test_webhooks import an_event, in_binary

CONFIG = Path(__file__).parents[2] / "config"
_NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Target:
    """`seeds`: what is well-formed; the further a fuzzer gets, the more it starts from these."""

    name: str
    read: Callable[[bytes], Any]
    seeds: tuple[bytes, ...]

    def takes(self, data: bytes) -> None:
        """Raises only what is no named error: a fault of ours."""
        try:
            read = self.read(data)
        except OrderProblem:
            return
        for each in read if isinstance(read, tuple | list) else (read,):
            if isinstance(each, BaseModel):
                assert type(each).model_validate_json(each.model_dump_json()) == each


@dataclass
class _Says:
    """A session in which everything is answered with the same body."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})

    def request(self, *_: str, **__: Any) -> Answer:
        return _answer(self.body, self.status, self.headers)

    def get(self, *_: str, **__: Any) -> Answer:
        return self.request()

    def post(self, *_: str, **__: Any) -> Answer:
        return self.request()


def _answer(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer("Somebody", "GET /", status, headers or {}, body)


def _bigcommerce_callback(data: bytes) -> Any:
    callback = bigcommerce.parse(data, a_connection())
    return isinstance(callback, bigcommerce.Callback) and IntakeMessage(
        source="bigcommerce", external_id=callback.external_order_id
    )


def _signed_headers(data: bytes) -> Any:
    lines = (each.partition(":") for each in data.decode("utf-8", "surrogateescape").splitlines())
    headers = {name: value for name, _, value in lines}
    bigcommerce.verify(headers, data, a_connection(), _NOW)
    flexe.authenticate(headers, data, flexe_connection(webhook_signing_secret="a secret"))


def _bigcommerce_order(data: bytes) -> Any:
    answered = _answer(data).json()
    parts = answered if isinstance(answered, list) else [answered]
    order, products, addresses = (*parts, {}, [], [])[:3]
    as_object, lists = order if isinstance(order, dict) else {}, [each for each in (products, addresses)]
    rows = [each if isinstance(each, list) else [] for each in lists]
    transformed = from_bigcommerce_order(as_object, rows[0], rows[1], MAPPINGS, a_connection())
    return (transformed.order, *transformed.problems)


def _dataverse_message(data: bytes) -> Any:
    change = dataverse.parse(data)
    return isinstance(change, dataverse.RowChange) and ChangeMessage(
        entity=change.entity, row_id=change.row_id, order_row_id=change.order_row_id
    )


def _flexe_callback(data: bytes) -> Any:
    notice = flexe.parse(data, flexe_connection())
    return isinstance(notice, flexe.OrderNotice) and ProviderEvent(
        provider=Provider.FLEXE, document=notice.outbound_order_id, reference=notice.external_order_id
    )


def _flexe_answers(data: bytes) -> Any:
    client = FlexeClient(_Says(data), flexe_connection())  # pyright: ignore[reportArgumentType] # answers alike
    order = client.order("1")
    json.dumps([order.id, order.external_id, order.word, order.reason]).encode()
    order.status  # noqa: B018 - what follows from it may not fail either
    list(client.updated_since(_NOW))


def _sap_events(data: bytes) -> Any:
    for headers in ({"content-type": "application/cloudevents+json"}, {}, in_binary(an_event())[0]):
        delivery = sap.parse(headers, data)
        for document in delivery.documents:
            ProviderEvent(provider=Provider.SAP, document=document).model_dump_json()
        "".join([*delivery.ignored, *delivery.malformed]).encode()


def _sap_answers(data: bytes) -> Any:
    session = SapSession(_Says(data), BasicSignIn("user", "password"), "/root")  # pyright: ignore[reportArgumentType]
    client = SapClient(session, page_size=500)
    return [
        each
        for read in (
            lambda: client.sales_order("1"),
            lambda: client.billing_document("1"),
            lambda: client.billing_items_of("1"),
            lambda: client.sales_orders_of("BC-1", "1"),
        )
        for each in _one_by_one(read)
    ]


def _one_by_one(read: Callable[[], Any]) -> tuple[str, ...]:
    """As JSON; what one of them refuses another may take."""
    try:
        found = read()
    except OrderProblem:
        return ()
    rows = found if isinstance(found, tuple) else (found,)
    return tuple(row.model_dump_json() for row in rows if row)


def _token_answers(data: bytes) -> Any:
    Grant.read(_answer(data))


def _inventory_answers(data: bytes) -> Any:
    answer = _answer(data)
    return [each for rows in (inventory.ON_HAND, inventory.EVENT_ANSWERS) for each in _one_by_one(_rows(answer, rows))]


def _rows(answer: Answer, rows: Any) -> Callable[[], Any]:
    return lambda: tuple(inventory.read(answer, rows))


def _error_answers(data: bytes) -> Any:
    """Reading why a call was refused must never fail: the refusal would be lost."""
    for read in (
        *(bigcommerce_errors.read_fault, finops_errors.read_fault, flexe_errors.read_fault, sap_errors.read_fault),
        *(inventory.read_fault, entra.read_fault),
    ):
        fault = read(_answer(data, 400, {"content-type": "application/json"}))
        finops_errors.record_errors(fault.message)
    text = data.decode("utf-8", "replace")
    retry_after({"Retry-After": text})
    bigcommerce_errors.wait({"X-Retry-After": text, "X-Rate-Limit-Time-Reset-Ms": text})


@cache
def _shipped() -> dict[str, str]:
    return {name: (CONFIG / name).read_text(encoding="utf-8") for name in FILES}


def _configuration(data: bytes) -> Any:
    """The first byte picks the file that the rest stands in the place of."""
    name = FILES[data[0] % len(FILES)] if data else FILES[0]
    written_as({**_shipped(), name: data[1:].decode("utf-8", "replace")})


def _queue_messages(data: bytes) -> Any:
    text = data.decode("utf-8", "backslashreplace")
    for queue in MESSAGES:
        json.dumps([problem.model_dump() for problem in problems_of(queue, text)]).encode()
        first_attempt(queue, text).encode()


def _filter(data: bytes) -> Any:
    condition = parse_filter(data.decode("utf-8", "replace"))
    for row in ({}, {"statecode": 1, "name": "x", "createdon": "2026-01-01T00:00:00Z"}):
        condition.holds(row)


def _asked(data: bytes) -> Any:
    text = data.decode("utf-8", "replace")
    seen_revision({"if-match": text})
    with Query(dict.fromkeys(("cursor", "limit", "older_than"), text)) as query:
        query.cursor("cursor", "this list")
        query.number("limit", 1, 500)
        query.duration("older_than")


TARGETS = (
    Target("bigcommerce_callback", _bigcommerce_callback, as_json(BIGCOMMERCE)),
    Target("signed_headers", _signed_headers, (b"webhook-id:1\nwebhook-timestamp:1767268801\nwebhook-signature:v1,x",)),
    Target("bigcommerce_order", _bigcommerce_order, as_json(an_order())),
    Target("dataverse_message", _dataverse_message, as_json(DATAVERSE)),
    Target("flexe_callback", _flexe_callback, as_json(FLEXE)),
    Target(
        "flexe_answers",
        _flexe_answers,
        as_json({**raw_order("shipped"), "outbound_orders": [raw_order("accepted")], "next_cursor": ""}),
    ),
    Target("sap_events", _sap_events, as_json(an_event(), [an_event()], {"BillingDocument": "90000318"})),
    Target(
        "sap_answers", _sap_answers, as_json({"d": SAP_ORDER}, {"d": SAP_BILLING}, {"d": {"results": [SAP_BILLING]}})
    ),
    Target("inventory_answers", _inventory_answers, as_json([ON_HAND], [{"id": "1", "processingStatus": "success"}])),
    Target("token_answers", _token_answers, as_json({"access_token": "t", "expires_in": 3599})),
    Target(
        "error_answers",
        _error_answers,
        (
            *as_json({"error": {"code": "1", "message": {"value": "no"}}}, {"errors": [{"message": "no"}]}),
            b"<html><title>no</title></html>",
            b'DualWriteRuntime.Plugins {"RecordError0": "no"}',
        ),
    ),
    Target(
        "configuration",
        _configuration,
        tuple(bytes([n]) + (CONFIG / name).read_bytes() for n, name in enumerate(FILES)),
    ),
    Target(
        "queue_messages",
        _queue_messages,
        as_json({"source": "bigcommerce", "external_id": "10427"}, {"entity": "salesorder", "row_id": ROW}),
    ),
    Target("dual_write_filter", _filter, FILTERS),
    Target("query", _asked, (b'"1"', b"P1DT12H", b"50", b"eyJhIjoxfQ")),
)
