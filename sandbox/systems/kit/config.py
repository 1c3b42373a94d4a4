"""Reading a stand-in's frozen dataclass configuration from JSON, strictly."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, with_config

Config = TypeVar("Config")


def config_from_json(shape: type[Config], raw: Mapping[str, Any]) -> Config:
    """`raw` as an instance of the dataclass `shape`; a `ValueError` names each wrong or unknown key."""
    return TypeAdapter(with_config(ConfigDict(extra="forbid"))(shape)).validate_python(dict(raw))
