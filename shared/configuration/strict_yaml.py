"""YAML without its surprises: what an operator writes is what is read.

Refused: a key given twice, tags, and what is nested or repeated out of all proportion. Keys are always text. `NO` is
Norway and not false, `024` a warehouse and not twenty, a date stays text, and a decimal number is a Decimal: only
`true`, `false`, `null`, whole numbers without leading zeros and plain decimals are anything else than text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import yaml

_MOST_LEVELS = 50
_MOST_VALUES = 200_000


def read_yaml(text: str) -> Any:
    """The document in `text`. Raises yaml.YAMLError, which names line and column."""
    _check_extent(text)
    return yaml.load(text, _StrictLoader)  # noqa: S506 - a SafeLoader that is stricter still


_Fastest: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml, where it was built in


class _StrictLoader(_Fastest):
    yaml_implicit_resolvers = {}
    yaml_constructors = {None: yaml.SafeLoader.construct_undefined}


@dataclass
class _Extent:
    """Of a value, with all that its aliases stand for: how many values there are in it, and how deep they go."""

    anchor: str | None = None
    values: int = 1
    levels: int = 1

    def take_in(self, part: "_Extent") -> None:
        self.values += part.values
        self.levels = max(self.levels, part.levels + 1)


def _check_extent(text: str) -> None:
    """Before anything is made of it: a few aliases of aliases are more than a machine can hold."""
    anchored: dict[str | None, _Extent] = {}
    around = [_Extent()]
    for event in yaml.parse(text, _StrictLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            around.append(_Extent(event.anchor))
        elif isinstance(event, yaml.CollectionEndEvent | yaml.ScalarEvent | yaml.AliasEvent):
            ended = around.pop() if isinstance(event, yaml.CollectionEndEvent) else _Extent()
            if isinstance(event, yaml.AliasEvent):
                ended = anchored.get(event.anchor, ended)  # an unknown one is refused by the reader
            elif ended.anchor:
                anchored[ended.anchor] = ended
            around[-1].take_in(ended)
            if around[-1].values > _MOST_VALUES:
                raise _refusal(f"there are more than {_MOST_VALUES} values, counting what aliases stand for", event)
        if len(around) + around[-1].levels > _MOST_LEVELS:
            raise _refusal(f"this is nested deeper than {_MOST_LEVELS} levels", event)


def _mapping(loader: _StrictLoader, node: yaml.MappingNode) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _refusal("a key must be text", key)
        if key.value in found:
            raise _refusal(f"the key {key.value!r} is given twice", key)
        found[key.value] = loader.construct_object(value, deep=True)
    return found


def _sequence(loader: _StrictLoader, node: yaml.SequenceNode) -> list[Any]:
    return loader.construct_sequence(node, deep=True)


def _scalar(convert: Callable[[str], Any], pattern: str) -> Callable[[_StrictLoader, yaml.ScalarNode], Any]:
    def construct(loader: _StrictLoader, node: yaml.ScalarNode) -> Any:
        text = loader.construct_scalar(node)
        if not re.fullmatch(pattern, text):  # the tag was written by hand
            raise _refusal(f"{text!r} does not fit its tag", node)
        try:
            return convert(text)
        except ValueError:
            raise _refusal("this number has too many digits", node) from None

    return construct


def _refusal(problem: str, place: yaml.Node | yaml.Event) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, place.start_mark)  # pyright: ignore[reportArgumentType] # libyaml's own


def _define(tag: str, pattern: str, first: str, convert: Callable[[str], Any]) -> None:
    """Scalars like `pattern` are of this kind; `first`: the characters they may start with."""
    tag = f"tag:yaml.org,2002:{tag}"
    _StrictLoader.add_implicit_resolver(tag, re.compile(f"^(?:{pattern})$"), list(first))
    _StrictLoader.add_constructor(tag, _scalar(convert, pattern))


_define("bool", "true|false", "tf", lambda text: text == "true")
_define("null", "null|~|", "n~", lambda _: None)
_define("int", "-?(?:0|[1-9][0-9]*)", "-0123456789", int)
_define("float", r"-?(?:0|[1-9][0-9]*)\.[0-9]+", "-0123456789", Decimal)
_StrictLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^$"), [""])
_StrictLoader.add_constructor("tag:yaml.org,2002:str", yaml.SafeLoader.construct_yaml_str)
_StrictLoader.add_constructor("tag:yaml.org,2002:seq", _sequence)
_StrictLoader.add_constructor("tag:yaml.org,2002:map", _mapping)
