"""YAML without its surprises: what an operator writes is what is read.

Refused: a key given twice, and tags. Keys are always text. `NO` is Norway and not false, `024` a warehouse and not
twenty, a date stays text, and a decimal number is a Decimal: only `true`, `false`, `null`, whole numbers without
leading zeros and plain decimals are anything else than text.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import yaml


def read_yaml(text: str) -> Any:
    """The document in `text`. Raises yaml.YAMLError, which names line and column."""
    return yaml.load(text, _StrictLoader)  # noqa: S506 - a SafeLoader that is stricter still


_Fastest: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml, where it was built in


class _StrictLoader(_Fastest):
    yaml_implicit_resolvers = {}
    yaml_constructors = {None: yaml.SafeLoader.construct_undefined}


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
        return convert(text)

    return construct


def _refusal(problem: str, node: yaml.Node) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


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
