"""The messages of a queue that can be received, in their order."""

from bisect import insort
from collections.abc import Callable, Iterator

from sandbox.systems.service_bus.messages import Message


def _number(message: Message) -> int:
    return message.sequence_number


class Shelf:
    """Messages in the order of their sequence numbers, apart by session where the queue has sessions."""

    def __init__(self, *, has_sessions: bool) -> None:
        self._has_sessions = has_sessions
        self._by_session: dict[str | None, list[Message]] = {}

    def put(self, message: Message) -> None:
        """A message that comes back takes the place it had."""
        insort(self._by_session.setdefault(self._place(message), []), message, key=_number)

    def take(self, session_id: str | None) -> Message | None:
        """The first of a session; of all, by None, where there are no sessions."""
        messages = self._by_session.get(session_id)
        if not messages:
            return None
        first = messages.pop(0)
        if not messages:
            del self._by_session[session_id]
        return first

    def remove_all(self, wanted: Callable[[Message], bool]) -> list[Message]:
        """Takes out every message that is wanted."""
        removed = [message for message in self if wanted(message)]
        for message in removed:
            self._by_session[self._place(message)].remove(message)
        self._by_session = {session: messages for session, messages in self._by_session.items() if messages}
        return removed

    def sessions(self) -> list[str]:
        """The sessions that have messages, the one with the oldest message first."""
        named = [(messages[0].sequence_number, name) for name, messages in self._by_session.items() if name is not None]
        return [name for _, name in sorted(named)]

    def clear(self) -> None:
        self._by_session.clear()

    def __iter__(self) -> Iterator[Message]:
        return iter(sorted((message for messages in self._by_session.values() for message in messages), key=_number))

    def _place(self, message: Message) -> str | None:
        return message.session_id if self._has_sessions else None
