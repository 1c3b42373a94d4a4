"""The configuration folder read into one checked `Configuration`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from shared.configuration.fulfillment import Fulfillment
from shared.configuration.model import Configuration, Flow, StateTransitions
from shared.configuration.providers import EVERYTHING_WRITTEN, ProvidersFile, instances_in
from shared.configuration.providers import FILE as PROVIDERS_FILE
from shared.configuration.references import broken_references
from shared.configuration.strict_yaml import read_yaml
from shared.domain.errors import OrderProblem
from shared.domain.mappings import IdMappings
from shared.dual_write import DualWriteMap
from shared.policies import Policy

T = TypeVar("T")

_WHOLE = "the whole file"
FILES = (
    *("policies.yaml", "flows.yaml", "state_transitions.yaml", "id_mappings.yaml", "dual_write_maps.yaml"),
    *("fulfillment.yaml", PROVIDERS_FILE),
)


class ConfigurationError(OrderProblem):
    """The configuration is not usable. `mistakes`: each names the file, the path inside it and the value."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True)
class Written:
    """A configuration and the files it was read from: what a person reviews. Texts by file name."""

    files: Mapping[str, str]
    configuration: Configuration


def load_configuration(directory: Path) -> Configuration:
    """As `written_in`."""
    return written_in(directory).configuration


def written_in(directory: Path) -> Written:
    """Reads `FILES` from `directory`. Without a providers.yaml, which there was not always, every provider is active.

    Raises ConfigurationError with every mistake of every file; references between files are checked once each is fine.
    """
    return _checked(lambda name: (directory / name).read_text(encoding="utf-8"))


def written_as(files: Mapping[str, str]) -> Written:
    """From texts by file name; otherwise as `written_in`."""

    def text_of(name: str) -> str:
        if name not in files:
            raise FileNotFoundError("the file is missing")
        return files[name]

    return _checked(text_of)


def _checked(text_of: Callable[[str], str]) -> Written:
    files = _Files(text_of)
    policies = files.read("policies.yaml", dict[str, Policy], partial(_under_names, field="name"))
    flows = files.read("flows.yaml", dict[str, Flow], partial(_under_names, field="name"))
    states = files.read("state_transitions.yaml", StateTransitions)
    id_mappings = files.read("id_mappings.yaml", dict[str, IdMappings], partial(_under_names, field="system"))
    maps = files.read("dual_write_maps.yaml", dict[str, DualWriteMap])
    sourcing = files.read("fulfillment.yaml", Fulfillment)
    providers = files.read(PROVIDERS_FILE, ProvidersFile, otherwise=EVERYTHING_WRITTEN)
    if policies is None or flows is None or states is None or id_mappings is None:
        raise ConfigurationError(files.mistakes)
    if maps is None or sourcing is None or providers is None:
        raise ConfigurationError(files.mistakes)
    configuration = Configuration(
        policies=policies,
        flows=flows,
        states=states,
        id_mappings=id_mappings,
        dual_write_maps=maps,
        fulfillment=sourcing,
        providers=instances_in(providers),
    )
    mistakes = list(broken_references(configuration))
    if mistakes:
        raise ConfigurationError(mistakes)
    return Written(files.texts, configuration)


class _Files:
    """Reads files and keeps what is wrong with them, so that one start shows all that must be mended."""

    def __init__(self, text_of: Callable[[str], str]) -> None:
        self._text_of = text_of
        self.texts: dict[str, str] = {}
        self.mistakes: list[str] = []

    def read(
        self,
        name: str,
        shape: type[T],
        prepare: Callable[[Any], Any] = lambda content: content,
        otherwise: str | None = None,
    ) -> T | None:
        """The file as `shape`, None (and noted) when it is not that. `otherwise`: what a missing file stands for."""
        try:
            return TypeAdapter(shape).validate_python(prepare(read_yaml(self._text(name, otherwise))))
        except ValidationError as error:
            self.mistakes += [f"{name}: {mistake}" for mistake in _mistakes(error)]
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            self.mistakes.append(f"{name}: {_WHOLE}: {_one_line(error)}")
        return None

    def _text(self, name: str, otherwise: str | None) -> str:
        try:
            text = self._text_of(name)
        except FileNotFoundError:
            if otherwise is None:
                raise
            return otherwise  # not among the texts: nobody has written it
        self.texts[name] = text
        return text


def _under_names(content: Any, field: str) -> Any:
    """Entries are written under their names: `Assign order data: {…}` is the policy of that name."""
    if not isinstance(content, dict):
        return content
    return {name: {field: name, **entry} if isinstance(entry, dict) else entry for name, entry in content.items()}


def _mistakes(error: ValidationError) -> Iterator[str]:
    for each in error.errors(include_url=False):
        message = each["msg"].removeprefix("Value error, ")
        # Whoever takes a secret for a parameter shall not find it in an answer.
        is_hidden = each["type"] == "extra_forbidden" and "parameters" in each["loc"]
        yield f"{_path(each['loc'])}: {message}" + ("" if is_hidden else f" (value: {_short(each['input'])})")


def _path(location: tuple[int | str, ...]) -> str:
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return path.removeprefix(".") or _WHOLE


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
