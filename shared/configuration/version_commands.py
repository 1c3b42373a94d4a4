"""The commands that speak to the store: diff, apply, show and history."""

import argparse
import getpass
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from shared.configuration.command import Command, Told
from shared.configuration.diffing import Difference, differences
from shared.configuration.loading import ConfigurationError, Written, written_in
from shared.configuration.store_access import Refused, in_store, takes_files, takes_storage
from shared.configuration.versions import Signature, apply, read_version
from shared.domain.configuration_versions import NONE, VersionHeader, Versions
from shared.store.configuration import TableVersions
from shared.store.tables import Tables


@dataclass(frozen=True)
class _Comparison:
    """Files with the current version (NONE: there is none yet)."""

    current: int
    changes: tuple[Difference, ...]
    rewritten: tuple[str, ...]  # files of another text, whatever it means
    unreadable: tuple[str, ...] = ()  # why this release cannot use the current version

    @property
    def lines(self) -> list[str]:
        if self.current == NONE:
            return ["the store has no configuration yet: this would be version 1"]
        if self.unreadable:
            start = f"version {self.current} cannot be read, so that nobody can tell what changes"
            return [start, *(f"  {mistake}" for mistake in self.unreadable)]
        if self.changes:
            return [f"compared with version {self.current}:", *(f"  {change}" for change in self.changes)]
        if self.rewritten:
            return [f"compared with version {self.current}: only comments or layout, in {', '.join(self.rewritten)}"]
        return [f"compared with version {self.current}: no changes"]

    @property
    def data(self) -> dict[str, object]:
        changes = [change.model_dump(mode="json") for change in self.changes]
        return {
            "current": self.current,
            "changes": changes,
            "rewritten": [*self.rewritten],
            "unreadable": [*self.unreadable],
        }


def diff(options: argparse.Namespace) -> Told:
    def told(tables: Tables) -> Told:
        versions = TableVersions(tables)
        compared = _compared(written_in(options.directory), versions)
        return Told(compared.lines, compared.data)

    return in_store(options, told)


def apply_files(options: argparse.Namespace) -> Told:
    """Applies against the very version that was shown."""

    def told(tables: Tables) -> Told:
        versions = TableVersions(tables)
        written = written_in(options.directory)
        compared = _compared(written, versions)
        expect = compared.current if options.expect is None else options.expect
        if expect == compared.current and (compared.rewritten or compared.current == NONE):
            _confirm(options, compared)
        done = apply(
            written, versions, Signature(_login(options), options.note), lambda: datetime.now(UTC), expect=expect
        )
        line = f"version {done.header.number} is current now" if done.is_new else "no changes: " + _summary(done.header)
        return Told([line], {**compared.data, "is_new": done.is_new, "version": done.header.model_dump()})

    return in_store(options, told)


def show(options: argparse.Namespace) -> Told:
    def told(tables: Tables) -> Told:
        versions = TableVersions(tables)
        version = versions.read(_number(options.number, versions))
        lines = [_summary(version.header)]
        if options.into is None:
            lines += [line for name, text in version.files.items() for line in ("", f"--- {name}", text.rstrip("\n"))]
        else:
            options.into.mkdir(parents=True, exist_ok=True)
            for name, text in version.files.items():
                (options.into / name).write_text(text, encoding="utf-8")
            lines += [f"written to {options.into}"]
        return Told(lines, version.model_dump())

    return in_store(options, told)


def history(options: argparse.Namespace) -> Told:
    def told(tables: Tables) -> Told:
        versions = TableVersions(tables)
        headers = versions.history()
        lines = [_summary(header) for header in headers] or ["the store has no configuration yet"]
        return Told(lines, {"versions": [header.model_dump() for header in headers]})

    return in_store(options, told)


def _compared(written: Written, versions: Versions) -> _Comparison:
    current = versions.current()
    if current == NONE:
        return _Comparison(NONE, (), ())
    files = versions.read(current).files
    rewritten = tuple(name for name, text in written.files.items() if files.get(name) != text)
    try:
        before = read_version(versions, current).configuration
    except ConfigurationError as error:
        return _Comparison(current, (), rewritten, tuple(error.mistakes))
    return _Comparison(current, differences(before, written.configuration), rewritten)


def _confirm(options: argparse.Namespace, compared: _Comparison) -> None:
    """On the error output: the other one is for the answer."""
    if options.yes:
        return
    print("\n".join(compared.lines), file=sys.stderr)
    if not sys.stdin.isatty():
        raise Refused("nobody is there to confirm: give --yes")
    print("Apply? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Refused("not applied")


def _login(options: argparse.Namespace) -> str:
    if options.by:
        return options.by
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # as in a container, depending on the Python version
        raise Refused("nobody is logged in: give --by NAME") from None


def _number(given: int | None, versions: Versions) -> int:
    number = versions.current() if given is None else given
    if number == NONE:
        raise Refused("the store has no configuration yet")
    return number


def _summary(header: VersionHeader) -> str:
    note = f": {header.note}" if header.note else ""
    return f"version {header.number}, {header.at}, {header.by}{note}"


def _takes_decision(parser: argparse.ArgumentParser) -> None:
    takes_files(parser)
    parser.add_argument("--expect", type=int, metavar="N", help="refuse unless this version is current; 0: none yet")
    parser.add_argument("--note", default="", metavar="TEXT", help="why, for the history")
    parser.add_argument("--by", metavar="NAME", help="who, for the history; default: the login name")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _takes_number(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", nargs="?", type=int, metavar="N", help="default: the current version")
    parser.add_argument("--into", type=Path, metavar="DIR", help="write its files there instead of showing them")
    takes_storage(parser)


COMMANDS = {
    "diff": Command("show what the files would change in the store", diff, takes_files),
    "apply": Command("make the files the current version in the store", apply_files, _takes_decision),
    "show": Command("show the files of a version in the store", show, _takes_number),
    "history": Command("list the versions in the store, newest first", history, takes_storage),
}
