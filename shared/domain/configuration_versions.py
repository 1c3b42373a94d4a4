"""Versions of the configuration: the files as reviewed, kept for ever, one of them current."""

from typing import Protocol

from shared.domain.errors import OrderProblem
from shared.domain.orders import Value

NONE = 0
"""The number of the current version where there is none yet."""


class UnknownVersion(OrderProblem):
    """No version of the configuration has this number."""


class Outrun(OrderProblem):
    """The configuration is no longer at the version that a change was made for; nothing was changed."""


class VersionHeader(Value):
    """Numbers start at 1 and have no gaps. `digest` tells whether two have the same files; `at` is ISO 8601, UTC."""

    number: int
    digest: str
    by: str
    at: str
    note: str = ""


class Version(Value):
    """Texts by file name."""

    header: VersionHeader
    files: dict[str, str]


class DraftFile(Value):
    """What a file is to become; `against` is the version it was written for."""

    text: str
    against: int


class Draft(Value):
    """Files that are not published yet, by name; the others stay as they are. `revision` counts its changes."""

    files: dict[str, DraftFile]
    at: str
    revision: int = 1


class KeptDraft(Value):
    """A draft as it was read; `version` names what was read."""

    draft: Draft
    version: str


class DraftStore(Protocol):
    """There is one draft, or none."""

    def get(self) -> KeptDraft | None: ...

    def put(self, draft: Draft, version: str | None) -> bool:
        """False, and nothing is written, when it is no longer what it was at `version` (None: not there)."""
        ...

    def remove(self, version: str) -> bool:
        """False when it is not there, or no longer what it was at `version`."""
        ...


class Versions(Protocol):
    """The store of versions. What it has is never changed or removed."""

    def current(self) -> int:
        """The number of the current version, NONE in an empty store."""
        ...

    def header(self, number: int) -> VersionHeader:
        """Raises UnknownVersion."""
        ...

    def read(self, number: int) -> Version:
        """Raises UnknownVersion."""
        ...

    def history(self) -> list[VersionHeader]:
        """All of them, newest first."""
        ...

    def add(self, version: Version) -> None:
        """Keep it and make it current, all or nothing. Raises Outrun unless the current one is that before it."""
        ...
