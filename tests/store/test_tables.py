"""Opening the tables, and transactions on the wire."""

import json
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from azure.core.exceptions import HttpResponseError

from shared.domain.errors import TransientProviderError
from shared.store.tables import RowsChanged, Tables, open_tables
from shared.store.transaction import RowsTooLarge, delete, encode, insert, put, refusal, replace
from tests.store.wire import Wire


def a_row(partition: str, row: str = "R", **properties: object) -> dict[str, object]:
    return {"PartitionKey": partition, "RowKey": row, **properties}


def test_tables_that_are_there_already_cost_one_call_to_open(tables: Tables, connection: str):
    wire = Wire()

    open_tables(connection, wire).close()

    assert wire.calls == 1


def test_a_transaction_inserts_replaces_and_deletes_at_once(tables: Tables):
    partition = str(uuid4())
    tables.orders.transact([insert(a_row(partition, "kept", Text="é'\r\n--batch")), insert(a_row(partition, "gone"))])
    kept = tables.orders.get(partition, "kept")
    assert kept
    etag = kept.metadata["etag"]
    assert etag

    tables.orders.transact(
        [
            replace(a_row(partition, "kept", Number=2), etag),
            put(a_row(partition, "new row|1")),
            delete(a_row(partition, "gone")),
        ]
    )

    rows = {row["RowKey"]: row for row in tables.orders.rows("PartitionKey eq @p", {"p": partition})}
    assert kept["Text"] == "é'\r\n--batch"
    assert set(rows) == {"kept", "new row|1"}
    assert "Text" not in rows["kept"]
    assert rows["kept"]["Number"] == 2


@pytest.mark.parametrize(
    "refused",
    [
        lambda partition: insert(a_row(partition, "there")),
        lambda partition: replace(a_row(partition, "there"), "W/\"datetime'2020-01-01T00%3A00%3A00.0000000Z'\""),
        lambda partition: delete(a_row(partition, "missing")),
    ],
)
def test_a_transaction_with_one_refused_row_writes_none(tables: Tables, refused):
    partition = str(uuid4())
    tables.orders.transact([insert(a_row(partition, "there"))])

    with pytest.raises(RowsChanged):
        tables.orders.transact([put(a_row(partition, "other")), refused(partition)])

    assert tables.orders.get(partition, "other") is None


def test_a_hundred_rows_fit_and_one_more_does_not(tables: Tables):
    partition = str(uuid4())

    tables.orders.transact([insert(a_row(partition, f"{n}")) for n in range(100)])

    with pytest.raises(RowsTooLarge, match="101 rows"):
        tables.orders.transact([insert(a_row(partition, f"more {n}")) for n in range(101)])
    assert len(list(tables.orders.rows("PartitionKey eq @p", {"p": partition}))) == 100


def test_no_text_can_pass_for_a_part_of_the_transaction(tables: Tables):
    partition = str(uuid4())
    _, body = encode("http://x/Orders", [insert(a_row(partition, Text='"}\r\n--changeset_1--\r\nDELETE x'))])

    assert b"\r\nDELETE" not in body
    assert json.loads(next(line for line in body.split(b"\r\n") if line.startswith(b"{")))["PartitionKey"] == partition


def test_an_answer_that_is_none_is_never_taken_for_success():
    with pytest.raises(ValueError, match="not the answer"):
        refusal(b"<html>gateway</html>")


def test_what_is_there_already_is_not_inserted_again(tables: Tables):
    row = a_row(str(uuid4()))

    assert tables.index.insert(row)
    assert not tables.index.insert(row)


def test_a_lost_answer_to_an_insert_is_asked_for_again(tables: Tables, wire: Wire):
    row = a_row(str(uuid4()))

    with wire.losing(1, "after"):
        tables.index.insert(row)

    assert tables.index.get(str(row["PartitionKey"]), "R")


def test_a_missing_row_is_not_merged_into(tables: Tables):
    assert not tables.errors.merge(a_row(str(uuid4()), Status="resolved"))


def test_a_busy_storage_account_is_worth_trying_again(tables: Tables, wire: Wire):
    partition = str(uuid4())

    with wire.answering(503), pytest.raises(TransientProviderError):
        tables.orders.transact([insert(a_row(partition))])
    with wire.answering(429), pytest.raises(TransientProviderError):
        tables.orders.get(partition, "R")


def test_a_refusal_that_time_does_not_mend_is_no_outage(tables: Tables, wire: Wire):
    partition = str(uuid4())
    tables.orders.put(a_row(partition))

    with wire.answering(403), pytest.raises(HttpResponseError):
        tables.orders.get(partition, "R")
    with wire.answering(403), pytest.raises(HttpResponseError):
        tables.orders.transact([insert(a_row(partition, "other"))])


def test_forty_threads_share_the_connections(tables: Tables):
    partition = str(uuid4())
    tables.orders.put(a_row(partition, Number=7))

    with ThreadPoolExecutor(40) as pool:
        rows = list(pool.map(lambda _: tables.orders.get(partition, "R"), range(200)))

    assert [row["Number"] for row in rows if row] == [7] * 200
