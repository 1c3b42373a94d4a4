"""A checked configuration becomes a version in the store, all or nothing, after the version it was compared with."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from shared.configuration.loading import Written, written_as
from shared.domain.configuration_versions import NONE, Outrun, Version, VersionHeader, Versions
from shared.domain.ports import Clock


@dataclass(frozen=True)
class Signature:
    """Who applies a version, and why."""

    by: str
    note: str = ""


@dataclass(frozen=True)
class Applied:
    """The version that is current now; `is_new` unless it was so before, with the very same files."""

    header: VersionHeader
    is_new: bool


def apply(written: Written, versions: Versions, signature: Signature, clock: Clock, *, expect: int | None) -> Applied:
    """Make these files the current version.

    `expect`: the number of the version they were compared with (NONE: an empty store); None stands for any. Applied
    again, they change nothing, whatever was expected. Raises Outrun.
    """
    current = versions.current()
    digest = digest_of(written.files)
    if current != NONE and (header := versions.header(current)).digest == digest:
        return Applied(header, is_new=False)
    if expect is not None and expect != current:
        raise Outrun(f"version {expect} was expected, but the current version is {current}: compare with that first")
    header = VersionHeader(
        number=current + 1,
        digest=digest,
        by=signature.by,
        at=clock().isoformat(timespec="milliseconds"),
        note=signature.note,
    )
    versions.add(Version(header=header, files=dict(written.files)))
    return Applied(header, is_new=True)


def read_version(versions: Versions, number: int) -> Written:
    """Raises UnknownVersion, and ConfigurationError when this release cannot use what an earlier one could."""
    return written_as(versions.read(number).files)


def digest_of(files: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(dict(files), sort_keys=True).encode()).hexdigest()
