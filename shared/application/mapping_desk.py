"""Id mappings one by one: what an outside system calls something, and what F&O calls it (iom.md section 11)."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.application.configuration_desk import ConfigurationDesk, Published
from shared.application.mistakes import InvalidRequest
from shared.configuration import Configuration
from shared.configuration.editing import with_entry, without_entry
from shared.configuration.loading import Written
from shared.configuration.versions import Signature
from shared.domain.errors import OrderProblem
from shared.domain.mappings import ALL_OTHERS, KINDS, IdMappings, Kind
from shared.domain.orders import Problem, Value

_FILE = "id_mappings.yaml"


class UnknownMapping(OrderProblem):
    """The id mappings have no such row."""


class MappingRow(Value):
    """`unit` is that of a product, in the system that the row leads to; `internal` None: the invoice customer."""

    system: str
    kind: Kind
    external: str | None
    internal: str | None
    unit: str | None = None


@dataclass(frozen=True)
class MappingDesk:
    """Both methods make a new version of the configuration, or none when it says so already."""

    desk: ConfigurationDesk

    def put(self, row: MappingRow, signature: Signature) -> Published:
        """Add the row, or replace the one of the same name. Raises InvalidRequest, NotEditable."""

        def edit(written: Written) -> str:
            path, value = _entry(row, _mappings(written, row.system))
            text = written.files[_FILE]
            return text if row in mapping_rows(written.configuration) else with_entry(text, path, value)

        return self.desk.change(_FILE, edit, signature)

    def remove(self, row: MappingRow, signature: Signature) -> Published:
        """The row of these two names, whatever its unit. Raises UnknownMapping, InvalidRequest, NotEditable."""

        def edit(written: Written) -> str:
            path, _ = _entry(row, _mappings(written, row.system))
            names = row.with_(unit=None)
            if names not in (each.with_(unit=None) for each in mapping_rows(written.configuration)):
                raise UnknownMapping(f"{row.kind} {row.external!r} of {row.system} is not mapped to {row.internal!r}")
            return without_entry(written.files[_FILE], path)

        return self.desk.change(_FILE, edit, signature)


def mapping_rows(configuration: Configuration) -> Iterator[MappingRow]:
    """All of them, system by system."""
    for system, mappings in configuration.id_mappings.items():
        for kind in KINDS:
            for key, other, unit in mappings.rows(kind):
                external, internal = (key, other) if mappings.keys == "external" else (other, key)
                yield MappingRow(system=system, kind=kind, external=external, internal=internal, unit=unit)


def _mappings(written: Written, system: str) -> IdMappings:
    known = written.configuration.id_mappings
    if system not in known:
        problem = f"is no system with id mappings; there are {', '.join(sorted(known))}"
        raise InvalidRequest(Problem(field="system", value=system, problem=problem))
    return known[system]


def _entry(row: MappingRow, mappings: IdMappings) -> tuple[list[str], object]:
    """Where the row stands in the file, and what it is there."""
    sides = ("external", "internal") if mappings.keys == "external" else ("internal", "external")
    key, other = (getattr(row, side) for side in sides)
    if not key:
        raise InvalidRequest(Problem(field=sides[0], value=key, problem=f"{row.system}'s rows are written under it"))
    if other is None and not (row.kind == "account" and key == ALL_OTHERS):
        raise InvalidRequest(Problem(field=sides[1], value=None, problem="is missing"))
    if row.unit is not None and row.kind != "product":
        raise InvalidRequest(Problem(field="unit", value=row.unit, problem="belongs to a product"))
    value = {"product": other, "unit": row.unit} if row.unit else other
    return [row.system, f"{row.kind}s", key], value
