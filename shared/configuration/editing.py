"""Changing one entry of a configuration file, and leaving all else as a person wrote it: comments, order, layout."""

import io
from collections.abc import Callable, Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from yaml import MarkedYAMLError

from shared.configuration.strict_yaml import read_yaml
from shared.domain.errors import OrderProblem

_WIDTH = 118


class NotEditable(OrderProblem):
    """The entry cannot be written into the file as it is laid out; edit the file by hand."""


def with_entry(text: str, path: Sequence[str], value: Any) -> str:
    """The file with `value` at `path`, keys from the top on; groups on the way are made if they are missing.

    Raises NotEditable.
    """
    return _edited(text, path, lambda group, key: group.__setitem__(key, value))


def without_entry(text: str, path: Sequence[str]) -> str:
    """The file without the entry at `path`, if it is there. Raises NotEditable."""
    return _edited(text, path, lambda group, key: group.pop(key, None))


def _edited(text: str, path: Sequence[str], edit: Callable[[dict[str, Any], str], object]) -> str:
    yaml, wanted = _yaml(), _unshared(read_yaml(text))
    document = yaml.load(text)
    edit(_group(wanted, path, dict), path[-1])
    edit(_group(document, path, CommentedMap), path[-1])
    edited, found = _written(yaml, document, path)
    if found != wanted:  # anchors, tags and the like may reach further than the entry
        raise NotEditable(f"{'.'.join(path)} cannot be changed without changing more than it")
    return edited


def _written(yaml: YAML, document: Any, path: Sequence[str]) -> tuple[str, Any]:
    """The file, and what is read in it."""
    written = io.StringIO()
    try:
        yaml.dump(document, written)
        return written.getvalue(), read_yaml(written.getvalue())
    except RecursionError:
        raise NotEditable(f"{'.'.join(path)} cannot be written: this is nested too deep") from None
    except MarkedYAMLError as error:
        raise NotEditable(f"{'.'.join(path)} cannot be written: {error.problem}") from error


def _unshared(value: Any) -> Any:
    """What an anchor and its aliases stand for is one object; here each has its own."""
    if isinstance(value, dict):
        return {key: _unshared(each) for key, each in value.items()}
    return [_unshared(each) for each in value] if isinstance(value, list) else value


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = _WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _group(document: Any, path: Sequence[str], new: Callable[[], Any]) -> Any:
    """The mapping that holds the last key of `path`."""
    group = document
    for depth, key in enumerate(path, start=1):
        if not isinstance(group, dict):
            raise NotEditable(f"{'.'.join(path[: depth - 1]) or 'the file'} holds no entries by name")
        if depth == len(path):
            return group
        if group.get(key) is None:
            group[key] = new()
        group = group[key]
    raise NotEditable("there is nothing to change")
