"""What can be set about the stand-in service: its account, its data sources, its formulas and its hierarchies."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints

from sandbox.systems.inventory.measures import FORMULAS, MEASURES, RESERVATIONS
from sandbox.systems.kit import config_from_json

LowerCase = Annotated[str, StringConstraints(to_lower=True)]

PARTITION = ("siteid", "locationid")


@dataclass(frozen=True)
class Config:
    """One environment and the one application that may call it.

    `dimensions` are the base dimensions as answers spell them. A soft reservation names the first so many dimensions of
    `reservation_hierarchy`, two at least. Measures read `source.measure` in lower case: `measures` are the physical
    ones of each data source, `formulas` say what is added (1) and subtracted (-1) to calculate others, and
    `reservations` which calculated measure a reservation's measure is checked against.
    """

    tenant: str = "6f1c3f0e-52a4-4f0b-9d3e-2f8a8d1f7c10"
    client_id: str = "5c9e0a37-7d1b-4c62-b0fe-93a1d6e84b20"
    client_secret: str = "sandbox-inventory-secret"
    environment_id: str = "d2b7c6e1-0f34-4a8e-9c55-1e7f0a6b3d42"
    token_lifetime_seconds: int = 3600
    products_per_query: Annotated[int, Field(ge=1)] = 5000
    dimensions: tuple[str, ...] = (
        *PARTITION,
        "ColorId",
        "SizeId",
        "StyleId",
        "ConfigId",
        "VersionId",
        "BatchId",
        "SerialId",
        "InventStatusId",
        "LicensePlateId",
        "WMSLocationId",
        "WMSPalletId",
    )
    reservation_hierarchy: tuple[LowerCase, ...] = (*PARTITION, "colorid", "sizeid", "styleid")
    measures: dict[LowerCase, tuple[LowerCase, ...]] = field(default_factory=lambda: dict(MEASURES))
    formulas: dict[LowerCase, dict[LowerCase, int]] = field(default_factory=lambda: dict(FORMULAS))
    reservations: dict[LowerCase, LowerCase] = field(default_factory=lambda: dict(RESERVATIONS))

    def __post_init__(self) -> None:
        physical = {f"{source}.{name}" for source, names in self.measures.items() for name in names}
        base = {name.lower() for name in self.dimensions}
        _all_known("formulas", {part for formula in self.formulas.values() for part in formula}, physical)
        _all_known("reservations", self.reservations, physical)
        _all_known("reservations", self.reservations.values(), self.formulas)
        _all_known("reservation_hierarchy", self.reservation_hierarchy, base)
        if self.reservation_hierarchy[:2] != PARTITION:
            raise ValueError(f"reservation_hierarchy: must start with {', '.join(PARTITION)}")

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """From a JSON object of these fields; a `ValueError` names each unknown key or wrong value."""
        return config_from_json(cls, raw)


def _all_known(key: str, names: Iterable[str], known: Container[str]) -> None:
    if unknown := sorted(name for name in names if name not in known):
        raise ValueError(f"{key}: unknown: {', '.join(unknown)}")
