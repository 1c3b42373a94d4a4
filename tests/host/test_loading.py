"""What the real Python worker refuses at load, this host refuses too."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Dict, List, Optional, TypedDict, Union  # noqa: UP035 - the spellings under test

import azure.durable_functions as df
import azure.functions as func
import pytest

from sandbox.host.checks import LoadError
from sandbox.host.functions import Function
from sandbox.host.loader import index_functions


class Order(TypedDict):
    id: str


def index(build: Callable[[df.DFApp], Any], environ: dict[str, str] | None = None) -> list[Function]:
    app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
    build(app)
    return index_functions(app, environ or {})


def activity(annotation: Any) -> Callable[[df.DFApp], Any]:
    def step(order):
        return None

    step.__annotations__ = {"order": annotation}
    return lambda app: app.activity_trigger(input_name="order")(step)


def queue_function(annotation: Any) -> Callable[[df.DFApp], Any]:
    def take(message) -> None: ...

    take.__annotations__ = {"message": annotation}
    return lambda app: app.queue_trigger(arg_name="message", queue_name="orders", connection="Storage")(take)


@pytest.mark.parametrize("annotation", [dict, str, Any, Order, List[dict], Dict[str, Any]])  # noqa: UP006
def test_classes_and_typing_generics_load(annotation: Any):
    (function,) = index(activity(annotation))

    assert function.name == "step"


@pytest.mark.parametrize("annotation", [list[dict], dict[str, Any], dict | None])
def test_builtin_generics_and_unions_with_a_bar_do_not_load(annotation: Any):
    with pytest.raises(LoadError, match=r"function 'step', parameter 'order'.*non-type annotation|issubclass"):
        index(activity(annotation))


@pytest.mark.parametrize("annotation", [Optional[dict], Union[dict, str]])  # noqa: UP007, UP045
def test_typing_unions_do_not_load(annotation: Any):
    with pytest.raises(LoadError, match=r"function 'step', parameter 'order'.*issubclass"):
        index(activity(annotation))


@pytest.mark.parametrize("annotation", [func.QueueMessage, str, bytes])
def test_a_queue_message_comes_as_message_or_text(annotation: Any):
    (function,) = index(queue_function(annotation))

    assert function.wants_text == (annotation in (str, bytes))


@pytest.mark.parametrize("annotation", [dict, int, func.HttpRequest])
def test_a_queue_message_does_not_come_as_anything_else(annotation: Any):
    with pytest.raises(LoadError, match=r"function 'take', parameter 'message'.*'queueTrigger'"):
        index(queue_function(annotation))


@pytest.mark.parametrize("annotation", [func.Out[str], func.Out[List[str]]])  # noqa: UP006
def test_an_output_parameter_is_an_out(annotation: Any):
    (function,) = index(with_output(annotation))

    assert [binding.name for binding in function.outputs] == ["out"]


@pytest.mark.parametrize("annotation", [func.Out[list[str]], str, func.Out[Order]])
def test_an_output_parameter_is_nothing_else(annotation: Any):
    with pytest.raises(LoadError, match="function 'forward', parameter 'out'"):
        index(with_output(annotation))


def with_output(annotation: Any) -> Callable[[df.DFApp], Any]:
    def forward(req, out) -> None: ...

    forward.__annotations__ = {"req": func.HttpRequest, "out": annotation}
    return lambda app: app.route()(app.queue_output(arg_name="out", queue_name="q", connection="Storage")(forward))


def test_an_input_parameter_is_not_an_out():
    with pytest.raises(LoadError, match="function 'take', parameter 'message'"):
        index(queue_function(func.Out[str]))


def test_a_parameter_without_a_binding_does_not_load():
    def build(app: df.DFApp):
        @app.route()
        def show(req: func.HttpRequest, extra: str) -> str:
            return extra

    with pytest.raises(LoadError, match="function 'show': parameter 'extra' has no binding"):
        index(build)


def test_a_binding_without_a_parameter_does_not_load():
    def build(app: df.DFApp):
        @app.route(trigger_arg_name="request")
        def show() -> str:
            return ""

    with pytest.raises(LoadError, match="function 'show': binding 'request' has no parameter"):
        index(build)


def test_the_context_parameter_must_be_a_context():
    def build(app: df.DFApp):
        @app.route()
        def show(req: func.HttpRequest, context: dict) -> str:
            return str(context)

    with pytest.raises(LoadError, match="function 'show', parameter 'context'"):
        index(build)


def test_a_response_annotation_must_fit_http():
    def build(app: df.DFApp):
        @app.route()
        def show(req: func.HttpRequest) -> dict:
            return {}

    with pytest.raises(LoadError, match=r"function 'show', \$return.*'http'"):
        index(build)


def test_two_functions_of_one_name_do_not_load():
    def build(app: df.DFApp):
        for _ in range(2):
            activity(dict)(app)

    with pytest.raises(LoadError, match="unique"):
        index(build)


def test_an_app_without_functions_does_not_load():
    with pytest.raises(LoadError, match="no functions"):
        index(lambda _: None)


def test_a_trigger_this_host_does_not_run_is_refused():
    def build(app: df.DFApp):
        @app.entity_trigger(context_name="context")
        def counter(context) -> None: ...

    with pytest.raises(
        LoadError, match="function 'counter', binding 'context': this host does not run 'entityTrigger'"
    ):
        index(build)


def service_bus_function(annotation: Any, **options: Any) -> Callable[[df.DFApp], Any]:
    def take(message) -> None: ...

    take.__annotations__ = {"message": annotation}
    given = {"arg_name": "message", "queue_name": "orders", "connection": "Bus", **options}
    return lambda app: app.service_bus_queue_trigger(**given)(take)


def test_a_service_bus_message_comes_as_its_own_class():
    (function,) = index(service_bus_function(func.ServiceBusMessage))

    assert function.trigger.type == "serviceBusTrigger"


@pytest.mark.parametrize("annotation", [str, bytes, dict, func.QueueMessage])
def test_a_service_bus_message_does_not_come_as_anything_else(annotation: Any):
    with pytest.raises(LoadError, match="the 'serviceBusTrigger' binding does not match"):
        index(service_bus_function(annotation))


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"cardinality": func.Cardinality.MANY}, "one Service Bus message at a time"),
        ({"auto_complete_messages": False}, "settles Service Bus messages itself"),
    ],
)
def test_what_this_host_does_not_do_with_service_bus_is_refused(options: dict[str, Any], complaint: str):
    with pytest.raises(LoadError, match=complaint):
        index(service_bus_function(func.ServiceBusMessage, **options))


def test_topics_are_refused():
    def build(app: df.DFApp):
        @app.service_bus_topic_trigger(
            arg_name="message", connection="Bus", topic_name="orders", subscription_name="mine"
        )
        def take(message: func.ServiceBusMessage) -> None: ...

    with pytest.raises(LoadError, match="on queues only, not on topics"):
        index(build)


def test_retry_policies_are_refused():
    app = func.FunctionApp()

    @app.retry(strategy="fixed_delay", max_retry_count="3", delay_interval="00:00:01")
    @app.timer_trigger(arg_name="timer", schedule="0 0 0 * * *")
    def nightly(timer: func.TimerRequest) -> None: ...

    with pytest.raises(LoadError, match="function 'nightly': retry policies"):
        index_functions(app, {})


@pytest.mark.parametrize("route", ["orders/{id", "orders/{id:regex(x)}"])
def test_a_route_this_host_does_not_know_is_refused(route: str):
    def build(app: df.DFApp):
        @app.route(route=route)
        def show(req: func.HttpRequest) -> str:
            return ""

    with pytest.raises(LoadError, match="function 'show': route"):
        index(build)


def test_settings_in_bindings_are_resolved_and_must_exist():
    def build(app: df.DFApp):
        @app.queue_trigger(arg_name="message", queue_name="%SHOP%-orders", connection="Storage")
        def take(message: func.QueueMessage) -> None: ...

    (function,) = index(build, {"SHOP": "north"})

    assert function.trigger.options["queueName"] == "north-orders"
    with pytest.raises(LoadError, match=r"function 'take', binding 'message'.*'SHOP'"):
        index(build)


def test_a_disabled_function_is_left_out():
    assert index(activity(dict), {"AzureWebJobs.step.Disabled": "true"}) == []


def run_app(app: Path, source: str) -> subprocess.CompletedProcess[str]:
    (app / "host.json").write_text('{"version": "2.0"}')
    (app / "function_app.py").write_text(source)
    command = [sys.executable, "-m", "sandbox.host", "--app", str(app), "--port", "0", "--rpc-port", "0"]
    root = Path(__file__).parents[2]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603


def test_an_app_that_fails_while_importing_ends_the_host_with_one_clear_line(tmp_path: Path):
    ended = run_app(tmp_path, "raise RuntimeError('SHOP_URL is missing')\n")

    assert ended.returncode == 1
    assert ended.stderr == (
        "cannot run the app: function_app.py cannot be imported: RuntimeError: SHOP_URL is missing\n"
    )


def test_an_app_that_breaks_a_rule_ends_the_host_with_the_rule(tmp_path: Path):
    source = """
import azure.functions as func

app = func.FunctionApp()

@app.timer_trigger(arg_name="timer", schedule="every day")
def nightly(timer: func.TimerRequest) -> None: ...
"""

    ended = run_app(tmp_path, source)

    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == (
        "cannot run the app: function 'nightly': the schedule 'every day' must have five or six fields"
    )
