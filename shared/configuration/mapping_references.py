"""What must agree within id_mappings.yaml."""

from collections.abc import Iterator, Mapping

from shared.domain.identity import FLEXE
from shared.domain.mappings import ALL_OTHERS, KINDS, IdMappings, looked_up

_FILE = "id_mappings.yaml"


def broken_mappings(of_systems: Mapping[str, IdMappings]) -> Iterator[str]:
    """As "file: path: what is wrong"."""
    for system, mappings in of_systems.items():
        if mappings.system != system:
            yield f"{_FILE}: {system}.system: {mappings.system!r} is not the name it is written under"
        if system == FLEXE:
            yield f"{_FILE}: {FLEXE}: its warehouses are named in fulfillment.yaml, nothing else of it is mapped"
        yield from _wrong_codes(mappings)
        yield from _vain_rows(mappings)
        if mappings.keys != looked_up(system):
            yield from _ambiguous_rows(mappings)


def _wrong_codes(mappings: IdMappings) -> Iterator[str]:
    for kind, codes, length in (("countries", mappings.countries, 2), ("currencies", mappings.currencies, 3)):
        for code in sorted(codes):
            if not (len(code) == length and code.isascii() and code.isalpha() and code.isupper()):
                yield f"{_FILE}: {mappings.system}.{kind}: {code!r} is not a code of {length} capital letters"


def _vain_rows(mappings: IdMappings) -> Iterator[str]:
    """Rows for all others where nobody looks at them."""
    where = f"{_FILE}: {mappings.system}"
    for kind, rows in (("product", mappings.products), ("unit", mappings.units), ("warehouse", mappings.warehouses)):
        if ALL_OTHERS in rows:
            yield f"{where}.{kind}s.{ALL_OTHERS}: only accounts have a row for all others"
    if ALL_OTHERS in mappings.accounts and mappings.keys != looked_up(mappings.system):
        yield f"{where}.accounts.{ALL_OTHERS}: all others are found by {looked_up(mappings.system)} names only"


def _ambiguous_rows(mappings: IdMappings) -> Iterator[str]:
    """Where the names that orders bring along are not those that the rows are written under."""
    for kind in KINDS:
        for name, keys in mappings.ambiguous(kind):
            where, others = f"{_FILE}: {mappings.system}.{kind}s.{keys[-1]}", ", ".join(map(repr, keys[:-1]))
            yield f"{where}: {name!r} is looked up, and {others} leads to it already"
