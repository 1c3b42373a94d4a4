"""The storage client against Azurite: signatures, transactions, paging, queues."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from sandbox.azurite import Azurite
from sandbox.host.durable.store import pack, unpack
from sandbox.host.metrics import Metrics
from sandbox.host.queues import Queue, decode_body, encode_body
from sandbox.host.settings import parse_connection_string
from sandbox.host.storage import Conflict, NotFound, StorageClient, StorageError
from sandbox.host.tables import Operation, Table, quoted


@pytest.fixture
async def storage(azurite: Azurite) -> AsyncIterator[StorageClient]:
    client = StorageClient(parse_connection_string(azurite.connection_string), Metrics())
    yield client
    await client.close()


@pytest.fixture
async def table(storage: StorageClient) -> Table:
    table = Table(storage, f"t{uuid4().hex[:12]}")
    await table.create()
    return table


@pytest.fixture
async def queue(storage: StorageClient) -> Queue:
    queue = Queue(storage, f"q{uuid4().hex[:12]}")
    await queue.create()
    return queue


def row(key: str, **values: object) -> dict:
    return {"PartitionKey": "an order's key: ü%", "RowKey": key, **values}


async def test_a_row_comes_back_as_it_was(table: Table):
    etag = await table.insert(row("i", Name="chain €", Done=False))

    read = await table.get("an order's key: ü%", "i")
    assert read is not None
    assert (read["Name"], read["Done"], read["odata.etag"]) == ("chain €", False, etag)
    assert await table.get("an order's key: ü%", "other") is None


async def test_a_row_is_inserted_once(table: Table):
    await table.insert(row("i"))

    with pytest.raises(Conflict):
        await table.insert(row("i"))


async def test_a_transaction_changes_all_rows_or_none(table: Table):
    etag = await table.insert(row("i", Turn=0))
    await table.insert(row("m1"))
    commit = [
        Operation("merge", row("i", Turn=1), etag),
        Operation("insert", row("h1")),
        Operation("delete", row("m1")),
    ]

    etags = await table.transact(commit)
    with pytest.raises(Conflict):
        await table.transact([Operation("insert", row("h2")), Operation("merge", row("i", Turn=2), etag)])

    rows = {found["RowKey"]: found for found in await table.query(f"PartitionKey eq {quoted(row('')['PartitionKey'])}")}
    assert rows.keys() == {"h1", "i"}
    assert rows["i"]["Turn"] == 1
    assert etags[0] == rows["i"]["odata.etag"]


async def test_a_transaction_on_a_missing_row_says_so(table: Table):
    with pytest.raises(NotFound):
        await table.transact([Operation("merge", row("i", Turn=1), "*")])


async def test_a_query_returns_every_page(table: Table):
    for start in range(0, 1100, 100):
        rows = [{"PartitionKey": "p", "RowKey": f"{number:05d}"} for number in range(start, start + 100)]
        await table.transact([Operation("insert", one) for one in rows])

    found = await table.query("PartitionKey eq 'p'", ["RowKey"])

    assert [one["RowKey"] for one in found] == [f"{number:05d}" for number in range(1100)]
    await table.delete_rows(await table.query("PartitionKey eq 'p'", ["PartitionKey", "RowKey"]))
    assert await table.query("PartitionKey eq 'p'") == []


async def test_a_text_longer_than_a_property_is_stored_in_pieces(table: Table):
    text = "0123456789" * 20_000
    await table.insert(row("i", **pack("Input", text), **pack("Output", None)))

    read = await table.get("an order's key: ü%", "i")
    assert read is not None
    assert (unpack(read, "Input"), unpack(read, "Output")) == (text, None)


async def test_a_taken_message_is_hidden_until_its_lease_ends_or_it_is_given_back(queue: Queue):
    await queue.put("<order> & co")

    (first,) = await queue.get(5, 60)
    while_hidden = await queue.get(5, 60)
    receipt = await queue.hide(first.id, first.pop_receipt, 0)
    (again,) = await queue.get(5, 60)

    assert (first.body, first.dequeue_count) == ("<order> & co", 1)
    assert while_hidden == []
    assert (again.id, again.dequeue_count) == (first.id, 2)
    with pytest.raises(StorageError):
        await queue.delete(first.id, receipt)
    await queue.delete(again.id, again.pop_receipt)


async def test_a_message_for_a_missing_queue_creates_it(storage: StorageClient):
    queue = Queue(storage, f"q{uuid4().hex[:12]}")

    await queue.put("poison")

    assert [message.body for message in await queue.get(1, 60)] == ["poison"]


async def test_a_wrong_key_is_refused(azurite: Azurite):
    text = azurite.connection_string.replace("AccountKey=", "AccountKey=AAAA")
    client = StorageClient(parse_connection_string(text), Metrics())

    with pytest.raises(StorageError, match="403"):
        await Table(client, "any").create()
    await client.close()


def test_bodies_are_base64_unless_host_json_says_otherwise():
    assert encode_body("für", base64_encoding=True) == "ZsO8cg=="
    assert decode_body("ZsO8cg==", base64_encoding=True) == "für"
    assert decode_body(encode_body("für", base64_encoding=False), base64_encoding=False) == "für"
    with pytest.raises(ValueError, match="base64"):
        decode_body("not base64!", base64_encoding=True)
