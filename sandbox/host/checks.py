"""The rules of the Python worker about parameters and annotations, enforced when an app is loaded.

A lenient host would let an app pass here that fails under `func start` (reference: functions-host.md section 2).
"""

import inspect
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

import azure.functions as func
from azure.functions.meta import get_binding_registry

from sandbox.host.functions import RETURN, Binding

CONTEXT = "context"
# The worker hands these two the raw text, whatever the converter of the binding would accept.
TEXT_BINDINGS = ("queueTrigger", "activityTrigger", "durableClient")


class LoadError(Exception):
    """The app cannot be loaded; the message names the function, the parameter and the rule."""


def checked_parameters(function: str, call: Callable[..., Any], bindings: Mapping[str, Binding]) -> dict[str, Any]:
    """The resolved annotations of a function whose parameters match its bindings in name and type."""
    parameters = inspect.signature(call).parameters
    unbound = [name for name in parameters if name not in bindings and name != CONTEXT]
    missing = [name for name in bindings if name not in parameters]
    if unbound:
        raise LoadError(f"function '{function}': parameter '{unbound[0]}' has no binding of that name")
    if missing:
        raise LoadError(f"function '{function}': binding '{missing[0]}' has no parameter of that name")
    annotations = _resolved_annotations(function, call)
    for name, binding in bindings.items():
        if name in annotations:
            _check_annotation(f"function '{function}', parameter '{name}'", binding, annotations[name])
    return annotations


def checked_context(
    function: str, call: Callable[..., Any], bindings: Mapping[str, Binding], annotations: Mapping[str, Any]
) -> bool:
    """Whether the function asks for the invocation context: a parameter `context` that no binding fills."""
    if CONTEXT in bindings or CONTEXT not in inspect.signature(call).parameters:
        return False
    annotation = annotations.get(CONTEXT)
    if annotation is not None and not (isinstance(annotation, type) and annotation.__name__ == "Context"):
        raise LoadError(
            f"function '{function}', parameter 'context': must be annotated with azure.functions.Context, "
            f"not {_spelled(annotation)}"
        )
    return True


def checked_result(function: str, binding: Binding, annotations: Mapping[str, Any]) -> None:
    """Refuses a return annotation that does not fit the `$return` binding."""
    if annotations.get("return") is None:
        return
    where, annotation = f"function '{function}', {RETURN}", annotations["return"]
    _require_class(where, annotation)
    if annotation not in (str, bytes) and not _accepts(binding, annotation, "check_output_type_annotation"):
        raise LoadError(f"{where}: the '{binding.type}' binding does not match the annotation {_spelled(annotation)}")


def _resolved_annotations(function: str, call: Callable[..., Any]) -> dict[str, Any]:
    try:
        hints = typing.get_type_hints(call)
    except Exception as error:
        raise LoadError(f"function '{function}': its annotations cannot be resolved: {error}") from error
    return {name: None if hint is type(None) else hint for name, hint in hints.items()}


def _check_annotation(where: str, binding: Binding, annotation: Any) -> None:
    is_out = typing.get_origin(annotation) is func.Out or annotation is func.Out
    if (binding.direction == "OUT") != is_out:
        expected = "azure.functions.Out[...]" if binding.direction == "OUT" else "a plain class"
        raise LoadError(
            f"{where}: an '{binding.direction.lower()}' binding takes {expected}, not {_spelled(annotation)}"
        )
    if is_out:
        (annotation,) = typing.get_args(annotation) or (None,)
    _require_class(where, annotation)
    check = "check_output_type_annotation" if is_out else "check_input_type_annotation"
    takes_text = annotation in (str, bytes) and binding.type in TEXT_BINDINGS
    if not takes_text and not _accepts(binding, annotation, check):
        raise LoadError(f"{where}: the '{binding.type}' binding does not match the annotation {_spelled(annotation)}")


def _require_class(where: str, annotation: Any) -> None:
    """The worker knows classes and `typing` generics only: no `list[dict]`, no `dict | None`, no `Optional[dict]`."""
    if typing.get_origin(annotation) is typing.Union:
        raise LoadError(f"{where}: {_spelled(annotation)} makes the worker fail: issubclass() arg 1 must be a class")
    is_class = isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias)
    is_typing_generic = hasattr(annotation, "__origin__") and not isinstance(annotation, types.GenericAlias)
    if not is_class and not is_typing_generic:
        raise LoadError(f"{where}: has an invalid non-type annotation {_spelled(annotation)}; use a plain class")


def _accepts(binding: Binding, annotation: Any, check: str) -> bool:
    converter = get_binding_registry().get(binding.type)
    if converter is None:
        raise LoadError(f"the installed azure-functions has no converter for '{binding.type}'")
    try:
        return bool(getattr(converter, check)(annotation))
    except TypeError:
        return False


def _spelled(annotation: Any) -> str:
    return (
        annotation.__qualname__
        if isinstance(annotation, type) and not typing.get_args(annotation)
        else repr(annotation)
    )
