"""Every table takes any name from outside: no key can be broken out of, and no two names meet in one row."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.actions import Provider, ProviderAction
from shared.domain.dead_letters import DeadLetter
from shared.store.claims import TableClaims
from shared.store.dead_letters import TableDeadLetters
from shared.store.held_lines import TableHeldLines
from shared.store.optimization_queue import TableOptimizationQueue
from shared.store.order_index import OrderIndex
from shared.store.plans import TablePlans
from shared.store.tables import Tables
from tests.store.samples import an_order

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
SIGNS = "/\\#?%'\"|~&=;:@+ \t\r\n\x00\x1f\x7f\x85\u2028aA0é注😀"
names = st.one_of(
    st.text(st.sampled_from(SIGNS), min_size=1, max_size=40),
    st.text(min_size=1, max_size=80),
    st.sampled_from(["x" * 2_000, "😀" * 600, "/" * 1_024, "..", ".", "' or '1' eq '1", "O", "L00001", "number|1|x"]),
)
FAST = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)


@FAST
@given(one=names, other=names)
def test_a_claim_is_of_one_name_alone(tables: Tables, one: str, other: str):
    claims = TableClaims(tables, lambda: NOW, timedelta(minutes=10))

    taken = [claims.take(one, other), claims.take(one, other), claims.take(one, other + "!")]
    claims.give_back(one, other)
    claims.give_back(one, other + "!")

    assert taken[0] == taken[2] == 0
    assert taken[1] > 0


@FAST
@given(system=names, external_id=names, number=names)
def test_an_order_is_found_by_the_names_others_give_it(tables: Tables, system: str, external_id: str, number: str):
    index = OrderIndex(tables.index)
    order = an_order(1, external_id=external_id, source=system).with_(number=number)

    index.enter(order, NOW.isoformat())
    index.link(order.order_id, f"{system} of Flexe", external_id)

    for found_by in (system, f"{system} of Flexe"):
        row = index.named(found_by, external_id)
        assert row
        assert row["OrderId"] == order.order_id
    assert order.order_id in index.numbered(system, number)
    assert index.named(system, external_id + "'") is None


@FAST
@given(queue=names, message=names)
def test_a_dead_letter_is_kept_under_any_name(tables: Tables, queue: str, message: str):
    letters = TableDeadLetters(tables)
    letter_id = f"{queue.replace('.', '')}.{message}"
    letter = DeadLetter(letter_id=letter_id, queue=queue, body=message, why=message, given_up_at="", times=1)

    first = letters.put(letter, None)
    kept = letters.get(letter_id)

    assert kept
    assert kept.letter == letter or not first
    assert letters.remove(letter_id, kept.version)


@FAST
@given(order_id=names, strategy=names, part=names)
def test_what_sourcing_keeps_is_found_under_any_name(tables: Tables, order_id: str, strategy: str, part: str):
    held, plans = TableHeldLines(tables, lambda: NOW), TablePlans(tables)
    queue = TableOptimizationQueue(tables, lambda: NOW)
    action = ProviderAction(order_id=order_id, provider=Provider.OPTIMIZATION, name=part, step=part, generation=1)

    held.add(order_id)
    plans.begin(order_id, part)
    plans.keep(order_id, part, part, strategy)
    queue.put(strategy, action)

    (mine,) = [each for each in held.orders() if each.order_id == order_id]
    (queued,) = [each for each in queue.actions() if (each.strategy, each.action) == (strategy, action)]
    assert plans.open(order_id) == [(order_id, part)]
    assert strategy in [document.text for document in plans.of(order_id)]
    held.remove(mine)
    plans.end(order_id, part)
    queue.remove(queued)
    assert plans.open(order_id) == []


@pytest.mark.parametrize("text", ["\x00", "\x1f\x7f", "a\u2028b", "\ufffe\uffff", "😀" * 20_000])
def test_whatever_text_is_kept_is_shown_as_it_was(tables: Tables, text: str):
    letters = TableDeadLetters(tables)
    letter = DeadLetter(letter_id="q.shown", queue="q", body=text, why=text, given_up_at="", times=1)

    letters.put(letter, None)
    kept = letters.get("q.shown")

    assert kept
    assert kept.letter == letter
    assert letters.remove("q.shown", kept.version)
