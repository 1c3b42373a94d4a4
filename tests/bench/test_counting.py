"""The bench counts what the access log and the host say, and blames orders for nothing that goes on by itself."""

from collections import Counter
from pathlib import Path

import pytest

from sandbox.bench.meter import Used, by_maker
from sandbox.bench.outside import NotCompleted, until
from sandbox.bench.service_bus_operations import operations
from sandbox.bench.storage_calls import StorageLog, count_by_kind


def _line(method: str, path: str, status: int = 200) -> str:
    return f'127.0.0.1 - - [22/Nov/2026:14:04:42 +0000] "{method} /devstoreaccount1/{path} HTTP/1.1" {status} -\n'


def test_storage_calls_are_counted_by_kind():
    log = [
        "Azurite Table service is successfully listening at http://127.0.0.1:43059\n",
        _line("GET", "Orders(PartitionKey='o-1',RowKey='header')?timeout=5"),
        _line("GET", "Orders()?$filter=PartitionKey%20eq%20'o-1'"),
        _line("POST", "$batch", 202),
        _line("POST", "Orders", 201),
        _line("PUT", "Orders(PartitionKey='o-1',RowKey='header')", 204),
        _line("POST", "Tables", 409),
        _line("GET", "order-intake/messages?numofmessages=16&visibilitytimeout=10"),
        _line("POST", "order-intake/messages", 201),
        _line("DELETE", "order-intake/messages/5a?popreceipt=x", 204),
        _line("PUT", "order-intake", 204),
    ]

    calls = count_by_kind(log)

    assert calls == {
        **{"table read": 1, "table query": 1, "table transaction": 1, "table write": 2, "administration": 2},
        **{"queue get": 1, "queue put": 1, "queue delete": 1},
    }


def test_a_log_that_grows_is_counted_on_and_a_line_half_written_waits(tmp_path: Path):
    file, half = tmp_path / "storage.log", _line("POST", "order-intake/messages", 201)
    file.write_text(_line("POST", "order-intake/messages", 201) + half[:30])
    log = StorageLog(file)
    assert log.messages() == {"order-intake": 1}

    file.write_text(file.read_text() + half[30:] + _line("GET", "order-intake/messages"))

    assert log.messages() == {"order-intake": 2}
    assert log.calls() == {"queue put": 2, "queue get": 1}
    assert log.queues_looked_into() == 1


def test_a_message_waits_until_it_is_deleted_and_looking_for_some_is_no_work(tmp_path: Path):
    file = tmp_path / "storage.log"
    file.write_text(_line("POST", "order-intake/messages", 201) + _line("GET", "order-intake/messages"))
    log = StorageLog(file)
    assert (log.messages_waiting(), log.calls_at_work()) == (1, 1)

    file.write_text(file.read_text() + _line("DELETE", "order-intake/messages/5a", 204))

    assert (log.messages_waiting(), log.calls_at_work()) == (0, 2)


def test_a_delete_that_fails_takes_no_message_out(tmp_path: Path):
    file = tmp_path / "storage.log"
    put, late = (
        _line("POST", "order-intake/messages", 201),
        _line("DELETE", "order-intake/messages/5a?popreceipt=x", 400),
    )
    file.write_text(put + late)
    log = StorageLog(file)
    assert log.messages_waiting() == 1

    file.write_text(file.read_text() + _line("DELETE", "order-intake/messages/5a?popreceipt=y", 204))

    assert log.messages_waiting() == 0


def test_calls_are_told_apart_by_who_makes_them():
    calls = {"queue get": 9, "queue put": 3, "queue delete": 3, "table transaction": 7, "table read": 4}
    host = {"queue.get": 9, "queue.delete": 3, "table.transaction": 5, "table.read": 1}

    made = by_maker(calls, host, empty_polls=6)

    assert made == {
        "app": {"queue put": 3, "table transaction": 2, "table read": 3},
        "triggers": {"queue get": 3, "queue delete": 3},
        "bundled_host": {"table transaction": 5, "table read": 1},
    }


def test_what_lies_between_two_readings_is_shared_by_the_orders():
    before = Used(executions=Counter(http=2), app=Counter({"table read": 1}), empty_polls=100, cpu_seconds=1.5)
    after = Used(executions=Counter(http=6, queue=2), app=Counter({"table read": 7}), empty_polls=900, cpu_seconds=2.5)

    figures = (after - before).per_order(2)

    assert figures["executions_per_order"] == {"total": 3, "http": 2, "queue": 1}
    assert figures["storage_calls_per_order"] == {
        "total": 3, "app": {"table read": 3}, "triggers": {}, "bundled_host": {}
    }  # fmt: skip
    assert figures["cpu_seconds_per_order"] == 0.5
    assert not any("poll" in name for name in figures)


def test_operations_of_service_bus_are_those_of_messages_or_of_waiting_for_some():
    each = {"sends": 0, "schedules": 0, "receives": 0, "settlements": 0, "session_accepts": 0}
    counted = {
        "order-intake": {**each, "sends": 3, "receives": 4, "settlements": 3, "session_accepts": 2, "renewals": 1},
        "provider-actions-sap": {**each, "schedules": 1, "session_accept_timeouts": 5},
    }
    heard_nothing = {"order-intake": 2, "order-intake/$DeadLetterQueue": 7}

    found = operations(counted, heard_nothing, {"order-intake", "provider-actions-sap"})

    assert found.of_messages == {
        **{"sends": 3, "schedules": 1, "receives": 4, "settlements": 3, "session_accepts": 2},
        "empty_receives": 2,  # each ends a session
    }
    assert found.of_waiting == {"session_accept_timeouts": 5, "renewals": 1, "empty_receives": 7}
    assert found.messages == {"order-intake": 3, "provider-actions-sap": 1}


def test_orders_are_blamed_for_no_waiting_at_service_bus():
    used = Used(service_bus=Counter(sends=4, receives=4), service_bus_waits=Counter(session_accept_timeouts=90))

    figures = used.per_order(2)

    assert figures["service_bus_operations_per_order"] == {"total": 4, "sends": 2, "receives": 2}
    assert "service_bus_operations_per_order" not in Used().per_order(2)


async def test_what_does_not_come_true_in_time_is_said():
    async def never() -> bool:
        return False

    with pytest.raises(NotCompleted, match="it did not happen that pigs fly"):
        await until(never, "pigs fly", seconds=0.0)
