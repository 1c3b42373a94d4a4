"""Letters are written only over what their writer has seen."""

from uuid import uuid4

import pytest

from shared.domain.dead_letters import DeadLetter
from shared.store.dead_letters import TableDeadLetters
from shared.store.tables import Tables


@pytest.fixture
def store(tables: Tables) -> TableDeadLetters:
    return TableDeadLetters(tables)


def a_letter(**changes: str) -> DeadLetter:
    letter = DeadLetter(
        letter_id=f"order-intake.{uuid4().hex}",
        queue="order-intake",
        body="{}",
        why="no",
        given_up_at="2026-03-02T12:00:00+00:00",
    )
    return letter.with_(**changes)


def version_of(store: TableDeadLetters, letter: DeadLetter) -> str:
    kept = store.get(letter.letter_id)
    assert kept
    return kept.version


def test_a_letter_is_read_as_it_was_written(store: TableDeadLetters):
    letter = a_letter(body="é😀\u0000" * 20_000)

    assert store.put(letter, None)

    kept = store.get(letter.letter_id)
    assert kept
    assert kept.letter == letter


def test_of_two_who_write_a_new_letter_one_succeeds(store: TableDeadLetters):
    letter = a_letter()

    assert [store.put(letter, None), store.put(letter.with_(why="other"), None)] == [True, False]


def test_of_two_who_change_what_they_read_one_succeeds(store: TableDeadLetters):
    letter = a_letter()
    store.put(letter, None)
    version = version_of(store, letter)

    assert [store.put(letter.with_(why=why), version) for why in ("mine", "theirs")] == [True, False]


def test_a_letter_that_has_changed_is_not_thrown_away(store: TableDeadLetters):
    letter = a_letter()
    store.put(letter, None)
    stale = version_of(store, letter)
    store.put(letter.with_(why="new"), stale)

    assert not store.remove(letter.letter_id, stale)
    assert store.remove(letter.letter_id, version_of(store, letter))
    assert store.get(letter.letter_id) is None


@pytest.mark.parametrize("letter_id", ["", ".", "no-dot", "a/b.c?d", "x" * 2000])
def test_any_text_may_be_asked_for(store: TableDeadLetters, letter_id: str):
    assert store.get(letter_id) is None
