"""Orders as rows of the table `Orders`, one partition for each order.

| row key | holds |
| --- | --- |
| E{hash of name and cause} | an event; inserted only, so that the second copy of an event has no place |
| L00001, L00002... | a page of order lines |
| O | the header: the record without its lines, and the number of lines that belong to it |
| S{step}\\|{generation} | the answer of a step; inserted only |

The keys are ordered so that one range holds what is read together. Lines are kept by the page, about 30,000 characters
each: an order of 500 lines is some ten rows, so that every change of an order is one transaction.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from shared.domain.errors import OrderProblem, UnknownOrder
from shared.domain.events import BusinessEvent, TimelineEvent
from shared.domain.orders import OrderLine
from shared.domain.records import OrderRecord
from shared.domain.results import EventMark, StepAnswer
from shared.store.transaction import Row, RowsTooLarge

HEADER = "O"
LINES_AND_HEADER = ("L", "P")
EVERYTHING = ("E", "T")

_PAGE_CHARACTERS = 30_000
_ROW_UNITS = 500_000
_LINES = TypeAdapter(tuple[OrderLine, ...], config=ConfigDict(hide_input_in_errors=True))
_PLAIN_KEY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._:-]{0,198}[A-Za-z0-9])?", re.ASCII)
_SHOWN_CHARACTERS = 256


class IncompleteOrder(OrderProblem):
    """Lines are missing that the header of the order counts."""


EventKey = tuple[str, str]
StepKey = tuple[str, int]


def event_key(event: BusinessEvent) -> EventKey:
    return event.name, event.cause


def mark_of(event: TimelineEvent) -> EventMark:
    return EventMark(number=event.number, name=event.name)


@dataclass(frozen=True)
class StoredOrder:
    """An order as read, and what a write of it has to know.

    `commits` names the writes that left the rows; it, `events` and `steps` cover no more than was read.
    """

    record: OrderRecord
    etag: str = ""
    line_count: int = 0
    pages: Mapping[str, str] = field(default_factory=dict)
    events: Mapping[EventKey, EventMark] = field(default_factory=dict)
    steps: Mapping[StepKey, StepAnswer] = field(default_factory=dict)
    commits: frozenset[str] = frozenset()


def key_of(text: str) -> str:
    """Any text as (part of) a key: itself when it is plain, else its hash, which is never plain.

    Keys must not hold / \\ # ? or control characters, nor be longer than 512 characters.
    """
    if _PLAIN_KEY.fullmatch(text):
        return text
    return "~" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def document(text: str) -> dict[str, str]:
    """A long text as properties D0, D1... of 32 Ki UTF-16 units, of which a character takes up to two.

    Raises RowsTooLarge when it does not fit into a row of 512 Ki units, with some room for other properties.
    """
    width = 32_000 if text.isascii() else 16_000
    units = len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
    if units > _ROW_UNITS:
        raise RowsTooLarge(f"a text of {units} characters does not fit into one row: {_ROW_UNITS} is the most")
    return {f"D{n}": text[start : start + width] for n, start in enumerate(range(0, len(text) or 1, width))}


def text_of(row: Row) -> str:
    return "".join(row[f"D{n}"] for n in range(sum(1 for name in row if re.fullmatch(r"D\d+", name))))


def header_row(record: OrderRecord, line_count: int) -> Row:
    """The named columns are for people who look into the table; the document is what counts."""
    return {
        **row_keys(record.order.order_id, HEADER),
        "State": record.position.state.name,
        "StateReason": shown(record.position.state.reason),
        "Source": shown(record.order.source),
        "ExternalId": shown(record.order.external_id),
        "Number": shown(record.order.number),
        "Flow": record.flow or "",
        "LastEvent": record.last_event,
        "LineCount": line_count,
        "CreatedAt": record.created_at,
        "UpdatedAt": record.updated_at,
        **document(record.model_dump_json(exclude={"order": {"lines"}})),
    }


def page_rows(order_id: str, lines: Sequence[OrderLine]) -> dict[str, Row]:
    """By row key."""
    keyed = ((f"L{number:05d}", page) for number, page in enumerate(_pages(lines), start=1))
    return {key: {**row_keys(order_id, key), **document(page)} for key, page in keyed}


def event_row(order_id: str, event: TimelineEvent) -> Row:
    name_and_cause = json.dumps(event_key(event)).encode()
    return {
        **row_keys(order_id, "E" + hashlib.sha256(name_and_cause).hexdigest()),
        "Number": event.number,
        "Name": shown(event.name),
        **document(event.model_dump_json()),
    }


def step_row_key(step: str, generation: int) -> str:
    return f"S{key_of(step)}|{generation}"


def step_row(order_id: str, answer: StepAnswer) -> Row:
    key = step_row_key(answer.step, answer.generation)
    return {**row_keys(order_id, key), "Success": answer.success, **document(answer.model_dump_json())}


def event_of(row: Row) -> TimelineEvent:
    return TimelineEvent.model_validate_json(text_of(row))


def step_of(row: Row) -> StepAnswer:
    return StepAnswer.model_validate_json(text_of(row))


def stored_order(order_id: str, rows: Iterable[Any], *, lines: bool) -> StoredOrder:
    """From the rows of its partition that were read. Raises UnknownOrder, IncompleteOrder."""
    of_kind: dict[str, list[Any]] = {"E": [], "L": [], "O": [], "S": []}
    commits = set()
    for row in rows:
        of_kind[row["RowKey"][0]].append(row)
        commits.add(row.get("Commit"))
    if not of_kind["O"]:
        raise UnknownOrder(f"no order {order_id}")
    header = of_kind["O"][0]
    pages = {row["RowKey"]: text_of(row) for row in of_kind["L"]} if lines else {}
    record = OrderRecord.model_validate_json(text_of(header))
    return StoredOrder(
        record=_with_lines(record, pages, header["LineCount"]) if lines else record,
        etag=header.metadata["etag"],
        line_count=header["LineCount"],
        pages=pages,
        events={event_key(event): mark_of(event) for event in map(event_of, of_kind["E"])},
        steps={(step.step, step.generation): step for step in map(step_of, of_kind["S"])},
        commits=frozenset(commits),
    )


def shown(text: str) -> str:
    """What a column shows of a text: it has its limits, the document has the whole."""
    return text[:_SHOWN_CHARACTERS]


def _with_lines(record: OrderRecord, pages: Mapping[str, str], line_count: int) -> OrderRecord:
    lines = tuple(line for page in pages.values() for line in _LINES.validate_json(page))
    if len(lines) != line_count:
        raise IncompleteOrder(f"order {record.order.order_id} has {line_count} lines, {len(lines)} are there")
    return record.with_(order=record.order.with_(lines=lines))


def _pages(lines: Sequence[OrderLine]) -> list[str]:
    """JSON arrays; a line longer than a page has one of its own."""
    pages: list[list[str]] = []
    room = 0
    for text in (line.model_dump_json() for line in lines):
        if len(text) > room:
            pages.append([])
            room = _PAGE_CHARACTERS
        pages[-1].append(text)
        room -= len(text)
    return [f"[{','.join(page)}]" for page in pages]


def row_keys(order_id: str, row: str) -> dict[str, str]:
    return {"PartitionKey": key_of(order_id), "RowKey": row}
