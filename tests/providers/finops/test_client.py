"""The client against the stand-in: sign-in, headers, reads, writes, webhooks."""

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from urllib.parse import parse_qsl, urlsplit

import pytest
from pydantic import SecretStr

from sandbox.systems.finops import Config, create_app
from sandbox.systems.finops.webhooks import Webhook
from sandbox.systems.kit import serve
from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.providers.answers import RefusedCall
from shared.providers.finops.batch import CREATE_ONLY, UPDATE_ONLY, Write, unless_changed
from shared.providers.finops.client import DataverseClient
from shared.providers.finops.errors import DualWriteRefused, RowChanged, RowMissing
from shared.providers.finops.messages import RowChange, authenticate, parse
from shared.providers.finops.token import AccessToken
from tests.providers.finops.conftest import Finops
from tests.providers.finops.samples import ENTERED, ENTERED_LINES, ORDER_ID, Clock, a_line, an_order
from tests.systems.conftest import Receiver

TOKEN = "POST /{tenant}/oauth2/v2.0/token"
NOBODY = "00000000-0000-0000-0000-000000000001"
UNITS = ("uoms", ("uomid", "msdyn_symbol"), "msdyn_symbol eq 'ea'")


def lines_of(client):
    rows = client.order_status(ORDER_ID)
    assert rows is not None
    return rows.lines


def test_signing_in_happens_once_for_many_calls(finops, client):
    client.find(*UNITS)
    finops.break_call(TOKEN, status=500)

    assert len(client.find(*UNITS)) == 1


def test_a_token_is_renewed_shortly_before_it_expires(finops, client, clock):
    client.find(*UNITS)
    finops.break_call(TOKEN, status=503)

    clock.now += timedelta(seconds=3599 - 301)
    client.find(*UNITS)
    clock.now += timedelta(seconds=2)

    with pytest.raises(TransientProviderError, match=r"Entra ID answered 503"):
        client.find(*UNITS)


def test_a_token_that_dataverse_refuses_is_replaced(finops, client, exchanges):
    client.find(*UNITS)
    finops.control("POST", "/expire-tokens")

    rows = client.find(*UNITS)

    assert [exchange.status for exchange in exchanges] == [200, 401, 200]
    assert len(rows) == 1


def test_a_token_is_replaced_only_once(finops, client, exchanges):
    finops.break_call("GET /api/data/v9.2/uoms", times=2, status=401)

    with pytest.raises(RefusedCall, match="Dataverse answered 401"):
        client.find(*UNITS)

    assert len(exchanges) == 2


def test_threads_share_one_sign_in(finops, clock):
    token = AccessToken(finops.connection(), clock)

    with ThreadPoolExecutor(8) as threads:
        values = {*threads.map(lambda _: token.value(), range(32))}

    token.close()
    assert len(values) == 1


def test_dropping_an_old_token_keeps_the_new_one(finops, clock):
    token = AccessToken(finops.connection(), clock)
    old = token.value()
    token.drop(old)
    new = token.value()

    token.drop(old)

    assert token.value() == new != old
    token.close()


def test_wrong_credentials_are_a_matter_for_a_person(connect):
    client = connect(client_secret=SecretStr("wrong"))

    with pytest.raises(RejectedByProvider, match=r"Entra ID answered 401 .* AADSTS7000215") as refused:
        client.find(*UNITS)

    assert "wrong" not in str(refused.value)


def test_an_order_that_is_not_there_is_none(client):
    assert client.order_status(NOBODY) is None
    assert client.order_id_of_line(NOBODY) is None


def test_the_order_of_a_line_is_found(client, send):
    send(an_order(1))

    assert client.order_id_of_line(a_line(1).line_id) == ORDER_ID


def test_rows_come_page_by_page(finops, connect, exchanges):
    rows = connect(page_size=1).find("products", ("productid",), "msdyn_productnumber ne null")

    assert len(rows) == 3
    assert len(exchanges) == 3


def test_a_plus_sign_and_a_quote_in_a_condition_are_taken_literally(finops, client):
    finops.control("POST", "/rows/products", {"name": "odd", "msdyn_productnumber": "A+B & O'C"})

    rows = client.find("products", ("msdyn_productnumber",), "msdyn_productnumber eq 'A+B & O''C'")

    assert [row["msdyn_productnumber"] for row in rows] == ["A+B & O'C"]


def test_an_update_never_makes_a_ghost_of_a_deleted_row(finops, client):
    with pytest.raises(RowMissing):
        client.write(Write("salesorders", NOBODY, {"msdyn_isreadytosync": True}, UPDATE_ONLY))

    assert finops.rows("salesorders") == []


def test_the_loser_of_two_writers_is_told_to_read_again(client, send):
    send(an_order(1))
    rows = client.order(ORDER_ID, ["name"], ["quantity"])
    mine = Write("salesorders", ORDER_ID, {"shipto_city": "Tacoma"}, unless_changed(rows.header["@odata.etag"]))
    client.write(mine)

    with pytest.raises(RowChanged):
        client.write(mine)


def test_a_row_is_created_once(client, send):
    send(an_order(1))

    with pytest.raises(RowChanged):
        client.write(Write("salesorders", ORDER_ID, {"name": "again"}, CREATE_ONLY))


def test_a_misspelt_bind_name_is_readable(finops, send):
    navigation = finops.connection().order_navigation.model_copy(update={"company": "msdyn_company"})

    with pytest.raises(RefusedCall, match="msdyn_company") as refused:
        send(an_order(1), order_navigation=navigation)

    assert refused.value.status == 400


def test_each_write_of_a_batch_meets_its_own_fate(client, send):
    send(an_order(3))
    writes = [
        Write("salesorderdetails", a_line(1).line_id, {"quantity": 3}, UPDATE_ONLY),
        Write("salesorderdetails", NOBODY, {"quantity": 3}, UPDATE_ONLY),
        Write("salesorderdetails", a_line(2).line_id, {"quantity": 0}, UPDATE_ONLY),
        Write("salesorderdetails", a_line(3).line_id, {"quantity": 3}, UPDATE_ONLY),
    ]

    outcomes = client.write_all(writes)

    assert [type(outcome) for outcome in outcomes] == [type(None), RowMissing, DualWriteRefused, type(None)]
    assert [line["quantity"] for line in lines_of(client)] == [3, 2, 3]


def test_one_line_that_met_a_deadlock_sends_the_action_round_again(finops, send):
    busy = '{"error": {"code": "0x80044150", "message": "Transaction was deadlocked"}}'
    parts = [
        "HTTP/1.1 204 No Content\r\n\r\n",
        f"HTTP/1.1 500 Internal Server Error\r\nRetry-After: 4\r\nContent-Type: application/json\r\n\r\n{busy}",
    ]
    body = "".join(f"--b\r\nContent-Type: application/http\r\n\r\n{part}\r\n" for part in parts) + "--b--\r\n"
    finops.break_call(
        "POST /api/data/v9.2/$batch", status=200, body=body, headers={"Content-Type": "multipart/mixed; boundary=b"}
    )

    with pytest.raises(TransientProviderError, match="deadlocked") as met:
        send(an_order(2))
    outcome = send(an_order(2))

    assert met.value.retry_after == 4
    assert outcome.result.success
    assert len(finops.sales_orders[0]["lines"]) == 2


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def arrived(finops) -> Iterator[Queue[tuple[str, bytes]]]:
    """Path and body of what Dataverse posts about statuses of orders and lines."""
    posted: Queue[tuple[str, bytes]] = Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.put((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test output quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        for entity, column in (("salesorder", "msdyn_processingstatus"), ("salesorderdetail", "msdyn_linestatus")):
            hook = {"url": f"http://127.0.0.1:{server.server_port}/hook", "entity": entity, "columns": [column]}
            key = {"kind": "key", "value": "key & more"}
            finops.control("POST", "/webhooks", {**hook, "messages": ["Update"], "auth": key})
        yield posted
        server.shutdown()


def test_what_a_webhook_brings_is_understood(finops, send, arrived):
    send(an_order(1))
    finops.post("cancel")

    changes = set()
    for path, body in (arrived.get(timeout=10) for _ in range(4)):
        authenticate(dict(parse_qsl(urlsplit(path).query)), {}, finops.connection(webhook_key="key & more"))
        change = parse(body)
        assert isinstance(change, RowChange)
        changes.add((change.entity, change.row_id, change.message, change.order_row_id))

    assert changes == {
        ("salesorder", ORDER_ID, "Update", ORDER_ID),
        ("salesorderdetail", a_line(1).line_id, "Update", None),
    }


def test_a_message_that_was_stripped_for_its_size_leads_to_its_order_all_the_same(receiver):
    config = Config(
        webhooks=tuple(Webhook(receiver.url, table, ("Create",)) for table in ("salesorder", "salesorderdetail")),
        webhook_size_limit=1000,
    )
    with serve(create_app(config)) as url:
        finops = Finops(url, config)
        row_id = finops.control("POST", "/orders", {**ENTERED, "lines": ENTERED_LINES[:1]})["salesorderid"]
        changes = [parse(each.raw) for each in receiver.wait_for(2)]
        told = {change.entity: change for change in changes if isinstance(change, RowChange)}
        client = DataverseClient.connect(finops.connection(), Clock())

        rows = client.order_status(told["salesorder"].row_id)
        order_id = client.order_id_of_line(told["salesorderdetail"].row_id)

        client.close()
        finops.close()
    assert rows is not None
    assert rows.header["salesorderid"] == order_id == row_id
    assert told["salesorderdetail"].order_row_id is None
    assert not any("InputParameters" in each.body for each in receiver.wait_for(2))


def test_a_connection_is_tested_by_reads_that_want_the_right_secret(connect, client, exchanges):
    client.check_connection()
    with pytest.raises(RejectedByProvider):
        connect(client_secret=SecretStr("wrong")).check_connection()

    assert [exchange.call for exchange in exchanges] == ["GET /salesorders", "GET /organizations"]


@pytest.fixture
def status_is_not_mapped(finops):
    [organization] = finops.rows("organizations")
    switch = {"organizationid": organization["organizationid"], "issopintegrationenabled": False}
    finops.control("POST", "/rows/organizations", switch)


@pytest.mark.usefixtures("status_is_not_mapped")
def test_an_environment_to_which_no_status_of_finops_can_come_fails_the_test_of_its_connection(client, connect):
    with pytest.raises(RejectedByProvider, match="IsSOPIntegrationEnabled of its organization is off"):
        client.check_connection()

    connect(status_handlers=False).check_connection()  # who does not listen needs none


@pytest.mark.usefixtures("status_is_not_mapped")
@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_user_who_may_not_see_whether_a_status_can_come_passes_it_all_the_same(finops, client, status, caplog):
    finops.break_call("GET /api/data/v9.2/organizations", status=status)

    with caplog.at_level(logging.INFO, "shared.providers.finops"):
        client.check_connection()

    assert "not for our user to see" in caplog.text
