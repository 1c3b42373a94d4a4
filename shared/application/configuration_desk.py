"""Where a person changes the configuration: whole files, or one entry of them. Every change is a new version."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from shared.application.mistakes import InvalidRequest, problems_of_configuration
from shared.configuration import Configuration, ConfigurationError
from shared.configuration.diffing import Difference, differences
from shared.configuration.findings import ConfigurationFinding, findings
from shared.configuration.loading import Written, written_as
from shared.configuration.versions import Signature, apply
from shared.domain.configuration_versions import Outrun, VersionHeader, Versions
from shared.domain.orders import Problem
from shared.domain.ports import Clock

Files = Mapping[str, str]


@dataclass(frozen=True)
class Published:
    """The version that counts now. `is_new`: it did not before; `findings` are the doubts that came with it."""

    header: VersionHeader
    is_new: bool
    differences: tuple[Difference, ...]
    findings: tuple[ConfigurationFinding, ...]


@dataclass(frozen=True)
class Comparison:
    """Files compared with a version: what they would change, and the doubts that would come with them."""

    written: Written
    differences: tuple[Difference, ...]
    findings: tuple[ConfigurationFinding, ...]


@dataclass(frozen=True)
class ConfigurationDesk:
    """`lacking`: why a configuration cannot be used with the app's settings; nothing where it can.

    `published` is called after each new version.
    """

    versions: Versions
    clock: Clock
    lacking: Callable[[Configuration], Iterable[Problem]]
    published: Callable[[], None]

    def compare(self, files: Files, number: int) -> Comparison:
        """Raises InvalidRequest for files that cannot be used, with all that is wrong with them."""
        written = self._usable(files)
        before = written_as(self.versions.read(number).files).configuration
        known = set(findings(before))
        doubts = tuple(each for each in findings(written.configuration) if each not in known)
        return Comparison(written, differences(before, written.configuration), doubts)

    def publish(self, files: Files, signature: Signature, expect: int) -> Published:
        """All or nothing; the same files again change nothing. Raises InvalidRequest, Outrun."""
        compared = self.compare(files, expect)
        applied = apply(compared.written, self.versions, signature, self.clock, expect=expect)
        if applied.is_new:
            self.published()
        return Published(applied.header, applied.is_new, compared.differences, compared.findings)

    def change(self, file: str, edit: Callable[[Written], str], signature: Signature) -> Published:
        """Publish what `edit` makes of a file of the current version; it may be asked again after a lost race.

        Raises InvalidRequest, and whatever `edit` raises.
        """
        while True:
            number = self.versions.current()
            files = self.versions.read(number).files
            try:
                return self.publish({**files, file: edit(written_as(files))}, signature, number)
            except Outrun:
                continue

    def _usable(self, files: Files) -> Written:
        try:
            written = written_as(files)
        except ConfigurationError as error:
            raise InvalidRequest(*problems_of_configuration(error)) from error
        if lacking := tuple(self.lacking(written.configuration)):
            raise InvalidRequest(*lacking)
        return written
