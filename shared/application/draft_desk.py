"""The draft of the next version of the configuration: written file by file, looked at, tried out, then published."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.application.configuration_desk import ConfigurationDesk, Published
from shared.application.mistakes import ANY_REVISION, InvalidRequest, StaleVersion
from shared.configuration import Configuration
from shared.configuration.loading import FILES
from shared.configuration.versions import Signature
from shared.domain.configuration_versions import Draft, DraftFile, DraftStore, KeptDraft, Version
from shared.domain.errors import OrderProblem
from shared.domain.orders import Problem
from shared.domain.ports import Clock

_MOST_CHARACTERS = 1_000_000


class NoDraft(OrderProblem):
    """Nothing is drafted."""


class OverlappingChange(OrderProblem):
    """A file of the draft has been changed by a version published since: write it anew from that."""


@dataclass(frozen=True)
class DraftDesk:
    """Files of a draft that others have published meanwhile are never overwritten; all others are taken over."""

    drafts: DraftStore
    desk: ConfigurationDesk
    clock: Clock

    def show(self) -> dict[str, Any]:
        """The drafted files and what publishing them would do: mistakes, differences, doubts. Raises NoDraft."""
        draft, current = self._kept().draft, self._current()
        return {
            "revision": draft.revision,
            "at": draft.at,
            "compared_with": current.header.number,
            "files": {name: file.text for name, file in draft.files.items()},
            "outdated": [*self._outdated(draft, current)],
            **self._told(draft, current),
        }

    def configuration(self) -> Configuration:
        """As it would be published. Raises NoDraft, InvalidRequest."""
        current = self._current()
        files = _whole(self._kept().draft, current)
        return self.desk.compare(files, current.header.number).written.configuration

    def write(self, name: str, text: str, revision: int | None) -> int:
        """Make `text` the file of the draft, which is begun if there is none; the draft's new revision.

        `revision`: which one the caller has seen, None for no draft at all. The text need not be usable yet. Raises
        InvalidRequest, StaleVersion.
        """
        current = self._current()
        if name not in FILES:
            known = ", ".join(sorted(FILES))
            raise InvalidRequest(Problem(field="name", value=name, problem=f"is no file of it; there are {known}"))
        if len(text) > _MOST_CHARACTERS:
            too_long = f"is longer than {_MOST_CHARACTERS} characters"
            raise InvalidRequest(Problem(field="body", value=None, problem=too_long))
        file = DraftFile(text=text, against=current.header.number)
        return self._changed(revision, lambda files: {**files, name: file})

    def take_out(self, name: str, revision: int | None) -> int:
        """The file stays as it is published; the draft's new revision. Raises NoDraft, StaleVersion."""
        self._kept()
        return self._changed(revision, lambda files: {key: file for key, file in files.items() if key != name})

    def drop(self, revision: int | None) -> None:
        """Raises NoDraft, StaleVersion."""
        kept = self._kept()
        if not _is_seen(kept, revision) or not self.drafts.remove(kept.version):
            raise _stale(kept)

    def publish(self, signature: Signature, revision: int | None) -> Published:
        """Make it the current version, and end the draft.

        Raises NoDraft, StaleVersion, OverlappingChange, InvalidRequest, Outrun.
        """
        kept, current = self._kept(), self._current()
        if not _is_seen(kept, revision):
            raise _stale(kept)
        if outdated := [*self._outdated(kept.draft, current)]:
            raise OverlappingChange(f"changed by a version since, write anew: {', '.join(outdated)}")
        published = self.desk.publish(_whole(kept.draft, current), signature, current.header.number)
        self.drafts.remove(kept.version)  # a draft that was changed meanwhile goes on
        return published

    def _kept(self) -> KeptDraft:
        kept = self.drafts.get()
        if kept is None:
            raise NoDraft("nothing is drafted")
        return kept

    def _current(self) -> Version:
        return self.desk.versions.read(self.desk.versions.current())

    def _changed(self, revision: int | None, change: Callable[[dict[str, DraftFile]], dict[str, DraftFile]]) -> int:
        kept = self.drafts.get()
        if not _is_seen(kept, revision):
            raise _stale(kept)
        before = kept.draft if kept else Draft(files={}, at="", revision=0)
        at = self.clock().isoformat(timespec="milliseconds")
        draft = Draft(files=change(before.files), at=at, revision=before.revision + 1)
        if not self.drafts.put(draft, kept.version if kept else None):
            raise StaleVersion("the draft was changed just now: read it again")
        return draft.revision

    def _outdated(self, draft: Draft, current: Version) -> list[str]:
        """Its files that are no longer what they were when it was written."""
        versions = {file.against: self.desk.versions.read(file.against).files for file in draft.files.values()}
        files = draft.files.items()
        return [name for name, file in files if versions[file.against].get(name) != current.files.get(name)]

    def _told(self, draft: Draft, current: Version) -> dict[str, Any]:
        try:
            compared = self.desk.compare(_whole(draft, current), current.header.number)
        except InvalidRequest as invalid:
            problems = [problem.model_dump() for problem in invalid.problems]
            return {"problems": problems, "differences": [], "findings": []}
        return {
            "problems": [],
            "differences": [str(difference) for difference in compared.differences],
            "findings": [finding.model_dump() for finding in compared.findings],
        }


def _whole(draft: Draft, current: Version) -> dict[str, str]:
    return {**current.files, **{name: file.text for name, file in draft.files.items()}}


def _is_seen(kept: KeptDraft | None, revision: int | None) -> bool:
    there = kept.draft.revision if kept else None
    return revision == there or (revision == ANY_REVISION and kept is not None)


def _stale(kept: KeptDraft | None) -> StaleVersion:
    return StaleVersion(f"the draft is at revision {kept.draft.revision}" if kept else "there is no draft any more")
