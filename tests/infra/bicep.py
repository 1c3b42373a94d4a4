"""Bicep files, as far as tests ask: no compiler is needed, and none is asked. Types and API versions stay unchecked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

INFRA = Path(__file__).parents[2] / "infra"


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_bicep.language()))


@dataclass(frozen=True)
class Module:
    """One use of a template by another."""

    path: Path
    given: frozenset[str]


@dataclass(frozen=True)
class Bicep:
    """A template, or a file of parameters."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def code(self) -> str:
        """Without comments."""
        return re.sub(r"(?m)(^|\s)//.*$", "", self.text)

    @cached_property
    def root(self) -> Node:
        text = self.text
        if self.path.suffix == ".bicepparam":  # the grammar knows no values of parameters, but variables are the same
            text = re.sub(r"(?m)^param (\w+) =", r"var \1 =", text)
        return _parser().parse(text.encode()).root_node

    @property
    def parameters(self) -> dict[str, bool]:
        """Each with whether it must be given: it has no default, and may not be null."""
        found: dict[str, bool] = {}
        for node in _all(self.root, "parameter_declaration"):
            name, kind, *default = node.named_children
            found[_text(name)] = not default and not _text(kind).endswith("?")
        return found

    @property
    def undescribed(self) -> set[str]:
        """Parameters and fields of types that do not say what they are for."""
        silent: set[str] = set()
        for node in _all(self.root, "parameter_declaration"):
            before = node.prev_named_sibling
            if before is None or before.type != "decorators" or "@description(" not in _text(before):
                silent.add(_text(node.named_children[0]))
        return silent

    @property
    def types(self) -> dict[str, set[str]]:
        """The fields of each type that is declared here."""
        return {
            _text(node.named_children[0]): keys_of(node.named_children[1])
            for node in _all(self.root, "type_declaration")
        }

    @property
    def variables(self) -> dict[str, Node]:
        return {
            _text(node.named_children[0]): node.named_children[1] for node in _all(self.root, "variable_declaration")
        }

    @property
    def outputs(self) -> set[str]:
        return {_text(node.named_children[0]) for node in _all(self.root, "output_declaration")}

    @property
    def modules(self) -> dict[str, Module]:
        found: dict[str, Module] = {}
        for node in _all(self.root, "module_declaration"):
            name, path, *_ = node.named_children
            (given,) = (_value(each) for each in _all(node, "object_property") if _key(each) == "params")
            found[_text(name)] = Module(self.path.parent / _text(path).strip("'"), frozenset(keys_of(given)))
        return found

    @property
    def declared(self) -> set[str]:
        """Parameters, variables, modules and resources: the names that other lines may use."""
        kinds = ("parameter_declaration", "variable_declaration", "module_declaration")
        return {_text(node.named_children[0]) for kind in kinds for node in _all(self.root, kind)}

    @property
    def unknown(self) -> set[str]:
        """Names that are used and nowhere declared, in this file or in Bicep."""
        used = {_text(node) for node in _all(self.root, "identifier") if _stands_for_a_value(node)}
        resources = {_text(node.named_children[0]) for node in _all(self.root, "resource_declaration")}
        places = (*_all(self.root, "for_statement"), *_all(self.root, "lambda_expression"))
        # (each, i) and `name =>`: the names before what is gone through.
        local = {word for node in places for word in re.findall(r"\w+", re.split(r" in | =>", _text(node))[0])}
        return used - self.declared - resources - local

    def strings(self, variable: str) -> list[str]:
        """The texts in a variable that lists them."""
        return [_text(node).strip("'") for node in _all(self.variables[variable], "string")]


@cache
def read(name: str) -> Bicep:
    return Bicep(INFRA / name)


def templates() -> list[str]:
    return sorted(path.relative_to(INFRA).as_posix() for path in INFRA.rglob("*.bicep"))


def parameter_files() -> list[str]:
    return sorted(path.name for path in INFRA.glob("*.bicepparam"))


def keys_of(node: Node) -> set[str]:
    """The names in an object, not in those it contains."""
    return {_key(each) for each in node.named_children if each.type == "object_property"}


def mistakes(node: Node) -> Iterator[str]:
    if node.is_error or node.is_missing:
        yield f"line {node.start_point.row + 1}: {_text(node)[:60]!r}"
    for child in node.children:
        yield from mistakes(child)


def _all(node: Node, kind: str) -> Iterator[Node]:
    if node.type == kind:
        yield node
    for child in node.children:
        yield from _all(child, kind)


def _stands_for_a_value(node: Node) -> bool:
    """Not the name of a field, a function, a type or an output."""
    parent = node.parent
    if parent is None or parent.type in {"type", "nullable_type", "array_type", "import_functionality"}:
        return False
    named = [each for each in parent.named_children if each.type != "decorators"]
    names_it = {"object_property", "output_declaration", "type_declaration", "call_expression"}
    return not (parent.type in names_it and named[0] == node)


def _key(node: Node) -> str:
    named = [each for each in node.named_children if each.type != "decorators"]
    return _text(named[0]).strip("'")


def _value(node: Node) -> Node:
    return node.named_children[-1]


def _text(node: Node) -> str:
    return (node.text or b"").decode()
