"""Where a ship-to is, well enough to tell near sources from far ones."""

import re
from collections.abc import Mapping

import zipcodes

from shared.domain.orders import Address

Point = tuple[float, float]

_IGNORED = re.compile(r"[\s-]+")
_ZIP = re.compile(r"\s*([0-9]{5})(?:[\s-]?[0-9]{4})?\s*")  # with or without the four digits of ZIP+4
# Countries of their own in ISO 3166 that the US post serves; the library has them as states.
_TERRITORIES = frozenset({"AS", "GU", "MP", "PR", "VI"})


class PostalPlaces:
    """Latitude and longitude in degrees of addresses by country and postal code. Thread-safe.

    `overrides` are places by country (ISO alpha-2) and beginning of a postal code, the longest that fits wins: `""` is
    the whole country. They come before the ZIP codes of the US that are known anyway. Raises ValueError for a place
    that is not on earth, or two for the same beginning.
    """

    def __init__(self, overrides: Mapping[str, Mapping[str, Point]]) -> None:
        self._places: dict[tuple[str, str], Point] = {}
        for country, prefixes in overrides.items():
            for prefix, point in prefixes.items():
                self._add(country, prefix, point)
        self._longest = max((len(prefix) for _, prefix in self._places), default=0)

    def of(self, address: Address) -> Point | None:
        """None when nobody can say."""
        country = _folded(address.country)
        return self._override(country, _folded(address.postal_code)) or _us_place(country, address.postal_code)

    def _add(self, country: str, prefix: str, point: Point) -> None:
        latitude, longitude = point
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            raise ValueError(f"place of {country} {prefix!r}: ({latitude}, {longitude}) is not on earth")
        key = _folded(country), _folded(prefix)
        if key in self._places:
            raise ValueError(f"place of {country} {prefix!r}: there is another one for the same postal codes")
        self._places[key] = latitude, longitude

    def _override(self, country: str, postal_code: str) -> Point | None:
        lengths = range(min(len(postal_code), self._longest), -1, -1)
        found = (self._places.get((country, postal_code[:length])) for length in lengths)
        return next((point for point in found if point is not None), None)


def _folded(code: str) -> str:
    return _IGNORED.sub("", code).upper()


def _us_place(country: str, postal_code: str) -> Point | None:
    zip_code = _ZIP.fullmatch(postal_code)
    if zip_code is None or (country != "US" and country not in _TERRITORIES):
        return None
    # Only five plain digits may go in: a digit of another script would end the library with a panic.
    for row in zipcodes.matching(zip_code[1]):
        latitude, longitude = float(row["lat"]), float(row["long"])
        # Military mail leaves the country; what the library cannot place, it puts off the coast of Africa.
        placed = row["zip_code_type"] != "MILITARY" and (latitude, longitude) != (0, 0)
        if placed and country in {"US", row["state"]}:
            return latitude, longitude
    return None
