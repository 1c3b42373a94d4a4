"""The smallest message."""

from shared.domain.messages import Message


class Note(Message):
    text: str

    @property
    def about(self) -> str:
        return "nothing"
