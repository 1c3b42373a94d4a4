"""Imports `function_app.py` and indexes its functions as the Python worker does.

Reference: functions-host.md section 2.
"""

import importlib
import inspect
import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from azure.functions import FunctionRegister

from sandbox.host.checks import LoadError, checked_context, checked_parameters, checked_result
from sandbox.host.functions import RETURN, Binding, Function
from sandbox.host.ncrontab import parse_schedule
from sandbox.host.routes import RouteError, compile_route
from sandbox.host.settings import SettingsError, resolve_names

TRIGGERS = (
    "httpTrigger",
    "queueTrigger",
    "serviceBusTrigger",
    "timerTrigger",
    "orchestrationTrigger",
    "activityTrigger",
)
SUPPORTED = {(trigger, "IN") for trigger in TRIGGERS} | {("durableClient", "IN"), ("http", "OUT"), ("queue", "OUT")}


def load_app(app: Path) -> list[Function]:
    """Makes the app folder the working directory, imports its `function_app` and returns its enabled functions.

    Raises LoadError for whatever the real worker would refuse, and for what this host does not run.
    """
    os.chdir(app)
    sys.path.insert(0, str(app))
    if not (app / "function_app.py").is_file():
        raise LoadError(f"there is no function_app.py in {app}")
    try:
        module = importlib.import_module("function_app")
    except Exception as error:
        raise LoadError(f"function_app.py cannot be imported: {type(error).__name__}: {error}") from error
    return index_functions(_the_app(module))


def index_functions(app: FunctionRegister, environ: Mapping[str, str] = os.environ) -> list[Function]:
    """The functions of an app, each checked; those disabled by `AzureWebJobs.<name>.Disabled` left out."""
    try:
        registered = app.get_functions()
    except Exception as error:
        raise LoadError(str(error)) from error
    if not registered:
        raise LoadError("the app registers no functions")
    functions = [_index(function, environ) for function in registered]
    return [function for function in functions if not _is_disabled(function.name, environ)]


def _the_app(module: Any) -> FunctionRegister:
    apps = [value for value in vars(module).values() if isinstance(value, FunctionRegister)]
    if len(apps) != 1:
        raise LoadError(f"function_app.py must hold exactly one FunctionApp or DFApp at module level, not {len(apps)}")
    return apps[0]


def _is_disabled(name: str, environ: Mapping[str, str]) -> bool:
    return environ.get(f"AzureWebJobs.{name}.Disabled", "false").lower() in ("true", "1")


def _index(registered: Any, environ: Mapping[str, str]) -> Function:
    name = registered.get_function_name()
    if registered.get_setting("retry_policy"):
        raise LoadError(f"function '{name}': retry policies (@app.retry) are not supported by this host")
    bindings = [_binding(name, json.loads(raw), environ) for raw in registered.get_raw_bindings()]
    trigger = next((binding for binding in bindings if binding.type in TRIGGERS), None)
    if trigger is None:
        raise LoadError(f"function '{name}' has no trigger")
    call = registered.get_user_function()
    parameters = {binding.name: binding for binding in bindings if binding.name != RETURN}
    annotations = checked_parameters(name, call, parameters)
    result = next((binding for binding in bindings if binding.name == RETURN), None)
    if result:
        checked_result(name, result, annotations)
    _check_trigger(name, trigger)
    inputs = [binding for binding in parameters.values() if binding.direction == "IN"]
    return Function(
        name=name,
        call=call,
        is_async=inspect.iscoroutinefunction(call),
        trigger=trigger,
        inputs=tuple(sorted(inputs, key=lambda binding: binding is not trigger)),
        outputs=tuple(binding for binding in parameters.values() if binding.direction == "OUT"),
        result=result,
        wants_context=checked_context(name, call, parameters, annotations),
        wants_text=annotations.get(trigger.name) in (str, bytes),
    )


def _check_trigger(function: str, trigger: Binding) -> None:
    """Refuses a schedule that cannot be parsed or never occurs, a route and what of Service Bus this host has not."""
    try:
        if trigger.type == "timerTrigger":
            parse_schedule(trigger.options["schedule"]).next_after(datetime.now(UTC))
        elif trigger.type == "httpTrigger":
            compile_route(trigger.options["route"], None, function)
        elif trigger.type == "serviceBusTrigger":
            _check_service_bus(function, trigger)
    except (SettingsError, RouteError) as error:
        raise LoadError(f"function '{function}': {error}") from error


def _check_service_bus(function: str, trigger: Binding) -> None:
    options = trigger.options
    if not options.get("queueName"):
        raise LoadError(f"function '{function}': this host runs serviceBusTrigger on queues only, not on topics")
    if str(options.get("cardinality", "ONE")).upper() != "ONE":
        raise LoadError(f"function '{function}': this host hands over one Service Bus message at a time")
    if options.get("autoCompleteMessages") is False:
        raise LoadError(f"function '{function}': this host settles Service Bus messages itself")


def _binding(function: str, raw: dict[str, Any], environ: Mapping[str, str]) -> Binding:
    kind, direction, name = raw["type"], raw["direction"], raw["name"]
    if direction not in ("IN", "OUT"):
        raise LoadError(f"function '{function}', binding '{name}': direction '{direction.lower()}' is not supported")
    if name == RETURN and direction != "OUT":
        raise LoadError(f"function '{function}': the {RETURN} binding must have direction 'out'")
    if (kind, direction) not in SUPPORTED:
        raise LoadError(
            f"function '{function}', binding '{name}': this host does not run '{kind}' ({direction.lower()})"
        )
    try:
        options = {
            key: resolve_names(value, environ) if isinstance(value, str) else value for key, value in raw.items()
        }
    except SettingsError as error:
        raise LoadError(f"function '{function}', binding '{name}': {error}") from error
    return Binding(type=kind, direction=direction, name=name, options=options)
