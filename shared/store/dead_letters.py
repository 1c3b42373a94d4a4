"""Messages that were given up, in the table `DeadLetters`: a partition for each queue, a row for each message."""

from shared.domain.dead_letters import DeadLetter, KeptLetter
from shared.store.rows import document, key_of, text_of
from shared.store.tables import Tables
from shared.store.transaction import Row, etag_of


class TableDeadLetters:
    """`DeadLetterStore` on Azure Tables. One call for each method, for `letters` one for every 1,000 of them."""

    def __init__(self, tables: Tables) -> None:
        self._table = tables.dead_letters

    def get(self, letter_id: str) -> KeptLetter | None:
        row = self._table.get(*_keys(letter_id))
        return KeptLetter(letter=_letter(row), version=etag_of(row)) if row else None

    def put(self, letter: DeadLetter, version: str | None) -> bool:
        return self._table.put_over(_row(letter), version)

    def remove(self, letter_id: str, version: str) -> bool:
        return self._table.remove(*_keys(letter_id), version)

    def letters(self, queue: str | None = None) -> list[DeadLetter]:
        of_queue = "PartitionKey gt @queue" if queue is None else "PartitionKey eq @queue"
        letters = map(_letter, self._table.rows(of_queue, {"queue": key_of(queue) if queue else ""}))
        return sorted(letters, key=lambda letter: (letter.given_up_at, letter.letter_id), reverse=True)


def _row(letter: DeadLetter) -> Row:
    """The named columns are for people who look into the table."""
    partition, row = _keys(letter.letter_id)
    return {
        "PartitionKey": partition,
        "RowKey": row,
        "Status": letter.status,
        "GivenUpAt": letter.given_up_at,
        **document(letter.model_dump_json()),
    }


def _letter(row: Row) -> DeadLetter:
    return DeadLetter.model_validate_json(text_of(row))


def _keys(letter_id: str) -> tuple[str, str]:
    """A queue's name has no dot."""
    queue, _, message = letter_id.partition(".")
    return key_of(queue), key_of(message)
