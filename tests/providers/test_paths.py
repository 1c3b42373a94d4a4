"""What is put into the address of a call stays one part of it, whoever may have let it through."""

import json
from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import islice

import pytest

from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.providers.answers import Answer
from shared.providers.bigcommerce.client import PAGE_SIZE, BigCommerceClient
from shared.providers.finops.client import DataverseClient
from shared.providers.finops.sweep import sweep
from shared.providers.flexe.client import FlexeClient
from shared.providers.sap.client import SapClient
from shared.providers.sap.session import SapSession
from shared.providers.sap.sign_in import BasicSignIn
from tests.providers.finops.samples import connection
from tests.providers.flexe.samples import a_connection
from tests.providers.raw_server import Connect, Server, reply

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ODD = [
    *("../../customers", "1/../../v3/hooks", "1?x=1", "1#", "1%2f..", " 1", "1\n", "1\x00"),
    *("' or 1 eq 1", "1) or (1 eq 1", "@evil.example", "//evil.example", "\\", "\u0661"),
]
ELSEWHERE = [
    *("https://evil.example/rows", "http://169.254.169.254/metadata", "file:///etc/passwd"),
    *("https://api.example.com@evil.example/", "rows", "\\\\evil.example\\rows", "javascript:1"),
]


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_order_of_the_shop_is_asked_for_as_an_order(server: Server, connect: Connect, odd: str):
    BigCommerceClient(connect()).order(odd)

    (target,) = targets(server)
    assert target.startswith("/api/v2/orders/")
    assert not set(target.removeprefix("/api/v2/orders/")) & set("/?#")


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_order_of_flexe_is_asked_for_as_an_order(server: Server, connect: Connect, odd: str):
    server.respond = lambda _: reply(200, b'{"id": "1"}')

    FlexeClient(connect(), a_connection()).order(odd)

    (target,) = targets(server)
    assert target.startswith("/api/v1/outbound_orders/")
    assert not set(target.removeprefix("/api/v1/outbound_orders/")) & set("/?#")


@pytest.mark.parametrize("link", ELSEWHERE)
def test_a_next_page_elsewhere_is_not_asked_for(server: Server, connect: Connect, link: str):
    server.respond = lambda _: sap_page(link)

    with pytest.raises(RejectedByProvider, match="outside its own address"):
        sap(connect).billing_items_of("1")

    assert len(server.requests) == 1


@pytest.mark.parametrize("link", ["//evil.example/rows", "/rows?page=2"])
def test_pages_that_lead_in_a_circle_end(server: Server, connect: Connect, link: str):
    """Two slashes begin a path of the system's own address here, and no other host."""
    server.respond = lambda _: sap_page(link)

    with pytest.raises(TransientProviderError, match="in a circle"):
        sap(connect).billing_items_of("1")

    assert targets(server)[1:] == [f"/api{link}"]


def test_pages_of_dataverse_end_likewise(server: Server, connect: Connect):
    server.respond = lambda _: reply(200, b'{"value": [], "@odata.nextLink": "%s/rows?page=2"}' % server.url.encode())
    client = DataverseClient(connection(), connect(), Token())  # pyright: ignore[reportArgumentType]

    with pytest.raises(TransientProviderError, match="in a circle"):
        client.find("accounts", ["accountid"], "accountnumber eq '1'")

    assert len(server.requests) == 2


@pytest.mark.parametrize("begun_from", [None, "/rows?page=2", "/rows?deltatoken=1"])
def test_changes_of_dataverse_end_likewise(server: Server, connect: Connect, begun_from: str | None):
    server.respond = lambda _: reply(200, b'{"value": [], "@odata.nextLink": "%s/rows?page=2"}' % server.url.encode())
    client = DataverseClient(connection(), connect(), Token())  # pyright: ignore[reportArgumentType]
    link = begun_from and server.url + begun_from

    with pytest.raises(TransientProviderError, match="in a circle"):
        take(sweep(client, link, LONG_AGO))

    assert len(server.requests) <= 2


@pytest.mark.parametrize(
    "whole",
    [
        lambda client: client.products("1"),
        lambda client: client.hooks(),
        lambda client: take(client.orders_modified_since(LONG_AGO)),
    ],
    ids=["lines", "hooks", "orders"],
)
@pytest.mark.parametrize("date", ["", "Thu, 01 Jan 2026 12:00:00 +0000"])
def test_the_shop_s_first_page_for_ever_ends_likewise(
    server: Server, connect: Connect, whole: Callable[[BigCommerceClient], object], date: str
):
    rows = json.dumps([{"id": 1, "date_modified": date}] * PAGE_SIZE)
    server.respond = lambda call: reply(200, (f'{{"data": {rows}}}' if b"hooks" in call else rows).encode())

    with pytest.raises(TransientProviderError, match="in a circle"):
        whole(BigCommerceClient(connect()))

    assert len(server.requests) <= 3


def test_two_pages_of_the_shop_in_turn_end_likewise(server: Server, connect: Connect):
    pages = [json.dumps([{"id": n}] * PAGE_SIZE).encode() for n in (1, 2)]
    server.respond = lambda _: reply(200, pages[len(server.requests) % 2])

    with pytest.raises(TransientProviderError, match="in a circle"):
        BigCommerceClient(connect()).products("1")

    assert len(server.requests) == 3


@pytest.mark.parametrize("date", [None, "/Date(1767225600000)/"])
def test_sap_s_first_page_for_ever_ends_likewise(server: Server, connect: Connect, date: str | None):
    row = {"BillingDocument": "1", "SDDocumentCategory": "M", "LastChangeDateTime": date}
    body = json.dumps({"d": {"results": [row] * 10}}).encode()
    server.respond = lambda _: reply(200, body, Content_Type="application/json")

    with pytest.raises(TransientProviderError, match="in a circle"):
        take(sap(connect).billing_documents_changed_since(LONG_AGO))

    assert len(server.requests) <= 3


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_no_redirect_is_followed_with_our_credentials(server: Server, connect: Connect, status: int, method: str):
    server.respond = lambda _: reply(status, Location=f"{server.url}/elsewhere")

    with pytest.raises(RejectedByProvider):
        getattr(connect(headers=lambda: {"Authorization": "Bearer token"}), method)("/orders")

    assert len(server.requests) == 1


class Token:
    def send(self, call: Callable[[str], Answer]) -> Answer:
        return call("token")


def take(endless: Iterable[object]) -> None:
    """As much of it as is long enough to tell that it has no end."""
    deque(islice(endless, 5 * PAGE_SIZE), maxlen=0)


def sap(connect: Connect) -> SapClient:
    return SapClient(SapSession(connect(), BasicSignIn("user", "password"), "/root"), page_size=10)


def sap_page(link: str) -> bytes:
    return reply(200, json.dumps({"d": {"results": [], "__next": link}}).encode(), Content_Type="application/json")


def targets(server: Server) -> list[str]:
    return [request.split(b" ")[1].decode() for request in server.requests]
