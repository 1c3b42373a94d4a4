"""Plans: documents that are kept once, attempts that are open, and lines counted by day."""

import random
import string
from uuid import uuid4

from shared.store.plans import TableAssignedLines, TablePlans
from shared.store.tables import Tables


def test_the_first_document_of_a_part_is_the_only_one(tables: Tables):
    plans, order_id = TablePlans(tables), str(uuid4())

    first = plans.keep(order_id, "send.1", "1.plan", '{"a": 1}')
    second = plans.keep(order_id, "send.1", "1.plan", '{"a": 2}')

    assert first == second == '{"a": 1}'
    assert [document.text for document in plans.of(order_id)] == ['{"a": 1}']


def test_documents_are_listed_by_attempt_and_part(tables: Tables):
    plans, order_id = TablePlans(tables), str(uuid4())
    for attempt, part in (("send.2", "1.plan"), ("send.1", "1.result"), ("send.1", "1.plan")):
        plans.keep(order_id, attempt, part, "{}")
    plans.keep(str(uuid4()), "send.1", "1.plan", "{}")

    found = [(document.attempt, document.part) for document in plans.of(order_id)]

    assert found == [("send.1", "1.plan"), ("send.1", "1.result"), ("send.2", "1.plan")]


def test_an_explanation_of_many_lines_and_sources_fits(tables: Tables):
    plans, order_id = TablePlans(tables), str(uuid4())
    words = ["".join(random.Random(n).choices(string.ascii_letters, k=8)) for n in range(50)]
    text = "".join(f"{line} {word}: no stock (0 on hand, {line} missing);" for line in range(500) for word in words)
    assert len(text) > 1_000_000

    plans.keep(order_id, "send.1", "1.plan", text)

    assert plans.of(order_id)[0].text == text


def test_an_attempt_is_open_until_it_ends(tables: Tables):
    plans, order_id, other = TablePlans(tables), str(uuid4()), str(uuid4())
    plans.begin(order_id, "Backorders 2026-03-02T12:00:00+00:00")
    plans.begin(order_id, "Backorders 2026-03-02T12:00:00+00:00")
    plans.begin(order_id, "send.1")
    plans.begin(other, "send.1")

    plans.end(order_id, "send.1")
    plans.end(order_id, "never begun")

    assert plans.open(order_id) == [(order_id, "Backorders 2026-03-02T12:00:00+00:00")]
    assert {(order_id, "Backorders 2026-03-02T12:00:00+00:00"), (other, "send.1")} <= set(plans.open())


def test_a_line_given_to_a_source_counts_once_on_its_day(tables: Tables):
    lines, source = TableAssignedLines(tables), f"Seattle {uuid4()}"
    for what in ("a", "b", "a"):
        lines.add(source, "local 2026-03-02", what)
    lines.add(source, "local 2026-03-03", "c")
    lines.remove(source, "local 2026-03-02", "b")
    lines.remove(source, "local 2026-03-02", "b")

    assert [lines.count(source, f"local 2026-03-0{day}") for day in (1, 2, 3)] == [0, 1, 1]
