"""What fuzzers start from: what is well-formed, by parser, and what has broken parsers before."""

import json
from itertools import pairwise
from typing import Any

from sandbox.systems.bigcommerce import samples
from shared.domain.json_text import lenient_json

ROW = "1b0a6c3e-0d0e-4d53-9a55-0c7f6f0f1a01"


def as_json(*values: Any) -> tuple[bytes, ...]:
    return tuple(json.dumps(value).encode() for value in values)


def an_order() -> list[Any]:
    whole = samples.order(10427)
    return [whole["order"], whole["products"], whole["shipping_addresses"]]


BIGCOMMERCE = {"scope": "store/order/created", "producer": "stores/q7xk2demo", "data": {"type": "order", "id": 10427}}
DATAVERSE = {
    "PrimaryEntityName": "salesorderdetail",
    "MessageName": "Update",
    "PrimaryEntityId": ROW,
    "OperationCreatedOn": "/Date(1714737601000+0000)/",
    "InputParameters": [
        {"key": "Target", "value": {"Attributes": [{"key": "salesorderid", "value": {"Id": ROW}}]}},
    ],
}
FLEXE = {
    "type": "outbound_order.shipped",
    "owner_id": "own_7741",
    "webhook_name": "orders-prod",
    "data": {"outbound_order_id": "771", "external_order_id": "BC-10427"},
}
SAP_ORDER = {"SalesOrder": "0000001042", "to_Item": {"results": [{"SalesOrderItem": "10", "Material": "1000"}]}}
SAP_BILLING = {
    "BillingDocument": "90000318",
    "SDDocumentCategory": "M",
    "LastChangeDateTime": "/Date(1767268801000+0000)/",
    "to_Item": {"results": [{"BillingDocument": "90000318", "BillingQuantity": "2"}]},
}
ON_HAND = {"productId": "P", "dimensions": {"siteId": "1", "locationId": "11"}, "quantities": {"iv": {"x": 4}}}
FILTERS = (
    b"statecode eq 1 and (name ne null or not contains(name, 'x'))",
    b"createdon gt 2026-01-01T00:00:00Z",
    b"name in ('a', 'b')",
)


def hostile() -> tuple[bytes, ...]:
    """What has broken parsers before: depth, size, half characters, numbers beyond any type, dates beyond calendars."""
    deep = 100_000
    return (
        *(b"", b"[" * deep, b"[" * deep + b"]" * deep, b'{"a":' * deep, b"(" * deep, b"not " * deep),
        *(b"9" * 5000, b"-1e400", b"NaN", b'{"a":1,"a":2}', b'"\\ud800"', b"\xff\xfe", b"\xef\xbb\xbf{}", b"\x00"),
        *(b"&a [*a]", b"a: &a [x]\nb: [*a, *a]", b"\x1f\x8b\x08\x00", b"a: !!python/object:os.system x"),
        bytes([1]) + b"a: &a [x,x,x,x,x,x,x,x]\n" + b"\n".join(_doubling()),
        lenient_json_of_depth(150),
    )


def _doubling() -> list[bytes]:
    """Each line eight times the one before."""
    names = "abcdefghijklmnop"
    return [f"{new}: &{new} [{','.join([f'*{old}'] * 8)}]".encode() for old, new in pairwise(names)]


def lenient_json_of_depth(levels: int) -> bytes:
    text = b"[" * levels + b"]" * levels
    assert lenient_json(text) is not None
    return text
