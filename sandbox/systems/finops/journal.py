"""One transaction over everything the stand-in stores: the Dataverse rows and the F&O orders."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Action = Callable[[], None]


class Journal:
    """Undo actions run in reverse when a transaction fails, follow-ups in order once it has committed."""

    def __init__(self) -> None:
        self._depth = 0
        self._undo: list[Action] = []
        self._follow_ups: list[Action] = []

    def undo_by(self, action: Action) -> None:
        """How to take back what was just stored."""
        self._undo.append(action)

    def after_commit(self, action: Action) -> None:
        """What to tell others when, and only when, all of it holds."""
        self._follow_ups.append(action)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; an inner transaction is part of the outer one."""
        self._depth += 1
        try:
            yield
        except BaseException:
            if self._depth == 1:
                self._roll_back()
            raise
        else:
            if self._depth == 1:
                self._commit()
        finally:
            self._depth -= 1

    def _roll_back(self) -> None:
        undo, self._undo, self._follow_ups = self._undo, [], []
        for action in reversed(undo):
            action()

    def _commit(self) -> None:
        follow_ups, self._undo, self._follow_ups = self._follow_ups, [], []
        for action in follow_ups:
            action()
