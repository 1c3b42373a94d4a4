"""Which version of the configuration counts for whom: the current one, or the one an order has started with."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from shared.configuration.loading import written_in
from shared.configuration.model import Configuration
from shared.configuration.versions import Signature, apply, read_version
from shared.domain.configuration_versions import NONE, Outrun, UnknownVersion, Versions
from shared.domain.ports import Clock

_KEPT = 16  # earlier versions that orders under way ask for
SEED = Signature(by="first start", note="what this release ships with")


@dataclass(frozen=True)
class ConfigurationInForce:
    """`number` is that of the `current` version; `earlier` reads another one (raises UnknownVersion)."""

    current: Configuration
    number: int
    earlier: Callable[[int], Configuration]

    def at(self, number: int) -> Configuration:
        """The version an order goes by; the current one for NONE: an order that has none of its own."""
        return self.current if number in (NONE, self.number) else self.earlier(number)


class PublishedVersions:
    """The versions in the store, read once each: they never change."""

    def __init__(self, versions: Versions) -> None:
        self.current_number = versions.current
        self.read = lru_cache(maxsize=_KEPT)(lambda number: read_version(versions, number).configuration)

    def in_force(self, number: int) -> ConfigurationInForce:
        """Raises UnknownVersion, ConfigurationError."""
        return ConfigurationInForce(self.read(number), number, self.read)


def only(configuration: Configuration) -> ConfigurationInForce:
    """Where there is just the one."""

    def none_earlier(number: int) -> Configuration:
        raise UnknownVersion(f"there is no version {number} of the configuration")

    return ConfigurationInForce(configuration, NONE, none_earlier)


def seed(versions: Versions, shipped: Path, clock: Clock) -> int:
    """The number of the current version; an empty store gets the configuration of the release first.

    Raises ConfigurationError.
    """
    number = versions.current()
    if number != NONE:
        return number
    try:
        return apply(written_in(shipped), versions, SEED, clock, expect=NONE).header.number
    except Outrun:  # another worker has started at the same moment
        return versions.current()
