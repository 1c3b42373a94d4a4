"""Straight-line distances in whole metres."""

from math import asin, cos, radians, sin, sqrt

from shared.optimization.problem import Place

_EARTH_DIAMETER = 2 * 6_371_008.8  # metres, mean

Point = tuple[float, float, float]


def point_of(place: Place) -> Point:
    """On the unit sphere."""
    latitude, longitude = radians(place.latitude), radians(place.longitude)
    return cos(latitude) * cos(longitude), cos(latitude) * sin(longitude), sin(latitude)


def metres_between(one: Point, other: Point) -> int:
    """Along the great circle; from the chord, which stays exact for neighbours."""
    x, y, z = one[0] - other[0], one[1] - other[1], one[2] - other[2]
    return round(_EARTH_DIAMETER * asin(min(1.0, sqrt(x * x + y * y + z * z) / 2)))
